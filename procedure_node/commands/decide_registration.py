"""Whether what a person says of where the contours lie is possible, and which event it makes."""

from procedure_node.commands.model import (
    ConfirmRegistration,
    RefuseRegistration,
    RegisterContours,
)
from procedure_node.core import CommandRefusedError
from procedure_node.events import (
    AnyPayload,
    LesionRegistration,
    RegistrationConfirmed,
    RegistrationRefused,
    RegistrationRequested,
)
from procedure_node.rules import is_drawn_on, newest_received, planning_ct
from procedure_node.state import ProcedureState, ScanState


def confirm_registration(state: ProcedureState, command: ConfirmRegistration) -> AnyPayload:
    """A person's word that a lesion's contours lie right in a scan."""
    scan, lesion = _registered(state, command.scan, command.lesion)
    if lesion.matrix is None:
        raise CommandRefusedError(
            f"{lesion.lesion} could not be carried to that scan: there is nothing to confirm"
        )
    return RegistrationConfirmed(
        series_uid=scan.series_uid, lesion=lesion.lesion, reason=command.reason
    )


def refuse_registration(state: ProcedureState, command: RefuseRegistration) -> AnyPayload:
    """A person's word that a lesion's contours lie wrong in a scan."""
    scan, lesion = _registered(state, command.scan, command.lesion)
    return RegistrationRefused(
        series_uid=scan.series_uid, lesion=lesion.lesion, reason=command.reason
    )


def register_contours(state: ProcedureState, command: RegisterContours) -> AnyPayload:
    """A person's wish to have the contours carried to a scan by its images."""
    scan = _scan(state, command.scan)
    if state.structures is None:
        raise CommandRefusedError("nothing is drawn yet: there are no contours to carry")
    if is_drawn_on(state, scan):
        raise CommandRefusedError("the structures were drawn on that very scan: they lie right")
    if planning_ct(state) is None:
        raise CommandRefusedError(
            "the CT that the structures were drawn on is not here: send it to this node first"
        )
    return RegistrationRequested(
        series_uid=scan.series_uid, method=command.method, reason=command.reason
    )


def _registered(
    state: ProcedureState, number: int | None, lesion: str
) -> tuple[ScanState, LesionRegistration]:
    scan = _scan(state, number)
    if scan.registration is None:
        raise CommandRefusedError(
            "where the contours lie in that scan was not looked at by the node: there is nothing "
            "to confirm or to refuse"
        )
    for one in scan.registration.lesions:
        if one.lesion == lesion:
            return scan, one
    known = ", ".join(one.lesion for one in scan.registration.lesions)
    raise CommandRefusedError(f"{lesion} is not carried to that scan; carried are: {known}")


def _scan(state: ProcedureState, number: int | None) -> ScanState:
    """A scan by the number that the page gives it, the newest unless one is named."""
    scans = list(state.scans.values())
    if number is None:
        scan = newest_received(state)
    else:
        scan = scans[number - 1] if number <= len(scans) else None
    if scan is None:
        raise CommandRefusedError(f"there is no such scan: there are {len(scans)}")
    if scan.received is None:
        raise CommandRefusedError("that scan has not come whole, or was refused")
    return scan
