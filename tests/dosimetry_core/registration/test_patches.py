import numpy as np
import pytest

from dosimetry_core.registration.carrying import Carried, carried_by, correlation
from dosimetry_core.registration.errors import RegistrationError
from dosimetry_core.registration.ice import likely_ice
from dosimetry_core.registration.matrices import shift
from dosimetry_core.registration.patches import Patch, patch_of
from dosimetry_core.values import Volume

SPACING_MM = (2.5, 1.0, 1.0)


def _body() -> Volume:
    """A body of 160 x 120 mm of tissue on a table, in air; its axis at x = y = 0."""
    k, j, i = np.indices((80, 200, 200)).astype(float)
    x, y = i - 100.0, j - 100.0
    hu = np.where((x / 80.0) ** 2 + (y / 60.0) ** 2 < 1.0, 60.0, -1000.0)
    hu[:, 170:175] = 150.0
    hu += np.where(np.hypot(x - 20.0, y) < 12.0, 3.0 * (k - 40.0) / 10.0, 0.0)
    affine = np.diag([1.0, 1.0, 2.5, 1.0])
    affine[:3, 3] = [-100.0, -100.0, -100.0]
    return Volume(hu.astype(np.int16), affine)


def _at(patch: Patch, field: np.ndarray, point_mm: tuple[float, float, float]) -> float:
    index = np.rint((np.array(point_mm) - patch.first_mm) / patch.voxel_mm).astype(int)
    return float(field[tuple(index[::-1])])


@pytest.fixture(scope="module")
def body() -> Volume:
    return _body()


def test_air_and_table_are_left_out_and_the_body_is_not(body):
    patch = patch_of(body, np.zeros(3), 75.0, None)
    assert _at(patch, patch.usable, (0.0, 0.0, 0.0))
    assert _at(patch, patch.usable, (60.0, 10.0, 50.0))
    assert not _at(patch, patch.usable, (0.0, 72.0, 0.0))
    assert not _at(patch, patch.usable, (74.0, -60.0, 0.0))
    assert patch.seen.all()
    assert _at(patch, patch.values, (0.0, 0.0, 0.0)) == pytest.approx(60.0)
    assert _at(patch, patch.values, (0.0, 66.0, 0.0)) == -200.0


def test_metal_is_left_out_with_what_is_beside_it_and_painted_over(body):
    values = body.values.copy()
    values[40, 100:104, 100] = 3000
    patch = patch_of(Volume(values, body.affine), np.zeros(3), 75.0, None)
    assert not _at(patch, patch.usable, (0.0, 2.0, 0.0))
    assert not _at(patch, patch.usable, (2.0, 2.0, 0.0))
    assert _at(patch, patch.usable, (10.0, 2.0, 0.0))
    assert _at(patch, patch.values, (0.0, 2.0, 0.0)) == pytest.approx(60.0, abs=5.0)


def test_ice_that_is_given_is_left_out(body):
    mask = np.zeros((20, 20, 20), np.uint8)
    mask[5:15, 5:15, 5:15] = 1
    affine = np.eye(4)
    affine[:3, 3] = [-10.0, 10.0, -10.0]
    patch = patch_of(body, np.zeros(3), 75.0, Volume(mask, affine))
    assert not _at(patch, patch.usable, (0.0, 20.0, 0.0))
    assert _at(patch, patch.usable, (0.0, 0.0, 0.0))


def test_what_was_not_scanned_is_not_seen(body):
    values = body.values.copy()
    values[:30] = -3024
    patch = patch_of(Volume(values, body.affine), np.zeros(3), 75.0, None)
    assert not _at(patch, patch.seen, (0.0, 0.0, -50.0))
    assert not _at(patch, patch.usable, (0.0, 0.0, -50.0))
    beyond = patch_of(body, np.array([0.0, 0.0, 80.0]), 75.0, None)
    assert not _at(beyond, beyond.seen, (0.0, 0.0, 120.0))
    with pytest.raises(RegistrationError, match=r"round \(0, 0, 900\) mm"):
        patch_of(body, np.array([0.0, 0.0, 900.0]), 75.0, None)


def test_the_order_of_slices_and_rows_does_not_matter(body):
    turned = body.affine @ np.array(
        [[1, 0, 0, 0], [0, -1, 0, 199], [0, 0, -1, 79], [0, 0, 0, 1]], dtype=float
    )
    flipped = Volume(np.ascontiguousarray(body.values[::-1, ::-1]), turned)
    one, other = (patch_of(volume, np.zeros(3), 60.0, None) for volume in (body, flipped))
    # At edges other pixels are merged, and the body is found on other ones.
    for point in ((0.0, 0.0, 0.0), (20.0, 0.0, 50.0), (20.0, 0.0, -50.0), (60.0, -10.0, 4.0)):
        assert _at(one, one.values, point) == pytest.approx(_at(other, other.values, point), abs=1)
    assert (one.usable == other.usable).mean() > 0.95


def test_a_part_and_a_coarser_patch_keep_their_places(body):
    patch = patch_of(body, np.zeros(3), 60.0, None)
    part = patch.part(np.array([10, 4, 6]), 20)
    point = tuple(float(value) for value in part.first_mm + 2.0 * np.array([3, 4, 5]))
    assert _at(part, part.values, point) == _at(patch, patch.values, point)
    coarse = patch.coarser(3)
    assert coarse.voxel_mm == 6.0
    np.testing.assert_allclose(coarse.first_mm, patch.first_mm + 2.0)


def test_a_scan_laid_over_itself_correlates(body):
    patch = patch_of(body, np.zeros(3), 60.0, None)
    assert correlation(patch, carried_by(patch, patch, np.eye(4))) == pytest.approx(1.0)
    aside = carried_by(patch, patch, shift(np.array([0.0, 0.0, 500.0])))
    assert not aside.usable.any()
    assert np.isnan(correlation(patch, aside))


def test_a_fall_near_metal_is_taken_for_ice_and_washed_out_tissue_is_not(body):
    patch = patch_of(body, np.zeros(3), 60.0, None)
    shape = patch.values.shape
    index = np.moveaxis(np.indices(shape), 0, -1)[..., ::-1]
    away = np.linalg.norm(patch.first_mm + patch.voxel_mm * index, axis=-1)
    metal = away < 4.0
    fallen = (patch.values - 85.0 * (away < 14.0)).astype(np.float32)
    carried = Carried(fallen, patch.usable & ~metal, patch.seen, metal)
    frozen = likely_ice(patch, carried)
    assert frozen[(away > 6.0) & (away < 10.0)].all()
    assert not frozen[away > 22.0].any()
    washed = Carried((patch.values - 85.0).astype(np.float32), carried.usable, patch.seen, metal)
    assert not likely_ice(patch, washed).any()
    assert not likely_ice(patch, Carried(fallen, patch.usable, patch.seen, ~patch.seen)).any()
