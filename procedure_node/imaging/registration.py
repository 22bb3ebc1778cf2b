"""Carries contours to a scan that they were not drawn on, lesion by lesion, and judges that."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration import (
    RegistrationError,
    RegistrationResult,
    disagreement_mm,
    find_start,
    judge_given,
    register,
)
from dosimetry_core.values import ContouredStructure, GenerationMode, Vector, Volume
from drivers.dicom import StructureSetRefused
from procedure_node.events import (
    AnalysisFailed,
    LesionRegistration,
    RegistrationComputed,
    RegistrationFigures,
    RegistrationVerdict,
)
from procedure_node.imaging.carrying import middle_mm
from procedure_node.imaging.check_pictures import CheckPicture, write_check_pictures
from procedure_node.imaging.matrices import as_rows
from procedure_node.imaging.reading import ScanChangedError, contours_in, scan_in
from procedure_node.imaging.registration_request import LesionContours, RegistrationRequest

_IDENTITY = np.eye(4)


@dataclass(frozen=True, slots=True, eq=False)
class _Cts:
    """Both CTs of a registration; ``planning`` is None where it is not here."""

    planning: Volume | None
    scan: Volume
    mode: GenerationMode


_results: dict[str, Mapping[str, RegistrationResult]] = {}
"""Results by request and lesion; deformations are taken from here when contours are carried."""


def register_contours(
    request: RegistrationRequest, goes_on: Callable[[], bool] = lambda: True
) -> RegistrationComputed | AnalysisFailed:
    """What is journalled of how the contours lie in a scan.

    Raises:
        RegistrationGivenUp: ``goes_on``, asked between the steps, said no.
    """
    series_uid = request.scan.series_uid
    try:
        contours = contours_in(request.structures_path)
        cts = _cts(request)
    except (StructureSetRefused, ScanChangedError) as error:
        return AnalysisFailed(series_uid=series_uid, step="REGISTRATION", reason=str(error))
    middles = _middles(request.lesions, contours)
    results, troubles = _registered(request, cts, middles, goes_on)
    _results.clear()
    _results[request.sha256] = results
    nearest = _nearest(request.lesions, middles, contours)
    lesions = tuple(
        _lesion(request, lesion, middle, nearest[lesion], results.get(lesion), troubles.get(lesion))
        for lesion, middle in middles.items()
    )
    return RegistrationComputed(
        series_uid=series_uid,
        planning_series_uid=request.planning.series_uid if request.planning else None,
        structure_set_uid=request.structure_set_uid,
        method=request.method,
        registration_object_uid=request.object_uid,
        request_sha256=request.sha256,
        lesions=lesions,
        view_directory=_pictured(request, cts, lesions, results, contours),
    )


def pending_check(request: RegistrationRequest, why: str) -> RegistrationComputed | AnalysisFailed:
    """What is journalled of contours in the scan's own frame of reference before their check.

    Args:
        request: the check.
        why: it is not made yet, in words.
    """
    series_uid = request.scan.series_uid
    try:
        contours = contours_in(request.structures_path)
    except StructureSetRefused as error:
        return AnalysisFailed(series_uid=series_uid, step="REGISTRATION", reason=str(error))
    middles = _middles(request.lesions, contours)
    nearest = _nearest(request.lesions, middles, contours)
    return RegistrationComputed(
        series_uid=series_uid,
        planning_series_uid=request.planning.series_uid if request.planning else None,
        structure_set_uid=request.structure_set_uid,
        method=request.method,
        request_sha256=request.sha256,
        lesions=tuple(
            LesionRegistration(
                lesion=lesion,
                structures=nearest[lesion],
                center_mm=middle,
                matrix=as_rows(_IDENTITY),
                verdict="UNCHECKED",
                reasons=(why,),
            )
            for lesion, middle in middles.items()
        ),
        is_pending=True,
    )


def result_of(request: RegistrationRequest, lesion: str) -> RegistrationResult | None:
    """The result that a lesion was carried by, made again if it is no longer in memory."""
    if request.sha256 not in _results:
        register_contours(request)
    return _results.get(request.sha256, {}).get(lesion)


def _cts(request: RegistrationRequest) -> _Cts:
    scan = scan_in(request.scan.directory, request.scan.content_sha256)
    if request.planning is None:
        return _Cts(None, scan.volume, scan.mode)
    planning = scan_in(request.planning.directory, request.planning.content_sha256)
    mode = scan.mode if planning.mode is GenerationMode.REAL else planning.mode
    return _Cts(planning.volume, scan.volume, mode)


def _middles(
    lesions: Sequence[LesionContours], contours: Mapping[str, ContouredStructure]
) -> dict[str, Vector]:
    """The middle of each lesion in the planning CT, LPS mm."""
    return {one.lesion: middle_mm([contours[name] for name in one.structures]) for one in lesions}


def _registered(
    request: RegistrationRequest,
    cts: _Cts,
    middles: Mapping[str, Vector],
    goes_on: Callable[[], bool],
) -> tuple[dict[str, RegistrationResult], dict[str, str]]:
    """Each lesion's registration by the images, and why there is none."""
    planning = cts.planning
    if planning is None:
        missing = "the CT that the structures were drawn on is not here to compare with"
        return {}, dict.fromkeys(middles, missing)

    def one(middle: Vector) -> RegistrationResult | str:
        try:
            start = _start(request, planning, cts.scan, middle)
            return register(
                planning,
                cts.scan,
                middle,
                start=start,
                deformable=request.method == "DEFORMABLE",
                goes_on=goes_on,
            )
        except RegistrationError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        told = dict(zip(middles, pool.map(one, middles.values()), strict=True))
    results = {lesion: r for lesion, r in told.items() if isinstance(r, RegistrationResult)}
    return results, {lesion: r for lesion, r in told.items() if isinstance(r, str)}


def _start(
    request: RegistrationRequest, planning: Volume, scan: Volume, middle: Vector
) -> NDArray[np.float64] | None:
    if request.given is not None:
        return np.array(request.given)
    if request.same_frame:
        return None
    return find_start(planning, scan, middle)


def _lesion(
    request: RegistrationRequest,
    lesion: str,
    middle: Vector,
    structures: tuple[str, ...],
    result: RegistrationResult | None,
    trouble: str | None,
) -> LesionRegistration:
    given = _given(request)
    matrix = given if given is not None else None if result is None else result.matrix
    verdict, reasons = _verdict(request, given, result, trouble or "")
    apart_mm = None if given is None or result is None else disagreement_mm(result, given)
    deformed = given is None and result is not None and result.deformation is not None
    return LesionRegistration(
        lesion=lesion,
        structures=structures,
        center_mm=middle,
        matrix=None if matrix is None else as_rows(matrix),
        deformed=deformed,
        verdict=verdict,
        reasons=reasons,
        apart_mm=apart_mm,
        figures=None if result is None else _figures(result),
        note="" if result is None else result.deformation_note,
    )


def _given(request: RegistrationRequest) -> NDArray[np.float64] | None:
    """The matrix that need only be checked; None where the images are to tell it."""
    if request.method == "SAME_FRAME":
        return _IDENTITY
    return None if request.given is None else np.array(request.given)


def _verdict(
    request: RegistrationRequest,
    given: NDArray[np.float64] | None,
    result: RegistrationResult | None,
    trouble: str,
) -> tuple[RegistrationVerdict, tuple[str, ...]]:
    if given is None:
        if result is None:
            return "FAILED", (trouble,)
        return result.verdict.value, result.reasons
    if result is None:
        return _unchecked(request, (trouble,))
    if request.agreement_mm is None:
        return _unchecked(request, ("the protocol leaves registration.agreement_mm unset",))
    verdict, reasons = judge_given(result, given, agreement_mm=request.agreement_mm)
    return _unchecked(request, reasons) if verdict is None else (verdict.value, reasons)


def _unchecked(
    request: RegistrationRequest, reasons: tuple[str, ...]
) -> tuple[RegistrationVerdict, tuple[str, ...]]:
    """One frame of reference is the scanner's word; a Spatial Registration is a result to check."""
    if request.method == "SAME_FRAME":
        return "UNCHECKED", reasons
    return "DOUBTFUL", ("the Spatial Registration could not be checked by the images", *reasons)


def _nearest(
    lesions: Sequence[LesionContours],
    middles: Mapping[str, Vector],
    contours: Mapping[str, ContouredStructure],
) -> dict[str, tuple[str, ...]]:
    """What each lesion's registration carries: its own contours, and others nearest to it."""
    own = {name: one.lesion for one in lesions for name in one.structures}
    carried: dict[str, list[str]] = {lesion: [] for lesion in middles}
    for name, structure in contours.items():
        at = np.array(middle_mm([structure]))
        nearest = min(middles, key=lambda lesion: math.dist(middles[lesion], at))
        carried[own.get(name, nearest)].append(name)
    return {lesion: tuple(names) for lesion, names in carried.items()}


def _pictured(
    request: RegistrationRequest,
    cts: _Cts,
    lesions: Sequence[LesionRegistration],
    results: Mapping[str, RegistrationResult],
    contours: Mapping[str, ContouredStructure],
) -> str | None:
    """Where the check pictures are; None where there are none. They are no reason to fail."""
    if cts.planning is None:
        return None
    shown = {
        one.lesion: CheckPicture(
            _as_used(results[one.lesion], one), [contours[name] for name in one.structures]
        )
        for one in lesions
        if one.lesion in results
    }
    try:
        write_check_pictures(request.view_directory, cts.planning, cts.scan, shown, cts.mode)
    except OSError:
        return None
    return request.view_directory if shown else None


def _as_used(result: RegistrationResult, lesion: LesionRegistration) -> RegistrationResult:
    """The result with the matrix that is in force: the one that was given, where one was."""
    if lesion.apart_mm is None or lesion.matrix is None:
        return result
    return replace(result, matrix=np.array(lesion.matrix), deformation=None)


def _figures(result: RegistrationResult) -> RegistrationFigures:
    quality, residual = result.quality, result.quality.residual
    return RegistrationFigures(
        similarity_before=_number(quality.similarity_before),
        similarity_after=_number(quality.similarity_after),
        landmarks_tried=residual.tried,
        landmarks_found=residual.found,
        median_mm=_number(residual.median_mm),
        p90_mm=_number(residual.p90_mm),
        at_lesion_mm=_number(residual.at_lesion_mm),
        at_lesion_error_mm=_number(residual.at_lesion_error_mm),
        inverse_mean_mm=quality.inverse_mean_mm,
        inverse_max_mm=quality.inverse_max_mm,
        local_mm=quality.local_mm,
        overlap=quality.overlap,
        lesion_seen=quality.lesion_seen,
        shift_mm=quality.shift_mm,
        turn_deg=quality.turn_deg,
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
