"""The needles near a section, as the page draws them."""

from collections.abc import Sequence
from typing import Any

from procedure_node.events import NeedleFact
from procedure_node.rules import NeedleName
from procedure_node.state import ScanState
from procedure_node.views import AXES, Plane

NEEDLE_NEAR_MM = 3.0
"""Of a needle that part is drawn that is at most this far from the plane, as seeds are."""

SURE = 0.9
"""A name or kind that is less sure is marked as doubtful."""


def needle_parts(
    scan: ScanState, names: Sequence[NeedleName], plane: Plane, position_mm: float
) -> list[dict[str, Any]]:
    """``needles`` of a section's head, as they are called by ``names``."""
    found = scan.needles
    parts: list[dict[str, Any]] = []
    for needle, name in zip(found.needles if found else (), names, strict=True):
        line = _line(needle, plane, position_mm)
        if line is None:
            continue
        sure = name.certainty is None or name.certainty >= SURE
        probe = next((o.probability for o in needle.alternatives if o.kind == "CRYOPROBE"), 0.0)
        parts.append(
            {
                "line": line,
                "name": name.name if sure else f"{name.name}?",
                "state": needle.status,
                "probe": round(probe, 3),
                "tip": needle.tip_is_sure and _is_near(needle.tip_mm, plane, position_mm),
            }
        )
    return parts


def _is_near(place: tuple[float, float, float], plane: Plane, position_mm: float) -> bool:
    return abs(place[AXES[plane].across] - position_mm) <= NEEDLE_NEAR_MM


def _line(needle: NeedleFact, plane: Plane, position_mm: float) -> list[float] | None:
    """The near part, from the side of the tail to that of the tip; None where none is near."""
    axes = AXES[plane]
    tail, tip = needle.tail_mm, needle.tip_mm
    low, high = 0.0, 1.0
    depth = tail[axes.across] - position_mm
    slope = tip[axes.across] - tail[axes.across]
    for bound in (-NEEDLE_NEAR_MM, NEEDLE_NEAR_MM):
        if slope == 0.0:
            if abs(depth) > NEEDLE_NEAR_MM:
                return None
            continue
        share = (bound - depth) / slope
        if (bound < 0.0) == (slope > 0.0):
            low = max(low, share)
        else:
            high = min(high, share)
    if low >= high:
        return None
    ends = [[a + share * (b - a) for a, b in zip(tail, tip, strict=True)] for share in (low, high)]
    return [
        round(value, 2)
        for end in ends
        for value in (end[axes.right], end[axes.down] * axes.down_sign)
    ]
