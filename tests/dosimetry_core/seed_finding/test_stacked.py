import numpy as np
import pytest

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior, fit_rods
from dosimetry_core.seed_finding.rod import MASS, Z
from dosimetry_core.seed_finding.stacked import unstacked
from tests.dosimetry_core.seed_finding.blurred import patch_of, rod_of

SEED = Prior(50_000.0, 0.2, 3.0, 0.3, 0.6, 0.12)
SLICE_MM = 5.0
SPACING_MM = np.array([SLICE_MM, 0.8, 0.8])


def _rod(x_mm, y_mm, at_slice, axis=(0.6, 0.8, 0.0)) -> np.ndarray:
    return rod_of(SEED, (x_mm, y_mm, SLICE_MM * at_slice), axis)


def _patch(*rods: np.ndarray, slice_mm: float = SLICE_MM) -> Patch:
    spacing = np.array([slice_mm, *SPACING_MM[1:]])
    return patch_of(rods, (6, 30, 30), spacing, noise_hu=20.0, scale_hu=90.0, seed=2)


def _both_across(patch: Patch, middle_mm: float) -> Fit:
    """What two seeds look like to who takes both to lie across the border at slice 2.5."""
    rods = [_rod(middle_mm + d, middle_mm, 2.5, (0.6, 0.8, 0.4 * d)) for d in (-0.4, 0.4)]
    return fit_rods(patch, np.array(rods), 40.0, SEED, 8)


@pytest.mark.parametrize("aside_mm", [0.0, 0.7])
def test_seeds_one_above_the_other_are_given_a_slice_each(aside_mm):
    patch = _patch(_rod(12.0, 12.0, 1.8), _rod(12.0 + aside_mm, 12.0, 3.3))
    across = _both_across(patch, 12.0 + 0.5 * aside_mm)
    assert np.abs(across.rods[:, Z] / SLICE_MM - 2.5).max() < 0.3
    fit = unstacked(patch, across, SEED)
    low, high = sorted(fit.rods[:, Z] / SLICE_MM)
    assert 1.5 < low < 2.4
    assert 2.6 < high < 3.5
    assert fit.rods[:, MASS] == pytest.approx(SEED.mass, rel=0.1)


def test_seeds_that_do_lie_across_the_border_stay():
    side_by_side = _rod(11.0, 12.0, 2.5), _rod(13.4, 12.0, 2.5)
    patch = _patch(*side_by_side)
    before = fit_rods(patch, np.array(side_by_side), 40.0, SEED)
    after = unstacked(patch, before, SEED)
    assert np.array_equal(after.rods, before.rods)


def test_a_seed_with_none_above_it_stays():
    patch = _patch(_rod(6.0, 12.0, 2.5), _rod(16.0, 12.0, 2.5))
    before = fit_rods(patch, np.array([_rod(6.0, 12.0, 2.5), _rod(16.0, 12.0, 2.5)]), 40.0, SEED)
    assert unstacked(patch, before, SEED) is before


def test_in_thin_slices_nothing_is_moved():
    patch = _patch(_rod(12.0, 12.0, 0.9), _rod(12.5, 12.0, 1.4), slice_mm=2.5)
    before = fit_rods(patch, np.array([_rod(12.0, 12.0, 1.2), _rod(12.5, 12.0, 1.3)]), 40.0, SEED)
    assert unstacked(patch, before, SEED) is before
