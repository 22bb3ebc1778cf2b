from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from simulators.projection import (
    HARD,
    SEEDLESS,
    STANDARD,
    Implant,
    PlacedSeed,
    Recipe,
    SeedModel,
    draw_implant,
)
from simulators.projection.segments import segment_gap

_CENTER, _SEMI, _APPROACH = (-80.0, 10.0, 200.0), (26.0, 25.0, 23.0), (0.4, 0.9, 0.1)


def _drawn(recipe: Recipe, seed: int) -> Implant:
    return draw_implant(recipe, _CENTER, _SEMI, _APPROACH, seed)


def _gap(first: PlacedSeed, second: PlacedSeed) -> float:
    ends = [(np.array(one.center_mm), np.array(one.axis), 4.5) for one in (first, second)]
    return segment_gap(*ends[0], *ends[1])


@pytest.mark.parametrize("recipe", [STANDARD, HARD, SEEDLESS])
def test_an_implant_is_what_its_recipe_says(recipe: Recipe) -> None:
    implant = _drawn(recipe, 1)

    assert len(implant.seeds) == recipe.seeds
    assert sum(seed.kind != "single" for seed in implant.seeds) == 2 * recipe.close_pairs
    assert sum(shaft.track is not None for shaft in implant.shafts) == recipe.needles
    assert sum(shaft.track is None for shaft in implant.shafts) == recipe.probes
    assert Counter(one.kind for one in implant.distractors) == {
        "ti_clip": recipe.clips,
        "gold_fiducial": recipe.fiducials,
        "calcification": recipe.calcifications,
    }
    assert implant == _drawn(recipe, 1)
    assert implant != _drawn(recipe, 2)


@pytest.mark.parametrize("seed", [3, 4])
def test_no_two_capsules_overlap_and_pairs_are_close(seed: int) -> None:
    seeds = _drawn(HARD, seed).seeds

    gaps = {(a, b): _gap(seeds[a], seeds[b]) for a, b in combinations(range(len(seeds)), 2)}

    assert min(gaps.values()) >= 0.8
    pairs = range(0, 2 * HARD.close_pairs, 2)
    assert all(seeds[n].kind == seeds[n + 1].kind for n in pairs)
    sides = [gaps[n, n + 1] for n in pairs if seeds[n].kind in {"side", "cross"}]
    assert max(sides) <= 1.5 + 1e-6
    reach = [
        np.linalg.norm((np.array(one.center_mm) - _CENTER) / _SEMI)
        for one in seeds
        if one.kind == "single"
    ]
    assert max(reach) <= 1.0


def test_shafts_and_distractors_keep_clear_of_seeds() -> None:
    implant = _drawn(HARD, 5)

    for seed in implant.seeds:
        capsule = np.array(seed.center_mm), np.array(seed.axis), 4.5
        for shaft in implant.shafts:
            along = np.array(shaft.direction)
            middle = np.array(shaft.tip_mm) - along * shaft.length_mm / 2.0
            gap = segment_gap(*capsule, middle, along, shaft.length_mm)
            assert gap >= 0.4 + shaft.diameter_mm / 2.0
        for one in implant.distractors:
            place = np.array(one.center_mm), np.array(one.axis), one.length_mm
            assert segment_gap(*capsule, *place) >= 0.4 + one.radius_mm


def test_a_strand_keeps_its_spacing_and_its_track() -> None:
    seeds = _drawn(replace(STANDARD, close_pairs=0, stranded_share=1.0), 6).seeds
    strands = [[s for s in seeds if s.strand == n] for n in {s.strand for s in seeds}]

    assert None not in {seed.strand for seed in seeds}
    steps = [
        np.linalg.norm(np.subtract(a.center_mm, b.center_mm))
        for strand in strands
        for a, b in pairwise(strand)
    ]
    # a place that is taken leaves a gap of a whole step
    assert steps
    assert all(step == pytest.approx(10.0 * round(step / 10.0)) for step in steps)
    assert min(steps) == pytest.approx(10.0)
    assert all(len({seed.track for seed in strand}) == 1 for strand in strands)


def test_seeds_are_of_the_model_that_was_asked_for() -> None:
    implant = _drawn(replace(STANDARD, model=SeedModel.GOLD_MARKER), 7)

    assert {seed.model for seed in implant.seeds} == {SeedModel.GOLD_MARKER}
    assert (
        len(implant.bodies)
        == 40 * 4 + sum(3 if shaft.lumen_mm else 2 for shaft in implant.shafts) + 3 * 2 + 3
    )


def test_a_lesion_that_is_too_small_says_so() -> None:
    with pytest.raises(ValueError, match=r"the lesion holds .* of 40 seeds: make it larger"):
        draw_implant(replace(STANDARD, close_pairs=0), _CENTER, (8.0, 8.0, 8.0), _APPROACH, 1)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (((0.0, 3.0, 0.0), (1.0, 0.0, 0.0)), 3.0),
        (((0.0, 0.0, 2.0), (0.0, 1.0, 0.0)), 2.0),
        (((5.0, 0.0, 0.0), (1.0, 0.0, 0.0)), 1.0),
        (((5.0, 3.0, 0.0), (0.0, 1.0, 0.0)), np.hypot(3.0, 1.0)),
    ],
)
def test_gaps_between_rods_of_4_mm(
    second: tuple[tuple[float, ...], tuple[float, ...]], expected: float
) -> None:
    center, axis = (np.array(one) for one in second)

    gap = segment_gap(np.zeros(3), np.array([1.0, 0.0, 0.0]), 4.0, center, axis, 4.0)

    assert gap == pytest.approx(expected)
