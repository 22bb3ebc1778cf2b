from dataclasses import replace

import numpy as np
import pytest

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior, fit_rods
from dosimetry_core.seed_finding.nearby import follow
from dosimetry_core.seed_finding.rod import X, Z
from tests.dosimetry_core.seed_finding.blurred import patch_of, rod_of

PRIOR = Prior(50_000.0, 0.2, 3.4, 0.3, 0.65, 0.12)
SPACING_MM = np.array([1.25, 0.8, 0.8])
CENTERS_MM = [(8.0 + 7.0 * n, 10.0 + (n % 2), 10.0) for n in range(6)]


def _rod(center, axis=(0.6, 0.8, 0.0)) -> np.ndarray:
    return rod_of(PRIOR, center, axis)


@pytest.fixture
def row() -> Patch:
    """Six seeds in a row."""
    return patch_of([_rod(center) for center in CENTERS_MM], (17, 26, 64), SPACING_MM)


@pytest.fixture
def five(row) -> Fit:
    return fit_rods(row, np.array([_rod(center) for center in CENTERS_MM[:5]]), 40.0, PRIOR)


def test_one_more_in_a_large_group_is_found_where_it_is_and_costs_what_all_cost(row, five):
    start = np.concatenate([five.rods, _rod(np.add(CENTERS_MM[5], (0.8, -0.6, 0.7)))[None]])
    after = follow(row, five, start, PRIOR, 20)
    assert np.linalg.norm(after.rods[-1, X : Z + 1] - CENTERS_MM[5]) < 0.15
    whole = fit_rods(row, after.rods, after.background_hu, PRIOR, 0)
    assert after.cost == pytest.approx(whole.cost, rel=2e-3), "of the part and of the rest"
    together = fit_rods(row, start, five.background_hu, PRIOR, 20)
    assert after.cost <= together.cost + 2.0, "the far ones had nothing to gain"


def test_rods_that_are_far_from_the_change_stay(row, five):
    start = np.concatenate([five.rods, _rod(CENTERS_MM[5])[None]])
    after = follow(row, five, start, PRIOR, 20)
    assert np.array_equal(after.rods[:4], five.rods[:4])


def test_a_small_group_is_fitted_whole(row):
    two = fit_rods(row, np.array([_rod(center) for center in CENTERS_MM[:2]]), 40.0, PRIOR)
    start = np.concatenate([two.rods, _rod(CENTERS_MM[2])[None]])
    after = follow(row, two, start, PRIOR, 20)
    together = fit_rods(row, start, two.background_hu, PRIOR, 20)
    assert np.array_equal(after.rods, together.rods)
    assert after.cost == together.cost


def test_in_a_large_box_a_small_group_comes_to_the_same(row):
    wide = [(0, 0), (20, 20), (0, 0)]
    box = replace(
        row,
        data=np.pad(row.data, wide, constant_values=40.0),
        use=np.pad(row.use, wide),
        fixed=np.pad(row.fixed, wide),
        scale_hu=np.pad(row.scale_hu, wide, constant_values=60.0),
    )
    lower = np.array([0.0, 20 * SPACING_MM[1], 0.0])
    two = fit_rods(box, np.array([_rod(np.add(c, lower)) for c in CENTERS_MM[:2]]), 40.0, PRIOR)
    start = np.concatenate([two.rods, _rod(np.add(CENTERS_MM[2], lower))[None]])
    after = follow(box, two, start, PRIOR, 20)
    together = fit_rods(box, start, two.background_hu, PRIOR, 20)
    assert after.rods[:, X : Z + 1] == pytest.approx(together.rods[:, X : Z + 1], abs=0.05)
    assert after.cost == pytest.approx(together.cost, rel=0.01)
