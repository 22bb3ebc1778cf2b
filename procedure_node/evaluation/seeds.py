"""The seeds that are evaluated: found in a scan, planned, or put in by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.tg43 import ImplantedSources, SeedModel, decayed_strength_u
from dosimetry_core.values import Vector
from drivers.dicom import ImplantPlan, PlannedSeed
from procedure_node.evaluation.errors import UnusableError
from procedure_node.seed_edits import EditAction, EditedSeed, Find, SeedEdit, apply_edits

HOURS_PER_DAY = 24.0


@dataclass(frozen=True, slots=True)
class EvaluatedSeed:
    """One seed.

    Attributes:
        center_mm: centre, LPS mm.
        axis: unit vector along the capsule; None where it is not known.
        strength_u: air-kerma strength at implantation, U.
        origin: where it comes from.
        confidence: of a seed that was found, 0 to 1; None of others.
        needle: what the plan calls its needle; empty where it names none.
    """

    center_mm: Vector
    axis: Vector | None
    strength_u: float
    origin: Literal["FOUND", "PLANNED", "ADDED", "MOVED"]
    confidence: float | None = None
    needle: str = ""


def found_seeds(finding: SeedFinding, strength_u: float) -> tuple[EvaluatedSeed, ...]:
    """The seeds of a scan, all of one strength."""
    return tuple(
        EvaluatedSeed(seed.center_mm, seed.axis, strength_u, "FOUND", seed.confidence)
        for seed in finding.seeds
    )


def planned_seeds(
    plan: ImplantPlan, model: SeedModel, implanted_utc: datetime | None
) -> tuple[EvaluatedSeed, ...]:
    """The seeds of a plan, with the strength that they have at implantation.

    Those without an axis come last, as they do in the implant that they make: a seed has the same
    number wherever it is named.

    Without a time of implantation each has the strength that the plan states, whenever that is of.

    Raises:
        UnusableError: a strength is of an unknown date, so that it cannot be brought to
            ``implanted_utc``.
    """
    planned = (
        EvaluatedSeed(
            seed.center_mm,
            seed.axis,
            _strength_u(n, seed, model, implanted_utc),
            "PLANNED",
            needle=seed.needle,
        )
        for n, seed in enumerate(plan.seeds, start=1)
    )
    return tuple(sorted(planned, key=has_no_axis))


def _strength_u(
    n: int, seed: PlannedSeed, model: SeedModel, implanted_utc: datetime | None
) -> float:
    if implanted_utc is None:
        return seed.strength_u
    if seed.strength_reference_utc is None:
        raise UnusableError(
            f"the plan's seed {n} has a strength of unknown date "
            f"({seed.strength_reference_unknown}): leave --implanted out to take it as it stands"
        )
    elapsed_h = (implanted_utc - seed.strength_reference_utc).total_seconds() / 3600.0
    return decayed_strength_u(seed.strength_u, model.half_life_d, elapsed_h / HOURS_PER_DAY)


def has_no_axis(seed: EvaluatedSeed) -> bool:
    """Sorts seeds as the implant that they make has them."""
    return seed.axis is None


class MovedSeed(NamedTuple):
    """Where a seed, numbered from 1, is moved to; ``axis`` None keeps its own."""

    number: int
    center_mm: Vector
    axis: Vector | None


def edited(
    seeds: Sequence[EvaluatedSeed],
    *,
    added: Sequence[EvaluatedSeed],
    removed: Sequence[int],
    moved: Sequence[MovedSeed] = (),
) -> tuple[EvaluatedSeed, ...]:
    """Seeds moved and removed by their numbers (from 1, as they were found), then those added.

    The same edits, applied in the same way, as those that the service journals
    (``procedure_node.seed_edits``).

    Raises:
        UnusableError: there is no seed of a number.
    """
    for n in sorted({*removed, *(one.number for one in moved)}):
        if not 1 <= n <= len(seeds):
            raise UnusableError(f"there is no seed {n}: seeds are numbered 1 to {len(seeds)}")
    places = [Find(seed.center_mm, seed.axis or _NO_AXIS) for seed in seeds]
    edits = [
        *(
            SeedEdit(n, EditAction.MOVED, seeds[one.number - 1].center_mm, one.center_mm, one.axis)
            for n, one in enumerate(moved, start=1)
        ),
        *(
            SeedEdit(n, EditAction.DELETED, seeds[number - 1].center_mm)
            for n, number in enumerate(sorted(set(removed)), start=len(moved) + 1)
        ),
    ]
    kept = [
        _after(seeds[one.find], one)
        for one in apply_edits(places, edits)
        if one.find is not None and not one.deleted
    ]
    return (*kept, *added)


_NO_AXIS = (0.0, 0.0, 0.0)


def _after(seed: EvaluatedSeed, edit: EditedSeed) -> EvaluatedSeed:
    if edit.edit is None:
        return seed
    axis = edit.axis if edit.axis and any(edit.axis) else None
    return replace(seed, center_mm=edit.center_mm, axis=axis, origin="MOVED", confidence=None)


def implant_of(seeds: Sequence[EvaluatedSeed], model: SeedModel) -> tuple[ImplantedSources, ...]:
    """Sources of dose: one entry for seeds with an axis, one for those without."""
    with_axis = [seed for seed in seeds if seed.axis is not None]
    without = [seed for seed in seeds if seed.axis is None]
    axes = np.array([seed.axis for seed in with_axis], dtype=np.float64)
    return tuple(
        ImplantedSources(
            model=model,
            centers_mm=np.array([seed.center_mm for seed in group], dtype=np.float64),
            axes=axes_of_group,
            strengths_u=np.array([seed.strength_u for seed in group], dtype=np.float64),
        )
        for group, axes_of_group in ((with_axis, axes), (without, None))
        if group
    )
