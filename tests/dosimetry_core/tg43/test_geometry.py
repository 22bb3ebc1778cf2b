import numpy as np
import pytest

from dosimetry_core.tg43.geometry import (
    lift_out_of_capsule,
    line_geometry,
    seed_coordinates_cm,
)

L_CM = 0.3


def at(rho_cm: float, z_cm: float, length_cm: float = L_CM) -> float:
    return float(line_geometry(np.array([rho_cm]), np.array([z_cm]), length_cm)[0])


@pytest.mark.parametrize("r_cm", [0.05, 0.1, 0.5, 1.0, 5.0])
def test_transverse_plane_has_the_closed_form(r_cm: float) -> None:
    assert at(r_cm, 0.0) == pytest.approx(2 * np.arctan(L_CM / 2 / r_cm) / (L_CM * r_cm), rel=1e-14)


@pytest.mark.parametrize("z_cm", [0.16, 0.5, -0.5, 3.0])
def test_axis_beyond_the_line_has_the_limit(z_cm: float) -> None:
    limit = 1 / (z_cm**2 - L_CM**2 / 4)
    assert at(0.0, z_cm) == pytest.approx(limit, rel=1e-14)
    assert at(1e-9, z_cm) == pytest.approx(limit, rel=1e-9)


def test_equals_the_integral_over_point_sources() -> None:
    rho, z = 0.31, 0.27
    middles = (np.arange(200_000) + 0.5) / 200_000 * L_CM - L_CM / 2
    integral = np.mean(1 / (rho**2 + (z - middles) ** 2))
    assert at(rho, z) == pytest.approx(integral, rel=1e-9)


def test_tends_to_inverse_square_far_away() -> None:
    assert at(30.0, 40.0) == pytest.approx(1 / 2500, rel=1e-5)


def test_is_infinite_on_the_line_and_huge_beside_it() -> None:
    assert at(0.0, 0.1) == np.inf
    assert at(0.0, 0.0) == np.inf
    assert at(1e-6, 0.0) == pytest.approx(np.pi / (L_CM * 1e-6), rel=1e-4)


def test_points_in_the_capsule_are_lifted_to_its_surface_and_no_others() -> None:
    rho = np.array([0.0, 0.039, 0.04, 0.0, 0.5])
    z = np.array([0.0, -0.2, 0.0, 0.226, 0.0])
    assert lift_out_of_capsule(rho, z).tolist() == [0.04, 0.04, 0.04, 0.0, 0.5]


def test_seed_coordinates_of_an_oblique_seed() -> None:
    axis = np.array([1.0, 2.0, 2.0]) / 3.0
    across = np.array([2.0, 1.0, -2.0]) / 3.0
    center = np.array([10.0, -5.0, 3.0])
    points = np.array([center + 7.0 * axis + 4.0 * across, center - 2.0 * axis])
    rho, z = seed_coordinates_cm(points, center, axis)
    np.testing.assert_allclose(rho, [0.4, 0.0], atol=1e-15)
    np.testing.assert_allclose(z, [0.7, -0.2], rtol=1e-14)
