import numpy as np
import pytest

from dosimetry_core.seed_finding.rod import (
    FREE,
    MASS,
    Z,
    add_rod,
    moved,
)

SPACING = np.array([1.25, 0.8, 0.8])


def _field(rod: np.ndarray, count: int = 1, shape=(24, 40, 40)) -> np.ndarray:
    field = np.zeros((*shape, count))
    add_rod(field, rod, SPACING)
    return field


@pytest.fixture
def rod() -> np.ndarray:
    axis = np.array([0.3, 0.8, -0.4])
    axis /= np.linalg.norm(axis)
    return np.array([60_000.0, 15.3, 16.1, 14.7, *axis, 3.4, 0.62])


def test_the_mass_is_the_integral_of_the_excess(rod):
    assert _field(rod).sum() * SPACING.prod() == pytest.approx(rod[MASS], rel=2e-3)


def test_the_center_of_the_excess_is_the_center_of_the_rod(rod):
    field = _field(rod)[..., 0]
    kji = np.moveaxis(np.indices(field.shape), 0, -1) * SPACING
    center = (kji * field[..., None]).sum(axis=(0, 1, 2)) / field.sum()
    assert center[::-1] == pytest.approx(rod[1 : Z + 1], abs=0.05)


def test_the_mass_does_not_depend_on_the_slice_thickness(rod):
    thick = np.zeros((6, 40, 40, 1))
    add_rod(thick, rod, np.array([5.0, 0.8, 0.8]))
    assert thick.sum() * 5.0 * 0.64 == pytest.approx(rod[MASS], rel=2e-3)


@pytest.mark.parametrize("unknown", range(FREE))
def test_derivatives_agree_with_finite_differences(rod, unknown):
    exact = _field(rod, 1 + FREE)[..., 1 + unknown]
    step = np.zeros(FREE)
    step[unknown] = 1e-4
    numeric = (_field(moved(rod, step)) - _field(moved(rod, -step)))[..., 0] / 2e-4
    assert np.abs(exact - numeric).max() <= 0.02 * np.abs(numeric).max()


def test_a_step_keeps_the_axis_a_unit_vector(rod):
    new = moved(rod, np.array([0.1, 0.2, 0.3, 0.4, 0.5, -0.5, 0.1, 0.1]))
    assert np.linalg.norm(new[4:7]) == pytest.approx(1.0)
