import math

import numpy as np
import pytest

from dosimetry_core.ice import IceError, ice_coverage
from dosimetry_core.values import Volume


def _ball(center, radius_mm: float, spacing, size_mm: float = 90.0) -> Volume:
    """Signed distance to a sphere, positive outside."""
    spacing = np.array(spacing, float)
    shape = tuple(np.ceil(size_mm / spacing).astype(int))
    affine = np.diag([*spacing[::-1], 1.0])
    affine[:3, 3] = np.asarray(center) - (np.array(shape[::-1]) - 1) / 2 * spacing[::-1]
    frame = Volume(np.zeros(shape, bool), affine)
    xyz = frame.to_patient_mm(np.moveaxis(np.indices(shape), 0, -1).astype(float))
    return Volume(np.linalg.norm(xyz - np.asarray(center), axis=-1) - radius_mm, affine)


def _solid(distance: Volume) -> Volume:
    return Volume(distance.values < 0, distance.affine)


def _lens_share(apart: float, inner: float, outer: float) -> float:
    """Share of a sphere of radius ``inner`` inside one of radius ``outer``, ``apart`` from it."""
    if apart <= outer - inner:
        return 1.0
    if apart >= outer + inner:
        return 0.0
    lens = (
        math.pi
        * (outer + inner - apart) ** 2
        * (apart**2 + 2 * apart * (inner + outer) - 3 * (inner - outer) ** 2)
        / (12 * apart)
    )
    return lens / (4 / 3 * math.pi * inner**3)


ICE = _solid(_ball([3.0, -2.0, 5.0], 20.0, (1.25, 0.8, 0.8), 60.0))


@pytest.mark.parametrize("apart", [0.0, 6.0, 12.0, 18.0, 25.0, 45.0])
@pytest.mark.parametrize("as_mask", [False, True])
def test_a_sphere_in_a_sphere_of_ice(apart, as_mask):
    structure = _ball([3.0 + apart, -2.0, 5.0], 10.0, (1.0, 1.0, 1.0), 30.0)
    covered, margin_mm = ice_coverage(ICE, _solid(structure) if as_mask else structure)
    assert covered == pytest.approx(100.0 * _lens_share(apart, 10.0, 20.0), abs=1.5)
    over_mm = margin_mm - (20.0 - apart - 10.0)
    assert -1.2 <= over_mm <= 0.3


def test_the_structure_may_lie_partly_beyond_the_grid_of_the_ice():
    ice = _solid(_ball([0.0, 0.0, 0.0], 12.0, (2.5, 1.0, 1.0), 30.0))
    structure = _ball([0.0, 20.0, 0.0], 15.0, (1.0, 1.0, 1.0), 40.0)
    covered, margin_mm = ice_coverage(ice, structure)
    assert covered == pytest.approx(100.0 * _lens_share(20.0, 15.0, 12.0), abs=1.5)
    assert margin_mm == pytest.approx(-23.0, abs=1.0)


def test_thick_slices_cost_less_than_half_a_slice():
    thick = _solid(_ball([0.0, 0.0, 0.0], 20.0, (5.0, 0.8, 0.8), 60.0))
    structure = _ball([0.0, 0.0, 0.0], 12.0, (1.0, 1.0, 1.0), 40.0)
    assert ice_coverage(thick, structure).minimum_margin_mm == pytest.approx(8.0, abs=2.5)


def test_without_ice_nothing_is_covered_and_no_margin_is_claimed():
    none = Volume(np.zeros_like(ICE.values), ICE.affine)
    covered, margin_mm = ice_coverage(none, _ball([0.0, 0.0, 0.0], 10.0, (1, 1, 1), 30.0))
    assert covered == 0.0
    assert math.isnan(margin_mm)


def test_ice_may_be_given_as_numbers():
    numbers = Volume(ICE.values.astype(np.uint8), ICE.affine)
    structure = _ball([3.0, -2.0, 5.0], 10.0, (1, 1, 1), 30.0)
    assert ice_coverage(numbers, structure) == ice_coverage(ICE, structure)


def test_an_empty_structure_is_refused():
    with pytest.raises(IceError, match="no volume"):
        ice_coverage(ICE, Volume(np.zeros((5, 5, 5), bool), np.eye(4)))


def test_a_structure_cut_by_its_grid_is_refused():
    with pytest.raises(IceError, match="edge of its grid"):
        ice_coverage(ICE, _ball([0.0, 0.0, 0.0], 10.0, (1, 1, 1), 18.0))
