"""Whether a structure set's contours may be believed to lie where a scan shows the tissue."""

from collections.abc import Iterator

from procedure_node.events import (
    FrameRelation,
    LesionRegistration,
    PlanningCtReceived,
    RegistrationMethod,
    ScanReceived,
)
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.scans import newest_received, on_same_frame
from procedure_node.state import ProcedureState, ScanState

_BELIEVED = ("ACCEPTED", "UNCHECKED")


def planning_ct(state: ProcedureState) -> ScanReceived | PlanningCtReceived | None:
    """The CT that the structures were drawn on, as far as it is here.

    The series that the structure set refers to; where it refers to none, the first scan on its
    frame of reference.
    """
    drawn = state.structures
    if drawn is None:
        return None
    received = [scan.received for scan in state.scans.values() if scan.received is not None]
    uids = [reference.series_uid for reference in drawn.referenced_series]
    if not uids:
        frame = drawn.frame_of_reference_uid
        return next((one for one in received if one.frame_of_reference_uid == frame), None)
    here = [*received, *([state.planning] if state.planning else [])]
    return next((one for one in here if one.series_uid in uids), None)


def is_drawn_on(state: ProcedureState, scan: ScanState) -> bool:
    """Whether the structures were drawn on this very scan."""
    planning = planning_ct(state)
    return planning is not None and planning.series_uid == scan.series_uid


def registration_method(state: ProcedureState, scan: ScanState) -> RegistrationMethod:
    """How the contours come to a scan that they were not drawn on."""
    if scan.registration_wanted is not None:
        return scan.registration_wanted
    if on_same_frame(state, scan):
        return "SAME_FRAME"
    return "RIGID" if frame_relation(state, scan) is None else "REGISTRATION_OBJECT"


def frame_relation(state: ProcedureState, scan: ScanState) -> tuple[str, FrameRelation] | None:
    """The newest Spatial Registration of the structures' frame to a scan's, and its UID."""
    if state.structures is None or scan.received is None:
        return None
    ends = (state.structures.frame_of_reference_uid, scan.received.frame_of_reference_uid)
    for one in reversed(state.registration_objects):
        for relation in one.relations:
            if (relation.from_frame_uid, relation.to_frame_uid) == ends:
                return one.sop_instance_uid, relation
    return None


def lesion_carrying(scan: ScanState, structure: str) -> LesionRegistration | None:
    """What a structure is carried to a scan with; None where nothing is told of it."""
    lesions = scan.registration.lesions if scan.registration else ()
    return next((one for one in lesions if structure in one.structures), None)


def awaits_registration(state: ProcedureState, scan: ScanState) -> bool:
    """Whether the contours are still to be carried to a scan, and all is there that it takes."""
    if state.structures is None or scan.received is None or scan.registration is not None:
        return False
    method = registration_method(state, scan)
    if method == "SAME_FRAME" or is_drawn_on(state, scan) or "REGISTRATION" in scan.failures:
        return False
    return method == "REGISTRATION_OBJECT" or planning_ct(state) is not None


def place_doubt(state: ProcedureState, scan: ScanState, structure: str) -> str:
    """Why it is not sure where a structure lies in a scan; empty where it is sure enough."""
    if state.structures is None or scan.received is None or is_drawn_on(state, scan):
        return ""
    same_frame = registration_method(state, scan) == "SAME_FRAME"
    if scan.registration is None:
        return "" if same_frame else _not_carried(state, scan)
    lesion = lesion_carrying(scan, structure)
    if lesion is None:
        return "" if same_frame else f"{structure} is not carried to the newest scan"
    word = scan.registration_words.get(lesion.lesion)
    if word is not None:
        refused = f"{word.by} refused where the contours of {lesion.lesion} lie: {word.reason}"
        return "" if word.confirmed else refused
    if lesion.verdict in _BELIEVED:
        return ""
    return f"where {lesion.lesion} lies in the scan is in doubt: {'; '.join(lesion.reasons)}"


def _not_carried(state: ProcedureState, scan: ScanState) -> str:
    if "REGISTRATION" in scan.failures:
        return scan.failures["REGISTRATION"]
    if awaits_registration(state, scan):
        return "the contours are still being carried to the newest scan"
    apart = "the structures are drawn on another frame of reference than the newest scan"
    if state.planning_refused:
        return f"{apart}, and their CT cannot be used: {'; '.join(state.planning_refused)}"
    return f"{apart}, and the CT that they were drawn on is not here"


def registration_findings(state: ProcedureState) -> Iterator[Finding]:
    """Alert conditions of where the contours lie in the newest scan."""
    scan = newest_received(state)
    if scan is None or state.structures is None:
        return
    if scan.registration is None:
        yield from _without_registration(state, scan)
    lesions = scan.registration.lesions if scan.registration else ()
    for one in lesions:
        yield from _of_lesion(scan, one)
    if state.registration_objects_refused:
        reasons = "; ".join(state.registration_objects_refused)
        yield present(
            "registration-object-refused",
            "registration",
            text=f"The Spatial Registration cannot be used: {reasons}",
        )


def _of_lesion(scan: ScanState, one: LesionRegistration) -> Iterator[Finding]:
    word = scan.registration_words.get(one.lesion)
    if word is not None and not word.confirmed:
        yield present(
            "registration-refused",
            one.lesion,
            text=f"{one.lesion}: where its contours lie in the newest scan was refused: "
            f"{word.reason}",
        )
    elif word is None and one.verdict not in _BELIEVED:
        failed = one.verdict == "FAILED"
        yield present(
            "registration-failed" if failed else "registration-doubtful",
            one.lesion,
            text=f"{one.lesion}: its contours {'do not' if failed else 'may not'} lie right in "
            f"the newest scan: {'; '.join(one.reasons)}",
            action="Draw it on the newest scan"
            if one.matrix is None
            else "Look at the check view; confirm where they lie, or refuse it",
        )


def _without_registration(state: ProcedureState, scan: ScanState) -> Iterator[Finding]:
    """What was told of an earlier scan stays while the newest one's is awaited."""
    if awaits_registration(state, scan):
        for known in state.alerts.values():
            if known.raised.condition in ("registration-failed", "registration-doubtful"):
                yield Undecided(alert_id(known.raised.condition, known.raised.subject))
    elif not (
        is_drawn_on(state, scan)
        or registration_method(state, scan) == "SAME_FRAME"
        or "REGISTRATION" in scan.failures  # told as a failed analysis
    ):
        yield present(
            "planning-ct-missing",
            "structures",
            text=f"No contours in the newest scan: {_not_carried(state, scan)}",
        )
