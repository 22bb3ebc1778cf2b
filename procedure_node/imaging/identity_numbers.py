"""Numbers that seeds keep for good, given at the moment of journalling.

The imaging process counts on from the seeds that it was told of; what it calls new may have had a
number already (the scan was analysed before), and its next number may be taken (by another scan).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence

from procedure_node.events import (
    AnyPayload,
    NeedlesFound,
    RegisteredSeed,
    SeedFact,
    SeedsFound,
    SeedsIdentified,
)
from procedure_node.imaging.identity_words import warnings_of
from procedure_node.imaging.needle_numbers import with_kept_needle_numbers
from procedure_node.state import ProcedureState, ScanState

SAME_PLACE_MM = 1.5
"""A new seed this near to where the last analysis of the scan had a new one is that one."""


def with_kept_numbers(
    state: ProcedureState, payloads: Sequence[AnyPayload]
) -> tuple[AnyPayload, ...]:
    """Results of an analysis with the numbers that seeds and needles have or are given now.

    Args:
        state: that the results will follow.
        payloads: of one analysis.
    """
    payloads = [
        with_kept_needle_numbers(state, p) if isinstance(p, NeedlesFound) else p for p in payloads
    ]
    found = next((p for p in payloads if isinstance(p, SeedsFound)), None)
    told = next((p for p in payloads if isinstance(p, SeedsIdentified)), None)
    if found is None or told is None:
        return tuple(payloads)
    numbers = _numbers(state, found, told)
    renamed = _renamed(told, numbers)
    seeds = tuple(
        fact.model_copy(update={"seed_id": find.seed_id})
        for fact, find in zip((*found.seeds, *found.left_out), renamed.finds, strict=True)
    )
    count = len(found.seeds)
    numbered = found.model_copy(update={"seeds": seeds[:count], "left_out": seeds[count:]})
    of = {id(found): numbered, id(told): renamed}
    return tuple(of.get(id(payload), payload) for payload in payloads)


def _numbers(state: ProcedureState, found: SeedsFound, told: SeedsIdentified) -> Mapping[int, int]:
    """The lasting number of each seed that is new in this scan, by its passing one."""
    facts = (*found.seeds, *found.left_out)
    before = _known_before(told)
    fresh = {
        find.seed_id: fact
        for fact, find in zip(facts, told.finds, strict=True)
        if find.seed_id not in before
    }
    earlier = _earlier(state.scans.get(found.series_uid), before)
    pairs = sorted(
        (distance, passing, lasting)
        for passing, fact in fresh.items()
        for lasting, place in earlier.items()
        if (distance := math.dist(_found_at(fact), place)) < SAME_PLACE_MM
    )
    numbers: dict[int, int] = {}
    for _, passing, lasting in pairs:
        if passing not in numbers and lasting not in numbers.values():
            numbers[passing] = lasting
    given = state.seed_ids_given
    for passing in fresh:
        if passing not in numbers:
            given += 1
            numbers[passing] = given
    return numbers


def _known_before(told: SeedsIdentified) -> set[int]:
    """Seeds that were seen in a scan before: those of the register with an earlier sighting."""
    return {
        seed.seed_id
        for seed in told.known
        if any(s.series_uid != told.series_uid for s in seed.sightings)
    }


def _earlier(scan: ScanState | None, before: set[int]) -> dict[int, tuple[float, float, float]]:
    """Where the last analysis of the scan had the seeds that it called new."""
    if scan is None or scan.seeds is None:
        return {}
    return {
        fact.seed_id: _found_at(fact)
        for fact in (*scan.seeds.seeds, *scan.seeds.left_out)
        if fact.seed_id is not None and fact.seed_id not in before
    }


def _found_at(fact: SeedFact) -> tuple[float, float, float]:
    return fact.found_mm or fact.center_mm


def _renamed(told: SeedsIdentified, numbers: Mapping[int, int]) -> SeedsIdentified:
    finds = tuple(
        find.model_copy(update={"seed_id": numbers.get(find.seed_id, find.seed_id)})
        for find in told.finds
    )
    known = tuple(
        seed.model_copy(update={"seed_id": numbers.get(seed.seed_id, seed.seed_id)})
        for seed in told.known
    )
    renamed = told.model_copy(
        update={"finds": finds, "known": known, "known_sha256": _sha256_of(known)}
    )
    return renamed.model_copy(update={"warnings": warnings_of(renamed)})


def _sha256_of(known: Iterable[RegisteredSeed]) -> str:
    """Names the content of a register; empty for an empty one."""
    rows = [seed.model_dump_json() for seed in known]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16] if rows else ""
