"""What the seeds' message tells of each seed, each known seed that is not seen, and each needle."""

from collections.abc import Sequence
from typing import Any, Literal

from procedure_node.events import (
    Fact,
    NeedlesFound,
    SeedFact,
    SeedKindChance,
    SeedsFound,
    SeedsIdentified,
)
from procedure_node.rules import NeedleCount, NeedleName, needle_name, seeds_along
from procedure_node.seed_edits import SeedOrigin


class SeedBody(Fact):
    """One seed of the scan that counts.

    ``seed`` names it through all scans, ``status`` is what became of it since the scan before;
    both are null until the seeds are told apart. ``moved_mm`` is how far it is from where the
    others would have carried it. ``origin`` is FOUND unless a person added or moved it.
    """

    seed: int | None
    status: Literal["NEW", "SAME", "MIGRATED"] | None
    certainty: float | None
    identity_certainty: float | None
    center_mm: tuple[float, float, float]
    axis: tuple[float, float, float]
    confidence: float
    instead: tuple[SeedKindChance, ...]
    moved_mm: float | None
    lesion: str | None
    origin: SeedOrigin


class UnseenSeedBody(Fact):
    """A known seed that is none of the finds; ``presence``: how probably it is there."""

    seed: int
    status: Literal["NOT_SEEN", "LOST"]
    presence: float
    expected_mm: tuple[float, float, float]


class SeenNeedleBody(Fact):
    """One needle that is known by its images.

    ``needle`` names it through all scans (N and a number), ``planned`` is the plan's name of it
    where that is more probable than not, with ``planned_certainty``. ``status`` is what became of
    it since the scan before; where it is not seen, ``tip_mm`` is where it lay, and the fields of
    what is seen are null. ``seeds`` are those that it left more probably than not.
    """

    needle: str
    planned: str | None
    planned_certainty: float | None
    status: Literal["NEW", "SAME", "NOT_SEEN", "WITHDRAWN"]
    certainty: float
    tip_mm: tuple[float, float, float]
    tip_is_sure: bool | None
    direction: tuple[float, float, float] | None
    length_mm: float | None
    confidence: float | None
    instead: tuple[SeedKindChance, ...]
    seeds: int


class NeedleSeedsBody(Fact):
    """Seeds of one needle; null where neither the plan nor a needle that was seen tells."""

    lesion: str
    zone: str
    needle: str
    planned: int | None
    reported: int
    found: int | None


def seed_bodies(found: SeedsFound | None, told: SeedsIdentified | None) -> list[dict[str, Any]]:
    """Fields of each ``SeedBody``."""
    finds = told.finds if told else ()
    return [
        _seed(fact, finds[n].model_dump() if n < len(finds) else {})
        for n, fact in enumerate(found.seeds if found else ())
    ]


def _seed(fact: SeedFact, find: dict[str, Any]) -> dict[str, Any]:
    moved = find.get("moved_mm")
    return {
        "seed": fact.seed_id,
        "status": find.get("status"),
        "certainty": find.get("certainty"),
        "identity_certainty": find.get("identity_certainty"),
        "center_mm": fact.center_mm,
        "axis": fact.axis,
        "confidence": fact.confidence,
        "instead": fact.alternatives,
        "moved_mm": None if moved is None else sum(way * way for way in moved) ** 0.5,
        "lesion": fact.lesion,
        "origin": fact.origin,
    }


def unseen_bodies(told: SeedsIdentified | None) -> list[dict[str, Any]]:
    """Fields of each ``UnseenSeedBody``."""
    return [
        {
            "seed": one.seed_id,
            "status": one.status,
            "presence": one.presence,
            "expected_mm": one.expected_mm,
        }
        for one in (told.unseen if told else ())
    ]


def seen_needle_bodies(
    found: NeedlesFound | None, names: Sequence[NeedleName]
) -> list[dict[str, Any]]:
    """Fields of each ``SeenNeedleBody``: those that are seen, by their names, then the others."""
    if found is None:
        return []
    seeds = seeds_along(found)
    seen = [
        {
            "needle": needle_name(needle.needle_id),
            "planned": None if name.certainty is None else name.name,
            "planned_certainty": name.certainty,
            "status": needle.status,
            "certainty": needle.certainty,
            "tip_mm": needle.tip_mm,
            "tip_is_sure": needle.tip_is_sure,
            "direction": needle.direction,
            "length_mm": needle.length_mm,
            "confidence": needle.confidence,
            "instead": needle.alternatives,
            "seeds": seeds.get(needle.needle_id, 0),
        }
        for needle, name in zip(found.needles, names, strict=True)
    ]
    unseen = [
        {
            "needle": needle_name(needle.needle_id),
            "planned": None,
            "planned_certainty": None,
            "status": needle.status,
            "certainty": needle.certainty,
            "tip_mm": needle.tip_mm,
            "tip_is_sure": None,
            "direction": None,
            "length_mm": None,
            "confidence": None,
            "instead": (),
            "seeds": seeds.get(needle.needle_id, 0),
        }
        for needle in found.unseen
    ]
    return [*seen, *unseen]


def needle_bodies(lesion: str, zone: str, counts: Sequence[NeedleCount]) -> list[dict[str, Any]]:
    """Fields of each ``NeedleSeedsBody`` of a target."""
    return [
        {
            "lesion": lesion,
            "zone": zone,
            "needle": one.needle,
            "planned": one.planned,
            "reported": one.reported,
            "found": one.found,
        }
        for one in counts
    ]
