"""The plain formula against published numbers and closed forms."""

from collections.abc import Mapping

import numpy as np
import pytest

from dosimetry_core.tg43 import SeedModel
from dosimetry_core.tg43.geometry import line_geometry
from dosimetry_core.tg43.reference import (
    anisotropy_function,
    radial_dose_function,
    unit_dose_rate,
)


def rate(model: SeedModel, r_cm: float, theta_deg: float) -> float:
    theta = np.radians(theta_deg)
    rho, z = r_cm * np.sin(theta), r_cm * np.cos(theta)
    return float(unit_dose_rate(model, np.array([rho]), np.array([z]))[0])


def test_every_model_gives_its_constant_at_the_reference_point(
    models: Mapping[str, SeedModel],
) -> None:
    for model in models.values():
        assert rate(model, 1.0, 90.0) == pytest.approx(model.dose_rate_constant, rel=1e-12)


@pytest.mark.parametrize(
    ("r_cm", "published"),
    [
        # Lambda gP(r) / r2 with the published point-source radial dose function
        (0.5, 0.965 * 1.048 / 0.25),
        (2.0, 0.965 * 0.819 / 4.0),
        (3.0, 0.965 * 0.636 / 9.0),
        (5.0, 0.965 * 0.367 / 25.0),
        (7.0, 0.965 * 0.200 / 49.0),
    ],
)
def test_6711_away_table(model_6711: SeedModel, r_cm: float, published: float) -> None:
    assert rate(model_6711, r_cm, 90.0) == pytest.approx(published, rel=3e-3)


@pytest.mark.parametrize(
    ("r_cm", "g", "f"), [(0.5, 1.071, 0.333), (1.0, 1.0, 0.370), (2.0, 0.814, 0.442)]
)
def test_6711_along_table(model_6711: SeedModel, r_cm: float, g: float, f: float) -> None:
    geometry = 1 / (r_cm**2 - 0.15**2) / (2 * np.arctan(0.15) / 0.3)
    expected = 0.965 * geometry * g * f
    assert rate(model_6711, r_cm, 0.0) == pytest.approx(expected, rel=1e-12)
    assert rate(model_6711, r_cm, 180.0) == pytest.approx(expected, rel=1e-12)


def test_tables_are_met_at_every_node(models: Mapping[str, SeedModel]) -> None:
    for model in models.values():
        np.testing.assert_allclose(radial_dose_function(model, model.g_r_cm), model.g, rtol=1e-13)
        r_cm, theta = np.meshgrid(model.f_r_cm, model.f_theta_deg, indexing="ij")
        np.testing.assert_allclose(anisotropy_function(model, r_cm, theta), model.f, rtol=1e-13)


def test_radial_dose_function_is_log_linear_inside_and_beyond(model_6711: SeedModel) -> None:
    middle = radial_dose_function(model_6711, np.array([2.5]))[0]
    assert middle == pytest.approx(np.sqrt(0.814 * 0.632), rel=1e-13)
    beyond = radial_dose_function(model_6711, np.array([12.0]))[0]
    assert beyond == pytest.approx(0.0803 * (0.0803 / 0.109) ** 2, rel=1e-12)


def test_radial_dose_function_keeps_its_first_value_below(model_6711: SeedModel) -> None:
    assert radial_dose_function(model_6711, np.array([0.02]))[0] == pytest.approx(1.055, rel=1e-13)


def test_anisotropy_is_bilinear(model_6711: SeedModel) -> None:
    value = anisotropy_function(model_6711, np.array([1.5]), np.array([25.0]))[0]
    assert value == pytest.approx((0.705 + 0.834 + 0.727 + 0.842) / 4, rel=1e-13)


def test_anisotropy_outside_its_table_is_the_nearest_radius_never_one(
    models: Mapping[str, SeedModel],
) -> None:
    for model in models.values():
        for r_cm, row in ((0.05, 0), (30.0, -1)):
            on_axis = anisotropy_function(model, np.array([r_cm]), np.array([0.0]))[0]
            assert on_axis == model.f[row, 0]
            assert on_axis != 1.0


def test_anisotropy_nearer_the_axis_than_its_table_is_the_nearest_angle(
    models: Mapping[str, SeedModel],
) -> None:
    model = models["BT-125-1"]
    assert model.f_theta_deg[0] == 5.0
    for theta_deg in (0.0, 2.0, 178.0):
        assert anisotropy_function(model, np.array([1.0]), np.array([theta_deg]))[0] == 0.3685


def test_dose_is_symmetric_about_the_middle_of_the_seed(model_6711: SeedModel) -> None:
    for theta in (0.0, 3.0, 17.0, 45.0, 88.0):
        assert rate(model_6711, 0.7, theta) == pytest.approx(
            rate(model_6711, 0.7, 180.0 - theta), rel=1e-12
        )


def test_dose_is_finite_and_positive_everywhere(models: Mapping[str, SeedModel]) -> None:
    rho, z = np.meshgrid([0.0, 1e-12, 0.01, 0.0399, 0.04, 1.0, 40.0], [0.0, 0.1, 0.2251, 1.0, 40.0])
    for model in models.values():
        values = unit_dose_rate(model, rho.ravel(), z.ravel())
        assert np.isfinite(values).all()
        assert (values > 0).all()


def test_inside_the_capsule_is_the_dose_of_its_surface(model_6711: SeedModel) -> None:
    surface = unit_dose_rate(model_6711, np.array([0.04]), np.array([0.1]))
    inside = unit_dose_rate(model_6711, np.array([0.0]), np.array([0.1]))
    assert inside == surface
    assert surface[0] == pytest.approx(
        0.965
        * line_geometry(np.array([0.04]), np.array([0.1]), 0.3)[0]
        / (2 * np.arctan(0.15) / 0.3)
        * radial_dose_function(model_6711, np.hypot([0.04], [0.1]))[0]
        * anisotropy_function(
            model_6711, np.hypot([0.04], [0.1]), np.degrees(np.arctan2([0.04], [0.1]))
        )[0],
        rel=1e-12,
    )
