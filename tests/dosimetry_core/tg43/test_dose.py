from typing import Any

import numpy as np
import pytest

from dosimetry_core.tg43 import (
    Engine,
    ImplantedSources,
    SeedModel,
    dose_grid_gy,
    dose_rate_cgy_per_h,
    total_dose_gy,
)

POINTS = np.array([[10.0, 0, 0], [3.0, 4.0, 12.0], [-25.0, 8.0, 1.0]])


def implant_of(model: SeedModel, count: int = 6) -> ImplantedSources:
    rng = np.random.default_rng(count)
    return ImplantedSources(
        model,
        rng.uniform(-15, 15, (count, 3)),
        rng.normal(size=(count, 3)),
        rng.uniform(0.4, 0.9, count),
    )


def test_dose_of_many_seeds_is_the_sum_of_each(model_6711: SeedModel) -> None:
    whole = implant_of(model_6711)
    parts = [
        ImplantedSources(
            model_6711,
            whole.centers_mm[n : n + 1],
            whole.axes[n : n + 1],
            whole.strengths_u[n : n + 1],
        )
        for n in range(6)
    ]
    expected = sum(dose_rate_cgy_per_h([part], POINTS) for part in parts)
    np.testing.assert_allclose(dose_rate_cgy_per_h([whole], POINTS), expected, rtol=1e-13)
    np.testing.assert_allclose(dose_rate_cgy_per_h(parts, POINTS), expected, rtol=1e-13)


def test_dose_is_proportional_to_strength(model_6711: SeedModel) -> None:
    one = implant_of(model_6711)
    twice = ImplantedSources(model_6711, one.centers_mm, one.axes, 2 * one.strengths_u)
    np.testing.assert_allclose(
        dose_rate_cgy_per_h([twice], POINTS), 2 * dose_rate_cgy_per_h([one], POINTS), rtol=1e-14
    )


def test_dose_moves_and_turns_with_the_seeds(model_6711: SeedModel) -> None:
    one = implant_of(model_6711)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    shift = np.array([120.0, -340.0, 55.0])
    moved = ImplantedSources(
        model_6711, one.centers_mm @ turn.T + shift, one.axes @ turn.T, one.strengths_u
    )
    np.testing.assert_allclose(
        dose_rate_cgy_per_h([moved], POINTS @ turn.T + shift),
        dose_rate_cgy_per_h([one], POINTS),
        rtol=1e-11,
    )


def test_the_sign_and_length_of_an_axis_have_no_meaning(model_6711: SeedModel) -> None:
    one = implant_of(model_6711)
    other = ImplantedSources(model_6711, one.centers_mm, -7.0 * one.axes, one.strengths_u)
    np.testing.assert_allclose(
        dose_rate_cgy_per_h([other], POINTS), dose_rate_cgy_per_h([one], POINTS), rtol=1e-13
    )


def test_total_dose_is_the_rate_times_the_mean_life(model_6711: SeedModel) -> None:
    seed = ImplantedSources(model_6711, np.zeros((1, 3)), np.array([[0, 0, 1.0]]), np.ones(1))
    total = total_dose_gy([seed], np.array([[10.0, 0, 0]]))[0]
    # 59.4 d / ln 2 = 2056.70 h: 1 U of 6711 gives 19.85 Gy at 1 cm
    assert total == pytest.approx(0.965 / 100 * 59.4 * 24 / np.log(2), rel=1e-12)
    assert total == pytest.approx(19.847, abs=0.001)


def test_dose_to_a_time_is_the_integral_of_the_decaying_rate(model_6711: SeedModel) -> None:
    implant = [implant_of(model_6711)]
    elapsed_h = 30 * 24.0
    middles_h = (np.arange(2000) + 0.5) / 2000 * elapsed_h
    decay = np.mean(0.5 ** (middles_h / (59.4 * 24))) * elapsed_h
    expected = dose_rate_cgy_per_h(implant, POINTS) / 100 * decay
    np.testing.assert_allclose(
        total_dose_gy(implant, POINTS, elapsed_h=elapsed_h), expected, rtol=1e-8
    )
    half = total_dose_gy(implant, POINTS, elapsed_h=59.4 * 24)
    np.testing.assert_allclose(half, total_dose_gy(implant, POINTS) / 2, rtol=1e-12)
    assert not total_dose_gy(implant, POINTS, elapsed_h=0.0).any()


def test_no_seeds_give_no_dose(model_6711: SeedModel) -> None:
    none = ImplantedSources(model_6711, np.empty((0, 3)), np.empty((0, 3)), np.empty(0))
    assert not total_dose_gy([none], POINTS).any()
    assert not total_dose_gy([], POINTS).any()


def test_grid_holds_the_dose_of_its_voxel_centres(model_6711: SeedModel) -> None:
    implant = [implant_of(model_6711)]
    grid = dose_grid_gy(
        implant, origin_mm=(-30.0, -20.0, -10.0), spacing_mm=(5.0, 2.0, 3.0), shape_kji=(4, 7, 9)
    )
    assert grid.values.dtype == np.float32
    assert grid.spacing_mm == (5.0, 2.0, 3.0)
    kji = np.stack(np.meshgrid(*map(np.arange, grid.values.shape), indexing="ij"), axis=-1)
    expected = total_dose_gy(implant, grid.to_patient_mm(kji).reshape(-1, 3), engine="table")
    np.testing.assert_allclose(grid.values.ravel(), expected, rtol=1e-6)


def test_a_grid_does_not_depend_on_the_threads_that_share_it(
    model_6711: SeedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dosimetry_core.tg43.dose.PAIRS_PER_THREAD", 1)
    implant = [implant_of(model_6711), implant_of(model_6711, 2)]
    whole, *cut = (
        dose_grid_gy(
            implant,
            origin_mm=(-9, -9, -9),
            spacing_mm=(2, 2, 2),
            shape_kji=(3, 17, 19),
            threads=threads,
        ).values
        for threads in (1, 2, 3, 7, None)
    )
    assert whole.min() > 0
    for values in cut:
        assert np.array_equal(values, whole)


def test_a_grid_to_a_time(model_6711: SeedModel) -> None:
    implant = [implant_of(model_6711)]
    region: dict[str, Any] = {
        "origin_mm": (0, 0, 0),
        "spacing_mm": (3, 3, 3),
        "shape_kji": (2, 3, 4),
    }
    for_ever = dose_grid_gy(implant, **region).values
    half_life = dose_grid_gy(implant, **region, elapsed_h=59.4 * 24).values
    np.testing.assert_allclose(half_life, for_ever / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("centers", "axes", "strengths", "message"),
    [
        (np.zeros((2, 3)), np.ones((1, 3)), np.ones(1), "shape"),
        (np.zeros((1, 3)), np.zeros((1, 3)), np.ones(1), "zero axis"),
        (np.zeros((1, 3)), np.ones((2, 3)), np.ones(1), "axes of shape"),
        (np.full((1, 3), np.nan), np.ones((1, 3)), np.ones(1), "finite"),
        (np.zeros((1, 3)), np.full((1, 3), np.inf), np.ones(1), "finite"),
        (np.zeros((1, 3)), np.ones((1, 3)), np.zeros(1), "above zero"),
        (np.zeros((1, 3)), np.ones((1, 3)), np.array([np.inf]), "finite"),
    ],
)
def test_impossible_seeds_are_refused(
    model_6711: SeedModel,
    centers: np.ndarray,
    axes: np.ndarray,
    strengths: np.ndarray,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        ImplantedSources(model_6711, centers, axes, strengths)


def test_a_seed_gives_the_same_dose_alone_and_wherever_a_point_stands(
    model_6711: SeedModel,
) -> None:
    rng = np.random.default_rng(8)
    points = rng.uniform(-40, 40, (1000, 3))
    seed = implant_of(model_6711, 1)
    whole = total_dose_gy([seed], points, engine="table")
    order = rng.permutation(1000)
    assert np.array_equal(total_dose_gy([seed], points[order], engine="table"), whole[order])
    for first in (0, 1, 255, 256, 999):
        alone = total_dose_gy([seed], points[first : first + 1], engine="table")
        assert alone[0] == whole[first]


@pytest.mark.parametrize("engine", ["exact", "table"])
def test_batches_of_different_age_add_up(model_6711: SeedModel, engine: Engine) -> None:
    old, new = implant_of(model_6711, 3), implant_of(model_6711, 4)
    together = total_dose_gy([old, new], POINTS, elapsed_h=[900.0, 50.0], engine=engine)
    apart = total_dose_gy([old], POINTS, elapsed_h=900.0, engine=engine) + total_dose_gy(
        [new], POINTS, elapsed_h=50.0, engine=engine
    )
    np.testing.assert_allclose(together, apart, rtol=1e-13)
    longer = total_dose_gy([old, new], POINTS, elapsed_h=[900.0, None], engine=engine)
    assert (longer > together).all()


@pytest.mark.parametrize("engine", ["exact", "table"])
def test_the_rate_falls_with_the_half_life_of_each_batch(
    model_6711: SeedModel, engine: Engine
) -> None:
    old, new = implant_of(model_6711, 3), implant_of(model_6711, 4)
    half_life_h = model_6711.half_life_d * 24
    now = dose_rate_cgy_per_h([old, new], POINTS, elapsed_h=[half_life_h, 0.0], engine=engine)
    initial = [dose_rate_cgy_per_h([batch], POINTS, engine=engine) for batch in (old, new)]
    np.testing.assert_allclose(now, initial[0] / 2 + initial[1], rtol=1e-12)


def test_dose_still_to_come_is_the_rate_then_times_the_mean_life(model_6711: SeedModel) -> None:
    implant = [implant_of(model_6711)]
    given = total_dose_gy(implant, POINTS, elapsed_h=700.0)
    rate_then = dose_rate_cgy_per_h(implant, POINTS, elapsed_h=700.0)
    to_come = rate_then / 100 * model_6711.mean_life_h
    np.testing.assert_allclose(given + to_come, total_dose_gy(implant, POINTS), rtol=1e-12)


def test_impossible_points_times_and_grids_are_refused(model_6711: SeedModel) -> None:
    implant = [implant_of(model_6711)]
    with pytest.raises(ValueError, match=r"shape \(p, 3\)"):
        dose_rate_cgy_per_h(implant, np.zeros(3))
    with pytest.raises(ValueError, match="finite"):
        dose_rate_cgy_per_h(implant, np.full((1, 3), np.nan))
    with pytest.raises(ValueError, match="negative"):
        total_dose_gy(implant, POINTS, elapsed_h=-1.0)
    with pytest.raises(ValueError, match="1 entries of an implant need as many times, got 2"):
        total_dose_gy(implant, POINTS, elapsed_h=[1.0, 2.0])
    for elapsed_h in (-1.0, [None], np.nan):
        with pytest.raises(ValueError, match="time"):
            dose_rate_cgy_per_h(implant, POINTS, elapsed_h=elapsed_h)
    good: dict[str, Any] = {
        "origin_mm": (0, 0, 0),
        "spacing_mm": (1, 1, 1),
        "shape_kji": (1, 1, 1),
    }
    for bad, message in (
        ({"spacing_mm": (1, 0, 1)}, "above zero"),
        ({"shape_kji": (1, 1, 0)}, "above zero"),
        ({"origin_mm": (0, np.inf, 0)}, "finite"),
        ({"spacing_mm": (1, np.nan, 1)}, "finite"),
        ({"threads": 0}, "at least one thread"),
    ):
        with pytest.raises(ValueError, match=message):
            dose_grid_gy(implant, **{**good, **bad})
