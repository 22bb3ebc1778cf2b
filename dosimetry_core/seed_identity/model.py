"""What is assumed of errors and motion between two looks at the same seeds."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchingModel:
    """Sizes of errors and motions; all are one standard deviation unless they say otherwise.

    Attributes:
        shift_mm: common shift along each of x, y and z (breathing, table, patient).
        rotation_deg: common rotation about each of x, y and z.
        swelling: common change of size about the middle of the seeds, as a fraction.
        bend_mm: smooth displacement left over, along each of x, y and z.
        bend_length_mm: over which that displacement changes.
        own_mm: displacement of one seed by itself, along each of x, y and z.
        own_along_mm: the same along the capsule, added to ``own_mm``.
        group_mm: displacement that the seeds of one strand or needle share, along x, y and z.
        slip_rate: share of seeds that slip away from where the others went.
        slip_along_mm: how far, along the capsule (a needle that is withdrawn pulls that way).
        slip_across_mm: how far, across it.
        far_rate: share of seeds that are carried off to anywhere in the body.
        axis_deg: error of a found axis, about each direction across it.
        miss_rate: share of present seeds that the finder does not see.
        loss_rate: share of seeds that are gone from one look to the next.
        false_count: finds per scan, anywhere in the body, that are no seed.
        search_mm: no common shift longer than this is looked for.

    Raises:
        ValueError: a size is not above zero, or a rate not between 0 and 1.
    """

    shift_mm: float = 8.0
    rotation_deg: float = 3.0
    swelling: float = 0.05
    bend_mm: float = 0.7
    bend_length_mm: float = 30.0
    own_mm: float = 0.3
    own_along_mm: float = 0.0
    group_mm: float = 1.5
    slip_rate: float = 0.01
    slip_along_mm: float = 6.0
    slip_across_mm: float = 2.0
    far_rate: float = 0.003
    axis_deg: float = 9.0
    miss_rate: float = 0.03
    loss_rate: float = 0.005
    false_count: float = 1.0
    search_mm: float = 25.0

    def __post_init__(self) -> None:
        for name in _ABOVE_ZERO:
            size: float = getattr(self, name)
            if not (math.isfinite(size) and size > 0.0):
                raise ValueError(f"{name} of a matching model is above zero, got {size}")
        if not (math.isfinite(self.own_along_mm) and self.own_along_mm >= 0.0):
            raise ValueError(f"own_along_mm is zero or more, got {self.own_along_mm}")
        for name in _RATES:
            rate: float = getattr(self, name)
            if not 0.0 < rate < 1.0:
                raise ValueError(f"{name} of a matching model is between 0 and 1, got {rate}")


_ABOVE_ZERO = (
    "shift_mm",
    "rotation_deg",
    "swelling",
    "bend_mm",
    "bend_length_mm",
    "own_mm",
    "group_mm",
    "slip_along_mm",
    "slip_across_mm",
    "axis_deg",
    "false_count",
    "search_mm",
)
_RATES = ("slip_rate", "far_rate", "miss_rate", "loss_rate")

SCAN_TO_SCAN = MatchingModel()
"""Two scans of one procedure, or a procedure and its follow-up."""

PLAN_TO_SCAN = MatchingModel(
    bend_mm=1.5,
    own_mm=1.5,
    own_along_mm=2.5,
    group_mm=3.0,
    slip_rate=0.1,
    slip_along_mm=10.0,
    slip_across_mm=5.0,
    loss_rate=0.05,
)
"""A plan and a scan after it: needles deviate, seeds land short or deep."""
