import numpy as np
import pytest

from dosimetry_core.seed_finding.fit import Patch, Prior, fit_rods
from dosimetry_core.seed_finding.pairs import ones_instead
from tests.dosimetry_core.seed_finding.blurred import patch_of, rod_of

SEED = Prior(50_000.0, 0.2, 3.4, 0.3, 0.65, 0.12)
SPACING_MM = np.array([1.25, 0.8, 0.8])
MIDDLE = np.array([12.0, 12.0, 12.0])


def _rod(center, axis, **other: float) -> np.ndarray:
    return rod_of(SEED, center, axis, **other)


def _patch(*rods: np.ndarray) -> Patch:
    return patch_of(rods, (20, 30, 60), SPACING_MM)


def test_no_single_rod_does_as_well_as_two_that_cross():
    crossed = (
        _rod(MIDDLE, (0.8, 0.6, 0.0)),
        _rod(MIDDLE + np.array([0.0, 0.0, 1.0]), (-0.6, 0.8, 0.0)),
    )
    patch = _patch(*crossed)
    first, second = ones_instead(patch, fit_rods(patch, np.array(crossed), 40.0, SEED))
    assert first is not None
    assert first == second, "of one pair"
    assert first.worse > 50.0


def test_a_heavy_marker_that_was_taken_for_two_seeds_is_one_rod_of_its_own_mass():
    patch = _patch(_rod(MIDDLE, (1.0, 0.0, 0.0), mass=3.0 * SEED.mass, length_mm=3.0))
    halves = np.array([_rod(MIDDLE + np.array([d, 0.4 * d, 0.0]), (1, 0, 0)) for d in (-0.9, 0.9)])
    one, _ = ones_instead(patch, fit_rods(patch, halves, 40.0, SEED))
    assert one is not None
    assert one.worse < 5.0
    assert one.mass == pytest.approx(3.0 * SEED.mass, rel=0.05)
    assert one.length_mm == pytest.approx(3.0, abs=0.4)
    assert one.blur_mm == pytest.approx(SEED.blur_mm, rel=0.1)


def test_seeds_that_are_not_close_have_no_single_rod_instead():
    rods = np.array([_rod(MIDDLE, (0, 0, 1)), _rod(MIDDLE + np.array([9.0, 0, 0]), (0, 0, 1))])
    patch = _patch(*rods)
    assert ones_instead(patch, fit_rods(patch, rods, 40.0, SEED)) == [None, None]


def test_a_lone_seed_has_none_either():
    rods = _rod(MIDDLE, (0, 0, 1))[None]
    patch = _patch(*rods)
    assert ones_instead(patch, fit_rods(patch, rods, 40.0, SEED)) == [None]
