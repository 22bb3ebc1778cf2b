"""How the contours come to a scan, by what the state knows."""

from pathlib import Path
from typing import NamedTuple

from procedure_node.events import PlanningCtReceived, ScanReceived
from procedure_node.imaging.registration_request import (
    CarriedStructures,
    ImageSeries,
    LesionContours,
    RegistrationRequest,
)
from procedure_node.rules import (
    frame_relation,
    is_drawn_on,
    planning_ct,
    registration_method,
)
from procedure_node.state import ProcedureState, ScanState

DIGITS = 16
"""Of a content's digest, in names of directories."""


class Placing(NamedTuple):
    """Where the contours lie in a scan.

    Attributes:
        registration: what tells it, or checks it; None where nothing is to be told.
        are_placed: the contours may be used, if perhaps with a doubt.
        carried: what is carried, and how; empty where all lies in the scan as it was drawn.
    """

    registration: RegistrationRequest | None
    are_placed: bool
    carried: tuple[CarriedStructures, ...] = ()

    def holds(self, structure: str) -> bool:
        """Whether a structure lies in the scan."""
        carried = any(structure in one.structures for one in self.carried)
        return self.are_placed and (carried or not self.carried)


def placing_of(state: ProcedureState, scan: ScanState, views: Path) -> Placing:
    """How the contours come to a scan: by its frame of reference, a file, or its images."""
    if state.structures is None or scan.received is None:
        return Placing(None, are_placed=False)
    if is_drawn_on(state, scan):
        return Placing(None, are_placed=True)
    request = _request(state, scan, scan.received, views)
    same_frame = registration_method(state, scan) == "SAME_FRAME"
    told = scan.registration
    if request is None or told is None or told.request_sha256 != request.sha256:
        return Placing(request, are_placed=same_frame)
    words = scan.registration_words
    refused = {lesion for lesion, word in words.items() if not word.confirmed}
    if same_frame and not refused:
        return Placing(request, are_placed=True)
    carried = tuple(
        CarriedStructures(
            lesion=one.lesion,
            structures=one.structures,
            matrix=one.matrix,
            deformed=one.deformed,
        )
        for one in told.lesions
        if one.matrix is not None and one.lesion not in refused
    )
    return Placing(request, are_placed=bool(carried), carried=carried)


def _request(
    state: ProcedureState, scan: ScanState, received: ScanReceived, views: Path
) -> RegistrationRequest | None:
    """What carries the contours or checks where they lie; None while something is lacking."""
    drawn = state.structures
    method, planning = registration_method(state, scan), planning_ct(state)
    relation = frame_relation(state, scan) if method == "REGISTRATION_OBJECT" else None
    lesions = _lesions(state)
    if drawn is None or not lesions:
        return None
    if planning is None and relation is None and method != "SAME_FRAME":
        return None
    agreement = state.protocol.registration.agreement_mm
    name = f"{received.content_sha256[:DIGITS]}-check"
    return RegistrationRequest(
        method=method,
        planning=None if planning is None else _series(planning),
        scan=_series(received),
        structure_set_uid=drawn.structure_set_uid,
        structures_path=drawn.path,
        same_frame=drawn.frame_of_reference_uid == received.frame_of_reference_uid,
        lesions=lesions,
        given=None if relation is None else relation[1].matrix,
        object_uid=None if relation is None else relation[0],
        agreement_mm=None if isinstance(agreement, str) else agreement,
        view_directory=str(views / state.procedure_id / name),
    )


def _series(received: ScanReceived | PlanningCtReceived) -> ImageSeries:
    return ImageSeries(
        series_uid=received.series_uid,
        directory=received.directory,
        content_sha256=received.content_sha256,
    )


def _lesions(state: ProcedureState) -> tuple[LesionContours, ...]:
    drawn = state.structures.structures if state.structures else ()
    by_lesion: dict[str, list[str]] = {}
    for one in drawn:
        if one.role == "TARGET" and one.lesion is not None:
            by_lesion.setdefault(one.lesion, []).append(one.name)
    return tuple(
        LesionContours(lesion=lesion, structures=tuple(names))
        for lesion, names in by_lesion.items()
    )
