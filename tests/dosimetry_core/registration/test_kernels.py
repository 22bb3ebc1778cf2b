"""The compiled kernels against scipy and plain numpy."""

import numpy as np
import pytest
from scipy import ndimage

from dosimetry_core.registration.filters import resampled, resampled_flagged
from dosimetry_core.registration.kernels import correlations

SHAPE = (30, 34, 38)
STRAIGHT = np.diag([0.4, 1.3, 0.9])
TURNED = np.array([[0.4, 0.021, 0.013], [0.03, 1.3, -0.05], [-0.017, 0.05, 0.9]])
OFFSET = np.array([1.07, -2.03, 0.31])


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(16, 40, 36)).astype(np.float32)


def _by_scipy(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    given = values.astype(np.float64)
    return ndimage.affine_transform(given, matrix, OFFSET, SHAPE, order=1, cval=np.nan)


@pytest.mark.parametrize("matrix", [STRAIGHT, TURNED])
def test_values_are_those_of_scipy(values, matrix):
    ours, theirs = resampled(values, matrix, OFFSET, SHAPE), _by_scipy(values, matrix)
    assert np.isnan(theirs).mean() > 0.1
    # A point may lie in the very plane of the outermost voxels, but for rounding.
    assert (np.isnan(ours) != np.isnan(theirs)).mean() < 1e-4
    both = np.isfinite(ours) & np.isfinite(theirs)
    # 32 against 64 bits, for values of a few units.
    np.testing.assert_allclose(ours[both], theirs[both], atol=3e-6)


@pytest.mark.parametrize("matrix", [STRAIGHT, TURNED])
def test_flags_are_where_scipy_finds_more_than_their_share(values, matrix):
    masks = [(values > -2.0, 0.99), (values > 0.5, 0.7), (values > 2.5, 0.01)]
    _, found = resampled_flagged(values, masks, matrix, OFFSET, SHAPE)
    for (mask, limit), ours in zip(masks, found, strict=True):
        share = _by_scipy(mask, matrix)
        sure = np.abs(share - limit) > 1e-5
        np.testing.assert_array_equal(ours[sure], (share > limit)[sure])
        assert 0 < ours.sum() < ours.size


def test_the_last_voxel_is_inside_and_nothing_beyond(values):
    ends = np.array(values.shape) - 1.0
    at_end = resampled(values, np.eye(3), ends, (1, 1, 2))
    assert at_end[0, 0, 0] == values[-1, -1, -1]
    assert np.isnan(at_end[0, 0, 1])


def test_correlations_are_those_of_numpy(values):
    around, block = values[:14, :14, :14], values[3:10, 2:9, 5:12]
    found = correlations(np.ascontiguousarray(block), np.ascontiguousarray(around))
    assert found.shape == (8, 8, 8)
    for place in ((0, 0, 0), (3, 2, 5), (7, 1, 4)):
        part = around[tuple(slice(n, n + 7) for n in place)]
        assert found[place] == pytest.approx(np.corrcoef(block.ravel(), part.ravel())[0, 1])
    assert np.unravel_index(found.argmax(), found.shape) == (3, 2, 5)
    even = correlations(np.ones((7, 7, 7), np.float32), np.ascontiguousarray(around))
    assert np.abs(even).max() < 1e-3
