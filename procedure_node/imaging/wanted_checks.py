"""Which scans have contours that are placed and still to be compared with their images."""

from pathlib import Path

from procedure_node.imaging.placing import placing_of
from procedure_node.imaging.registration_request import RegistrationRequest
from procedure_node.rules import newest_received
from procedure_node.state import ProcedureState


def wanted_checks(state: ProcedureState, views: Path) -> tuple[RegistrationRequest, ...]:
    """The newest scan's first, then those of earlier scans, the latest of them first.

    Of an earlier scan, one that was made is not made again for what was set otherwise since.
    """
    newest = newest_received(state)
    ordered = [newest] if newest is not None else []
    ordered += [
        scan
        for scan in reversed(tuple(state.scans.values()))
        if scan is not newest and (scan.registration is None or scan.registration.is_pending)
    ]
    wanted: list[RegistrationRequest] = []
    for scan in ordered:
        placing = placing_of(state, scan, views)
        is_pending = scan.registration is not None and scan.registration.is_pending
        if placing.registration is not None and (placing.are_placed or is_pending):
            wanted.append(placing.registration)
    return tuple(wanted)
