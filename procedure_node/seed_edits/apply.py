"""Finds with a person's edits on them; the same finds and edits give the same seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dosimetry_core.values import Vector
from procedure_node.seed_edits.model import EditAction, SeedEdit, SeedOrigin

SAME_FIND_MM = 1.5
"""A find this near to where another run of the finder had one is that one: two runs of one
version differ by nothing, and two seeds that lie closer are told apart by which is nearer."""

SAME_SEED_MM = 2.25
"""A find this near to a seed that was added by hand, half a capsule, is the seed that a later
version of the finder sees as well, unless it was there when the seed was added."""

BESIDE_MM = 10.0
"""Finds within this of an added seed are remembered with it."""


@dataclass(frozen=True, slots=True)
class Find:
    """A seed as the finder has it."""

    center_mm: Vector
    axis: Vector


@dataclass(frozen=True, slots=True)
class EditedSeed:
    """A seed after the edits.

    Attributes:
        find: which of the finds it is; None for one that a person added, or moved from a place
            where the finder sees nothing any more.
        found_mm: its place before it was moved.
        center_mm: its place, LPS mm.
        axis: unit vector along the capsule; None where nobody told it.
        origin: whose word its place is.
        edit: number of the last edit of it; None if it was never edited.
        deleted: a person said that it is no seed.
    """

    find: int | None
    found_mm: Vector
    center_mm: Vector
    axis: Vector | None
    origin: SeedOrigin = SeedOrigin.FOUND
    edit: int | None = None
    deleted: bool = False


def apply_edits(finds: Sequence[Find], edits: Sequence[SeedEdit]) -> tuple[EditedSeed, ...]:
    """The finds in their order, then what was added; those that were deleted are marked.

    Edits hold on to places, not to numbers: they outlive another run of the finder, and another
    version of it. What was deleted and is not found any more needs no deleting; what was moved and
    is not found any more stays where it was moved to.

    Args:
        finds: of one scan.
        edits: of the same scan, in the order in which they were made.
    """
    seeds = [EditedSeed(n, f.center_mm, f.center_mm, f.axis) for n, f in enumerate(finds)]
    for edit in edits:
        if edit.center_mm is not None and edit.action is EditAction.ADDED:
            _add(seeds, edit, edit.center_mm)
            continue
        assert edit.found_mm is not None  # the edit says so of itself
        at = _nearest(seeds, edit.found_mm)
        if edit.center_mm is None:
            if at is not None:
                seeds[at] = replace(seeds[at], deleted=True, edit=edit.number)
        elif at is None:
            seeds.append(
                EditedSeed(
                    None, edit.found_mm, edit.center_mm, edit.axis, SeedOrigin.MOVED, edit.number
                )
            )
        else:
            seeds[at] = replace(
                seeds[at],
                center_mm=edit.center_mm,
                axis=edit.axis or seeds[at].axis,
                origin=_moved(seeds[at].origin),
                edit=edit.number,
            )
    return tuple(seeds)


def _moved(origin: SeedOrigin) -> SeedOrigin:
    return SeedOrigin.ADDED if origin is SeedOrigin.ADDED else SeedOrigin.MOVED


def _add(seeds: list[EditedSeed], edit: SeedEdit, center_mm: Vector) -> None:
    """Add a seed; a find that is this very seed gives way to it."""
    pairs = sorted(
        (distance, place, n)
        for n, seed in enumerate(seeds)
        for place, beside in enumerate(edit.beside_mm)
        if (distance := math.dist(seed.found_mm, beside)) < SAME_FIND_MM
    )
    taken: dict[int, int] = {}
    for _, place, n in pairs:
        if place not in taken and n not in taken.values():
            taken[place] = n
    were_there = set(taken.values())
    kept = [
        seed
        for n, seed in enumerate(seeds)
        if n in were_there
        or seed.edit is not None
        or math.dist(seed.found_mm, center_mm) >= SAME_SEED_MM
    ]
    seeds[:] = [
        *kept,
        EditedSeed(None, center_mm, center_mm, edit.axis, SeedOrigin.ADDED, edit.number),
    ]


def _nearest(seeds: Sequence[EditedSeed], found_mm: Vector) -> int | None:
    """The seed that was found nearest to a place; None if there is none within reach."""
    away = [(math.dist(s.found_mm, found_mm), n) for n, s in enumerate(seeds) if not s.deleted]
    distance, at = min(away, default=(math.inf, 0))
    return at if distance < SAME_FIND_MM else None
