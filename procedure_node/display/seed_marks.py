"""The seeds near a section, as the page draws them: where, which, and what became of them."""

from collections.abc import Sequence
from typing import Any

from procedure_node.display.page import DOUBTFUL_BELOW
from procedure_node.events import FindIdentity, SeedFact
from procedure_node.state import ScanState
from procedure_node.views import Plane, SeedMark, seed_marks

SEED_NEAR_MM = 3.0
"""A seed is drawn in a plane while its centre is at most this far away: two thirds of its length,
so that no seed falls between the slices of a usual CT."""

SEED_LENGTH_MM = 4.5
"""Outer length of the usual iodine-125 capsule (AAPM TG-43U1, Med. Phys. 31, 2004, 633-674)."""

NO_AXIS = (0.0, 0.0, 0.0)


def seed_parts(scan: ScanState, plane: Plane, position_mm: float) -> dict[str, Any]:
    """``seeds``, ``left_out`` and ``unseen`` of a section's head."""
    found, told = scan.seeds, scan.seeds_identified
    seeds = found.seeds if found else ()
    finds = told.finds[: len(seeds)] if told else ()
    left_out = found.left_out if found else ()
    unseen = told.unseen if told else ()
    compared = told is not None and told.after_series_uid is not None
    return {
        "seeds": [
            {**_line(mark), **_told(seeds[mark.index], finds, mark.index, compared=compared)}
            for mark in _marks([(s.center_mm, s.axis) for s in seeds], plane, position_mm)
        ],
        "left_out": [
            {**_line(mark), "seed": left_out[mark.index].seed_id}
            for mark in _marks([(s.center_mm, s.axis) for s in left_out], plane, position_mm)
        ],
        "unseen": [
            {
                **_line(mark),
                "seed": unseen[mark.index].seed_id,
                "state": unseen[mark.index].status,
            }
            for mark in _marks([(u.expected_mm, NO_AXIS) for u in unseen], plane, position_mm)
        ],
    }


def _marks(
    places: Sequence[tuple[tuple[float, float, float], tuple[float, float, float]]],
    plane: Plane,
    position_mm: float,
) -> tuple[SeedMark, ...]:
    return seed_marks(places, plane, position_mm, SEED_NEAR_MM, SEED_LENGTH_MM)


def _line(mark: SeedMark) -> dict[str, Any]:
    ends = [round(value, 2) for value in (*mark.start, *mark.end)]
    return {"line": ends, "offset_mm": round(mark.offset_mm, 1)}


def _told(
    seed: SeedFact, finds: Sequence[FindIdentity], index: int, *, compared: bool
) -> dict[str, Any]:
    """``state`` is null where there is no scan before to compare with."""
    find = finds[index] if index < len(finds) else None
    return {
        "seed": seed.seed_id,
        "state": find.status if find and compared else None,
        "certainty": round(find.certainty, 3) if find else None,
        "others": [o.seed_id for o in find.others if o.seed_id is not None] if find else [],
        "confidence": round(seed.confidence, 3),
        "doubtful": seed.confidence < DOUBTFUL_BELOW,
        "instead": [
            {"kind": other.kind, "probability": round(other.probability, 3)}
            for other in seed.alternatives
        ],
        "origin": seed.origin,
        "center_mm": [round(value, 2) for value in seed.center_mm],
    }
