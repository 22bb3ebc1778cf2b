"""The analysis of one scan, step by step: structures, seeds and dose first, then the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dosimetry_core.dvh import StructureDoseResult
from dosimetry_core.seed_finding import SeedFinding, find_seeds
from dosimetry_core.structures import StructureError
from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.values import ContouredStructure, Volume
from drivers.dicom import CtSeries, StructureSetRefused
from procedure_node.events import (
    AnalysisFailed,
    AnyPayload,
    DoseBandsComputed,
    IceFound,
    SubVolumesFound,
)
from procedure_node.imaging.dose import DoseUnknownError, dose_to_structures, implant_of
from procedure_node.imaging.dose_bands import bands_of_doses
from procedure_node.imaging.ice import IceUnknownError, ice_over_structures
from procedure_node.imaging.needles import needles_of_scan
from procedure_node.imaging.placed import placed_contours
from procedure_node.imaging.reading import ScanChangedError, scan_in
from procedure_node.imaging.request import AnalysisRequest
from procedure_node.imaging.scan_seeds import SeedsOfScan, seeds_of_scan
from procedure_node.imaging.sub_volumes import sub_volumes_of_doses


@dataclass(slots=True)
class Analysis:
    """What one scan's analysis came to.

    Attributes:
        payloads: what is journalled of seeds and dose: results, and a failure for each step that
            has none.
        scan: the scan; None if it can no longer be read.
        structures: contours by name.
        implant: the seeds as sources of dose.
        doses: their dose to each structure; None where it is not known.
        ice: the ice that is seen, once it was looked for.
    """

    payloads: list[AnyPayload] = field(default_factory=list[AnyPayload])
    scan: CtSeries | None = None
    structures: Mapping[str, ContouredStructure] = field(
        default_factory=dict[str, ContouredStructure]
    )
    implant: tuple[ImplantedSources, ...] = ()
    doses: tuple[StructureDoseResult, ...] | None = None
    ice: Volume | None = None


def analyse(request: AnalysisRequest, models: Mapping[str, SeedModel]) -> Analysis:
    """Find the seeds and their dose; a failed step leaves the others alone."""
    analysis = Analysis()
    try:
        scan = scan_in(request.directory, request.content_sha256)
    except ScanChangedError as error:
        analysis.payloads.append(
            AnalysisFailed(series_uid=request.series_uid, step="READ", reason=str(error))
        )
        return analysis
    analysis.scan = scan
    if request.structures_path is not None:
        try:
            analysis.structures = placed_contours(request)
        except StructureSetRefused as error:
            analysis.payloads.append(
                _failure(request, "STRUCTURES", f"the structure set cannot be used: {error}")
            )
            return analysis
    finding = _seeds_in(request.content_sha256, scan)
    try:
        seeds = seeds_of_scan(request, finding, scan.volume.spacing_mm, analysis.structures)
    except StructureError as error:
        analysis.payloads.append(_failure(request, "SEEDS", str(error)))
        return analysis
    analysis.payloads.append(seeds.found)
    if seeds.identified is not None:
        analysis.payloads.append(seeds.identified)
    needles = needles_of_scan(request, finding, scan.volume, seeds)
    if needles is not None:
        analysis.payloads.append(needles)
    _dose_step(request, analysis, seeds, models)
    return analysis


def _dose_step(
    request: AnalysisRequest,
    analysis: Analysis,
    seeds: SeedsOfScan,
    models: Mapping[str, SeedModel],
) -> None:
    if request.batch_doubt:
        analysis.payloads.append(_failure(request, "DOSE", request.batch_doubt))
        return
    try:
        analysis.implant, warnings = implant_of(seeds.seeds, seeds.counted, request.batches, models)
    except DoseUnknownError as error:
        analysis.payloads.append(_failure(request, "DOSE", str(error)))
        return
    computed, analysis.doses = dose_to_structures(
        request, analysis.implant, analysis.structures, warnings
    )
    analysis.payloads.append(computed)


def weigh_dose(
    request: AnalysisRequest, analysis: Analysis
) -> tuple[DoseBandsComputed | SubVolumesFound, ...]:
    """What is journalled of how sure the dose is, and of where it is too low or very high.

    Apart from the dose itself, which does not wait for it. Nothing without a dose, and no bands
    where the protocol does not state the errors.
    """
    if analysis.doses is None:
        return ()
    bands = bands_of_doses(request, analysis.implant, analysis.structures, analysis.doses)
    where = sub_volumes_of_doses(request, analysis.implant, analysis.structures, analysis.doses)
    return (where,) if bands is None else (bands, where)


def look_for_ice(request: AnalysisRequest, analysis: Analysis) -> IceFound | AnalysisFailed | None:
    """What is journalled of the ice; None where the request asks for none or the scan is gone.

    Apart from seeds and dose, which do not wait for it.
    """
    if request.ice is None or analysis.scan is None:
        return None
    try:
        found, analysis.ice = ice_over_structures(
            request.series_uid, request.ice, analysis.scan.volume, analysis.structures
        )
    except IceUnknownError as error:
        return _failure(request, "ICE", str(error))
    return found


def _failure(request: AnalysisRequest, step: str, reason: str) -> AnalysisFailed:
    return AnalysisFailed.model_validate(
        {"series_uid": request.series_uid, "step": step, "reason": reason}
    )


KEPT_FINDINGS = 3
"""Scans whose finds are kept: an edit of the scan before is worked in without finding again."""

_found: dict[str, SeedFinding] = {}


def _seeds_in(content_sha256: str, scan: CtSeries) -> SeedFinding:
    """The seeds of a scan, found once: a new report changes their dose, not their places."""
    if content_sha256 not in _found:
        _found[content_sha256] = find_seeds(scan.volume)
    while len(_found) > KEPT_FINDINGS:
        _found.pop(next(iter(_found)))
    return _found[content_sha256]
