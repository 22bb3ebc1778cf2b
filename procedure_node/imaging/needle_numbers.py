"""Numbers that needles keep for good, given at the moment of journalling as those of seeds are."""

import hashlib
import math
from collections.abc import Iterable, Mapping

from procedure_node.events import NeedleFact, NeedlesFound, RegisteredNeedle
from procedure_node.state import ProcedureState, ScanState

SAME_TIP_MM = 3.0
SAME_WAY = math.cos(math.radians(3.0))
"""A new needle this near to where the last analysis of the scan had a new one is that one."""


def with_kept_needle_numbers(state: ProcedureState, found: NeedlesFound) -> NeedlesFound:
    """The needles of an analysis with the numbers that they have or are given now."""
    numbers = _numbers(state, found)

    def of(passing: int) -> int:
        return numbers.get(passing, passing)

    known = tuple(
        sorted(
            (one.model_copy(update={"needle_id": of(one.needle_id)}) for one in found.known),
            key=lambda one: one.needle_id,
        )
    )
    update = {
        "needles": tuple(
            one.model_copy(update={"needle_id": of(one.needle_id)}) for one in found.needles
        ),
        "known": known,
        "known_sha256": _sha256_of(known),
        "tracks": tuple(
            one.model_copy(update={"needle_id": of(one.needle_id)}) for one in found.tracks
        ),
    }
    return found.model_copy(update=update)


def _numbers(state: ProcedureState, found: NeedlesFound) -> Mapping[int, int]:
    """The lasting number of each needle that is new in this scan, by its passing one."""
    fresh = [needle for needle in found.needles if needle.status == "NEW"]
    earlier = _new_before(state.scans.get(found.series_uid))
    numbers: dict[int, int] = {}
    for needle in fresh:
        same = next((one for one in earlier if _is_same(one, needle)), None)
        if same is not None and same.needle_id not in numbers.values():
            numbers[needle.needle_id] = same.needle_id
    given = state.needle_ids_given
    for needle in fresh:
        if needle.needle_id not in numbers:
            given += 1
            numbers[needle.needle_id] = given
    return numbers


def _new_before(scan: ScanState | None) -> tuple[NeedleFact, ...]:
    """What the last analysis of the scan called new."""
    if scan is None or scan.needles is None:
        return ()
    return tuple(needle for needle in scan.needles.needles if needle.status == "NEW")


def _is_same(one: NeedleFact, other: NeedleFact) -> bool:
    cosine = sum(a * b for a, b in zip(one.direction, other.direction, strict=True))
    return math.dist(one.tip_mm, other.tip_mm) < SAME_TIP_MM and abs(cosine) > SAME_WAY


def _sha256_of(known: Iterable[RegisteredNeedle]) -> str:
    """Names the content of a register; empty for an empty one."""
    rows = [one.model_dump_json() for one in known]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16] if rows else ""
