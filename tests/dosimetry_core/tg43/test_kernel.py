"""The compiled kernels against the plain formula."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.tg43 import (
    Engine,
    ImplantedSources,
    SeedModel,
    dose_grid_gy,
    dose_rate_cgy_per_h,
    total_dose_gy,
)
from dosimetry_core.tg43.geometry import seed_coordinates_cm
from dosimetry_core.tg43.kernel_data import table_data
from dosimetry_core.tg43.reference import unit_dose_rate


def points_around(
    sources: ImplantedSources, low_mm: float, high_mm: float, count: int
) -> NDArray[np.float64]:
    """Points at log-uniform distance from the first seed, half of them close to its axis."""
    rng = np.random.default_rng(43)
    direction = rng.normal(size=(count, 3))
    direction[: count // 2] *= 0.05
    direction[: count // 2] += sources.axes[0] * rng.choice([-1.0, 1.0], (count // 2, 1))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    r_mm = np.exp(rng.uniform(np.log(low_mm), np.log(high_mm), (count, 1)))
    return sources.centers_mm[0] + r_mm * direction


def plain_rate(sources: ImplantedSources, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros(points_mm.shape[0])
    for center, axis, strength in zip(
        sources.centers_mm, sources.axes, sources.strengths_u, strict=True
    ):
        total += strength * unit_dose_rate(
            sources.model, *seed_coordinates_cm(points_mm, center, axis)
        )
    return total


def one_seed(model: SeedModel) -> ImplantedSources:
    return ImplantedSources(
        model, np.array([[3.0, -8.0, 21.0]]), np.array([[0.3, -0.5, 0.8]]), np.array([0.7])
    )


def test_exact_engine_is_the_formula(models: Mapping[str, SeedModel]) -> None:
    for model in models.values():
        sources = one_seed(model)
        points = points_around(sources, 0.1, 300.0, 4000)
        np.testing.assert_allclose(
            dose_rate_cgy_per_h([sources], points), plain_rate(sources, points), rtol=1e-12
        )


def test_table_engine_is_within_0_1_percent_from_1_mm_to_10_cm(
    models: Mapping[str, SeedModel],
) -> None:
    for model in models.values():
        sources = one_seed(model)
        points = points_around(sources, 1.0, 100.0, 20_000)
        np.testing.assert_allclose(
            dose_rate_cgy_per_h([sources], points, engine="table"),
            plain_rate(sources, points),
            rtol=1e-3,
            err_msg=model.name,
        )


@pytest.mark.parametrize(("engine", "tolerance"), [("exact", 1e-12), ("table", 1e-4)])
def test_every_model_gives_its_constant_at_the_reference_point(
    models: Mapping[str, SeedModel], engine: Engine, tolerance: float
) -> None:
    for model in models.values():
        seed = ImplantedSources(model, np.zeros((1, 3)), np.array([[0, 0, 1.0]]), np.ones(1))
        rate = dose_rate_cgy_per_h([seed], np.array([[0.0, 10.0, 0.0]]), engine=engine)
        assert rate[0] == pytest.approx(model.dose_rate_constant, rel=tolerance)


def test_table_engine_beyond_its_table(model_6711: SeedModel) -> None:
    sources = one_seed(model_6711)
    for low_mm, high_mm in ((0.01, 1.0), (100.0, 600.0)):
        points = points_around(sources, low_mm, high_mm, 4000)
        np.testing.assert_allclose(
            dose_rate_cgy_per_h([sources], points, engine="table"),
            plain_rate(sources, points),
            rtol=5e-4,
        )


def test_points_farther_than_any_body_are_computed_exactly(model_6711: SeedModel) -> None:
    sources = one_seed(model_6711)
    points = np.array([[340.0, 0, 0], [1e4, -1e4, 3.0], [1e9, 0, 1e8], [0, -1e30, 1e25]])
    np.testing.assert_allclose(
        dose_rate_cgy_per_h([sources], points, engine="table"),
        dose_rate_cgy_per_h([sources], points),
        rtol=1e-12,
    )


@pytest.mark.parametrize("engine", ["exact", "table"])
def test_points_on_the_seed_and_on_its_axis(model_6711: SeedModel, engine: Engine) -> None:
    sources = ImplantedSources(model_6711, np.zeros((1, 3)), np.array([[0, 0, 1.0]]), np.ones(1))
    points = np.array(
        [[0, 0, 0], [0, 0, 2.0], [0, 0, 2.3], [0, 0, 10.0], [10.0, 0, 0], [0, 0, 200]]
    )
    expected = unit_dose_rate(
        model_6711, *seed_coordinates_cm(points, np.zeros(3), sources.axes[0])
    )
    computed = dose_rate_cgy_per_h([sources], points, engine=engine)
    np.testing.assert_allclose(computed, expected, rtol=5e-4)
    assert computed[4] == pytest.approx(0.965, rel=5e-4)


def test_a_models_table_is_made_once(model_6711: SeedModel) -> None:
    assert table_data(model_6711, "line") is table_data(model_6711, "line")


def test_kernels_run_in_a_pool_of_threads(model_6711: SeedModel) -> None:
    rng = np.random.default_rng(1)
    sources = ImplantedSources(
        model_6711, rng.uniform(-20, 20, (20, 3)), rng.normal(size=(20, 3)), np.full(20, 0.5)
    )
    points = rng.uniform(-40, 40, (8000, 3))
    with ThreadPoolExecutor(4) as pool:
        slabs = list(
            pool.map(
                lambda slab: dose_rate_cgy_per_h([sources], slab, engine="table"),
                np.array_split(points, 8),
            )
        )
    whole = dose_rate_cgy_per_h([sources], points, engine="table")
    assert np.array_equal(np.concatenate(slabs), whole)


def test_no_threading_layer_of_numba_is_started(model_6711: SeedModel) -> None:
    seeds = [one_seed(model_6711)] * 30
    region = {"origin_mm": (-30, -30, -30), "spacing_mm": (2, 2, 2), "shape_kji": (40, 40, 40)}
    dose_grid_gy(seeds, **region, threads=3)
    total_dose_gy(seeds, np.zeros((10, 3)))
    with pytest.raises(ValueError, match="not initialized"):
        numba.threading_layer()
