"""A few chosen points say nearly what all cells say."""

from functools import partial

import numpy as np
import pytest

from dosimetry_core.structures import StructureSamples, contains, sample_structure
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.uncertainty.points import FewPoints, choose_points, divide_hottest
from dosimetry_core.values import ContouredStructure


@pytest.fixture(scope="session")
def organ(make_ball) -> ContouredStructure:
    return make_ball("ORGAN", (45.0, 0.0, 0.0), 22.0)


def test_figures_of_equal_weights() -> None:
    few = FewPoints(np.zeros((4, 3)), np.full(4, 10.0))
    dose = np.array([[4.0, 1.0, 3.0, 2.0], [8.0, 2.0, 6.0, 4.0]])
    assert few.volume_percent_at(dose, 3.0) == pytest.approx([50.0, 75.0])
    # A cell's dose is that in the middle of its volume, from hot to cold.
    assert few.dose_to_hottest(dose, 15.0) == pytest.approx([3.0, 6.0])
    assert few.dose_to_hottest(dose, 20.0) == pytest.approx([2.5, 5.0])
    assert few.dose_to_hottest(dose, 1.0) == pytest.approx([4.0, 8.0])
    assert few.dose_to_hottest(dose, 40.0) == pytest.approx([1.0, 2.0])


def test_chosen_points_stand_for_the_whole_volume(make_ball, many_seeds: ImplantedSources) -> None:
    samples = sample_structure(make_ball("TARGET", (0.0, 0.0, 0.0), 19.0), point_count=20_000)
    dose = partial(total_dose_gy, [many_seeds], engine="table")
    few = choose_points(samples, dose, (120.0, 160.0), 1200)
    assert len(few.weights_mm3) == 1200
    assert few.weights_mm3.sum() == pytest.approx(samples.weights_mm3.sum(), rel=0.03)
    all_doses, own = dose(samples.points_mm), dose(few.points_mm)
    for level in (120.0, 160.0):
        expected = 100 * samples.weights_mm3[all_doses >= level].sum() / samples.weights_mm3.sum()
        assert few.volume_percent_at(own[None], level)[0] == pytest.approx(expected, abs=1.5)
    near = np.abs(np.log(own / 120.0)) < 0.1
    near_all = np.abs(np.log(all_doses / 120.0)) < 0.1
    assert near.mean() > 1.5 * near_all.mean()


def test_the_hottest_cells_are_divided_and_the_volume_kept(
    organ: ContouredStructure, many_seeds: ImplantedSources
) -> None:
    samples = sample_structure(organ, point_count=2_000)
    dose = total_dose_gy([many_seeds], samples.points_mm, engine="table")
    fine = divide_hottest(samples, dose, [2000.0, 100.0])
    assert fine.weights_mm3.sum() == pytest.approx(samples.weights_mm3.sum(), rel=1e-12)
    fine_dose = total_dose_gy([many_seeds], fine.points_mm, engine="table")
    hottest = np.argsort(-fine_dose)
    within = np.cumsum(fine.weights_mm3[hottest]) <= 100.0
    assert within.sum() >= 250


def test_divided_cells_of_oblique_planes_stay_inside(many_seeds: ImplantedSources) -> None:
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.8, -0.6], [0.0, 0.6, 0.8]])
    outline = np.array([[30.0, -20, 0], [60, -20, 0], [60, 20, 0], [30, 20, 0]])
    slab = ContouredStructure(
        "SLAB", tuple((outline + np.array([0.0, 0.0, z])) @ turn.T for z in np.arange(-7.5, 8, 5.0))
    )
    samples = sample_structure(slab, point_count=500)
    dose = total_dose_gy([many_seeds], samples.points_mm, engine="table")
    fine = divide_hottest(samples, dose, [100.0])
    assert len(fine.weights_mm3) > len(samples.weights_mm3)
    assert contains(slab, fine.points_mm).all()


def test_cells_that_are_fine_enough_stay(organ: ContouredStructure) -> None:
    samples = sample_structure(organ, point_count=2_000)
    few: StructureSamples = divide_hottest(samples, np.ones(len(samples.weights_mm3)), [30_000.0])
    assert few is samples
