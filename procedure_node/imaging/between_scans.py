"""How one frame of reference lies in another, by where a lesion's contours were carried to in both.

What carries the contours from where they were drawn to two scans carries, there and back, one scan
to the other round that lesion.
"""

import math
from typing import NamedTuple

import numpy as np

from procedure_node.events import LesionRegistration
from procedure_node.imaging.combined_request import CarriedOver
from procedure_node.imaging.matrices import as_rows
from procedure_node.rules import (
    is_drawn_on,
    lesion_carrying,
    place_doubt,
    registration_method,
)
from procedure_node.state import ProcedureState, ScanState


class Over(NamedTuple):
    """How a thing is carried over to a scan.

    Attributes:
        carried: None where it lies in the scan as it is, and where it cannot be carried.
        doubt: why it cannot be carried; empty where it can.
    """

    carried: CarriedOver | None
    doubt: str = ""


class _Leg(NamedTuple):
    """From where the contours were drawn to a scan; ``error_mm`` in nine of ten cases."""

    matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    error_mm: float


_AS_DRAWN = _Leg(np.eye(4), 0.0)


def over_to(state: ProcedureState, other: ScanState, scan: ScanState, structure: str) -> Over:
    """How what another scan shows round a structure is carried over to a scan.

    As it lies, where both are on one frame of reference and nobody wants the contours carried to
    either by its images.
    """
    wanted_by_images = other.registration_wanted or scan.registration_wanted
    if other.series_uid == scan.series_uid or (
        _frame(other) == _frame(scan) and not wanted_by_images
    ):
        return Over(None)
    return _joined(_leg(state, other, structure), _leg(state, scan, structure))


def over_from_frame(state: ProcedureState, frame_uid: str, scan: ScanState, structure: str) -> Over:
    """The same of what is known in a frame of reference alone: by its newest scan that carries."""
    if frame_uid == _frame(scan):
        return Over(None)
    goal = _leg(state, scan, structure)
    if state.structures is not None and state.structures.frame_of_reference_uid == frame_uid:
        return _joined(_AS_DRAWN, goal)
    doubt = "no scan is there of the other frame of reference"
    for other in reversed(state.scans.values()):
        if _frame(other) == frame_uid:
            over = _joined(_leg(state, other, structure), goal)
            if not over.doubt:
                return over
            doubt = over.doubt
    return Over(None, doubt)


def _joined(start: _Leg | str, goal: _Leg | str) -> Over:
    for leg in (start, goal):
        if isinstance(leg, str):
            return Over(None, leg)
    assert not isinstance(start, str)
    assert not isinstance(goal, str)
    return Over(
        CarriedOver(
            matrix=as_rows(goal.matrix @ np.linalg.inv(start.matrix)),
            error_mm=math.hypot(start.error_mm, goal.error_mm),
        )
    )


def _leg(state: ProcedureState, scan: ScanState, structure: str) -> _Leg | str:
    """How a structure comes to a scan, or why that is not known."""
    if doubt := place_doubt(state, scan, structure):
        return doubt
    if is_drawn_on(state, scan):
        return _AS_DRAWN
    one = lesion_carrying(scan, structure)
    error_mm = None if one is None else _error_mm(one)
    if registration_method(state, scan) == "SAME_FRAME":
        return _Leg(np.eye(4), error_mm or 0.0)
    if one is None or one.matrix is None or one.deformed or error_mm is None:
        return _why_not(structure, one)
    return _Leg(np.array(one.matrix), error_mm)


def _why_not(structure: str, one: LesionRegistration | None) -> str:
    if one is None or one.matrix is None:
        return f"{structure} is not carried to a scan"
    if one.deformed:
        return f"{one.lesion} is carried to a scan by a deformation, and ice only by rigid motions"
    return f"how far off {one.lesion} is carried to a scan is not known"


def _error_mm(one: LesionRegistration) -> float | None:
    """How far off a lesion is carried in nine of ten cases; None where nothing tells it.

    What held-out landmarks leave round the lesion; and where the matrix was given, how far the
    images lie from it.
    """
    if one.figures is None or one.figures.p90_mm is None:
        return None
    return one.figures.p90_mm + (one.apart_mm or 0.0)


def _frame(scan: ScanState) -> str:
    return scan.received.frame_of_reference_uid if scan.received else ""
