"""Dose-volume figures against closed forms, and against many more points."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from dosimetry_core.dvh import evaluate_structure, structure_dose
from dosimetry_core.structures import StructureError, sample_structure
from dosimetry_core.tg43 import ImplantedSources, SeedModel, total_dose_gy
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
Solid = Callable[[float, float], ContouredStructure]


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> ContouredStructure:
    corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    heights = np.arange(low[2] + 1.25, high[2], 2.5)
    return ContouredStructure(
        "BOX", tuple(np.array([[x, y, z] for x, y in corners]) for z in heights)
    )


def implant(model: SeedModel) -> list[ImplantedSources]:
    """46 seeds, 10 mm apart along z and 9 mm across, 0.7 U, in 18 mm around the origin."""
    rng = np.random.default_rng(125)
    grid = [
        (x, y, z)
        for x in np.arange(-18, 19, 9.0)
        for y in np.arange(-18, 19, 9.0)
        for z in (-10.0, 0.0, 10.0)
        if x * x + y * y + z * z < 18.5**2
    ]
    centers = np.array(grid) + rng.normal(scale=0.7, size=(len(grid), 3))
    axes = rng.normal(scale=0.15, size=(len(grid), 3)) + np.array([0, 0, 1])
    return [ImplantedSources(model, centers, axes, np.full(len(grid), 0.7))]


def test_a_linear_gradient_across_a_box() -> None:
    """40 x 20 x 20 mm with 100 + 2 x Gy: every figure is a straight line in volume."""
    result = evaluate_structure(
        box((0, 0, 0), (40, 20, 20)), lambda p: 100.0 + 2.0 * p[:, 0], prescription_gy=110.0
    )
    assert result.volume_cc == pytest.approx(16.0, rel=1e-12)
    assert result.d90_gy == pytest.approx(108.0, abs=0.05)
    assert result.d100_gy == pytest.approx(100.0, abs=0.01)
    assert result.v100_percent == pytest.approx(87.5, abs=0.05)
    assert result.v150_percent == pytest.approx(18.75, abs=0.05)
    assert result.v200_percent == 0.0
    assert result.d2cc_gy == pytest.approx(180 - 2 / 16 * 80, abs=0.05)
    assert result.d0_1cc_gy == pytest.approx(180 - 0.1 / 16 * 80, abs=0.05)


def test_a_linear_gradient_along_a_cylinder(make_cylinder: Solid) -> None:
    result = evaluate_structure(
        make_cylinder(12.0, 40.0), lambda p: 50.0 + p[:, 2], prescription_gy=60.0
    )
    assert result.d90_gy == pytest.approx(54.0, abs=0.02)
    assert result.d100_gy == pytest.approx(50.0, abs=1e-9)
    assert result.v100_percent == pytest.approx(75.0, abs=0.05)


def test_a_linear_gradient_across_a_cylinder(make_cylinder: Solid) -> None:
    """The part of a circle beyond a chord at distance a is (arccos(t) - t sqrt(1 - t2)) / pi."""

    def beyond(a: float) -> float:
        t = a / 12.0
        return float((np.arccos(t) - t * np.sqrt(1 - t * t)) / np.pi)

    result = evaluate_structure(
        make_cylinder(12.0, 40.0), lambda p: 50.0 + p[:, 0], prescription_gy=53.0
    )
    assert result.v100_percent == pytest.approx(100 * beyond(3.0), abs=0.15)
    assert result.d90_gy == pytest.approx(50 + brentq(lambda a: beyond(a) - 0.9, -12, 12), abs=0.05)
    two_cc = 2000 / (np.pi * 12**2 * 40)
    assert result.d2cc_gy == pytest.approx(
        50 + brentq(lambda a: beyond(a) - two_cc, -12, 12), abs=0.05
    )
    assert result.d100_gy == pytest.approx(38.0, abs=0.01)


def test_the_least_dose_is_that_of_the_farthest_edge(make_cylinder: Solid) -> None:
    result = evaluate_structure(
        make_cylinder(12.0, 40.0),
        lambda p: 1e5 / np.maximum(np.sum(p**2, axis=1), 1.0),
        prescription_gy=None,
    )
    assert result.d100_gy == pytest.approx(1e5 / (12**2 + 40**2), rel=1e-4)
    assert result.minimum_gy == result.d100_gy


def test_a_cold_spot_within_is_the_least_dose(make_sphere: Solid) -> None:
    result = evaluate_structure(
        make_sphere(15.0, 2.5), lambda p: 50.0 + np.sum(p**2, axis=1), prescription_gy=None
    )
    assert result.d100_gy == pytest.approx(50.0, abs=0.2)


@pytest.mark.parametrize("radius_mm", [4.0, 15.0, 40.0])
def test_a_sphere_around_an_inverse_square_source(make_sphere: Solid, radius_mm: float) -> None:
    """With D = k / r2 the volume that gets D is the ball of r = sqrt(k / D)."""
    k = 100.0 * radius_mm**2
    result = evaluate_structure(
        make_sphere(radius_mm, 0.5 if radius_mm < 10 else 1.0),
        lambda p: k / np.maximum(np.sum(p**2, axis=1), 1e-3),
        prescription_gy=120.0,
        peaks_mm=np.zeros((1, 2, 3)),
    )
    assert result.d90_gy == pytest.approx(100 * 0.9 ** (-2 / 3), rel=0.004)
    assert result.v100_percent == pytest.approx(100 * (1 / 1.2) ** 1.5, rel=0.004)
    assert result.v200_percent == pytest.approx(100 * (1 / 2.4) ** 1.5, rel=0.006)
    for volume_mm3, dose in ((2000.0, result.d2cc_gy), (100.0, result.d0_1cc_gy)):
        if volume_mm3 < 4 / 3 * np.pi * radius_mm**3:
            assert dose == pytest.approx(k / (3 * volume_mm3 / 4 / np.pi) ** (2 / 3), rel=0.012)
        else:
            assert dose is None


def test_a_sphere_around_one_seed(model_6711: SeedModel, make_sphere: Solid) -> None:
    """V(d) of a 6711 in a 20 mm sphere against integration of its own formula over r and theta."""
    seed = ImplantedSources(model_6711, np.zeros((1, 3)), np.array([[0, 0, 1.0]]), np.array([2.0]))
    r, theta = np.meshgrid(
        (np.arange(2000) + 0.5) / 100, np.radians((np.arange(360) + 0.5) / 2), indexing="ij"
    )
    points = np.stack([r * np.sin(theta), 0 * r, r * np.cos(theta)], axis=-1).reshape(-1, 3)
    shell = (r**2 * np.sin(theta)).ravel()
    inside = total_dose_gy([seed], points) >= 30.0
    expected = 100 * shell[inside].sum() / shell.sum()
    result = structure_dose(make_sphere(20.0, 1.0), [seed], prescription_gy=30.0)
    assert result.v100_percent == pytest.approx(expected, abs=0.1)


def test_figures_do_not_change_with_ten_times_the_points(
    model_6711: SeedModel, make_sphere: Solid, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make_sphere(22.0, 2.5)
    seeds = implant(model_6711)
    result = structure_dose(target, seeds, prescription_gy=110.0)
    monkeypatch.setattr("dosimetry_core.dvh.region.CELLS", 250_000)
    monkeypatch.setattr("dosimetry_core.dvh.region.BOXES", 1_500_000)
    finer = structure_dose(target, seeds, prescription_gy=110.0)
    assert result.d90_gy == pytest.approx(finer.d90_gy, rel=0.003)
    assert result.d100_gy == pytest.approx(finer.d100_gy, rel=0.01)
    assert result.v100_percent == pytest.approx(finer.v100_percent, abs=0.1)
    assert result.v150_percent == pytest.approx(finer.v150_percent, abs=0.1)
    assert result.v200_percent == pytest.approx(finer.v200_percent, abs=0.1)


def test_the_hottest_volume_of_a_large_organ_is_resolved(
    model_6711: SeedModel, make_sphere: Solid
) -> None:
    """A 1800 cm3 organ 4 mm beside the implant, against a fine sampling of its near part."""
    seeds = implant(model_6711)
    organ = ContouredStructure(
        "ORGAN",
        tuple(polygon + np.array([98.0, 0, 0]) for polygon in make_sphere(75.0, 2.5).polygons_mm),
    )
    result = structure_dose(organ, seeds, prescription_gy=None)
    samples = sample_structure(organ, point_count=3_000_000)
    near = samples.points_mm[:, 0] < 36.0
    dose = total_dose_gy(seeds, samples.points_mm[near], engine="table")
    order = np.argsort(-dose)
    volume = np.cumsum(samples.weights_mm3[near][order])
    d2cc = float(np.interp(2000.0, volume, dose[order]))
    d0_1cc = float(np.interp(100.0, volume, dose[order]))
    assert result.d2cc_gy == pytest.approx(d2cc, rel=0.01)
    assert result.d0_1cc_gy == pytest.approx(d0_1cc, rel=0.02)


def test_a_hot_island_of_small_cells_is_resolved() -> None:
    """The hottest 0.1 cm3 is partly in an island whose cells are much smaller than the others."""
    polygons = [
        np.array([[x, y, z] for x, y in ((0, 0), (80, 0), (80, 80), (0, 80))])
        for z in np.arange(0, 80, 2.5)
    ]
    island = [(200, 0), (206, 0), (206, 6), (200, 6)]
    polygons += [np.array([[x, y, 37.5] for x, y in island])]
    structure = ContouredStructure("S", tuple(polygons))
    result = evaluate_structure(
        structure, lambda p: np.where(p[:, 0] > 150, 900.0, p[:, 0]), prescription_gy=None
    )
    # 90 mm3 of island, then 10 mm3 of the cube's face at x = 80 mm
    assert result.d0_1cc_gy == pytest.approx(80.0, abs=0.05)


def test_an_organ_has_no_volume_figures(model_6711: SeedModel, make_sphere: Solid) -> None:
    result = structure_dose(make_sphere(10.0, 2.5), implant(model_6711), prescription_gy=None)
    assert result.prescription_gy is None
    assert result.v100_percent is None
    assert result.v150_percent is None
    assert result.v200_percent is None
    assert result.d0_1cc_gy is not None
    assert result.dvh_dose_gy[-1] == result.d0_1cc_gy


def test_the_curve_is_a_cumulative_histogram(model_6711: SeedModel, make_sphere: Solid) -> None:
    result = structure_dose(make_sphere(15.0, 2.5), implant(model_6711), prescription_gy=110.0)
    dose, volume = np.array(result.dvh_dose_gy), np.array(result.dvh_volume_percent)
    assert dose.size == volume.size == 101
    assert dose[0] == 0.0
    assert volume[0] == 100.0
    assert dose[-1] == pytest.approx(330.0)
    assert (np.diff(dose) > 0).all()
    assert (np.diff(volume) <= 0).all()
    assert np.interp(110.0, dose, volume) == pytest.approx(result.v100_percent, abs=0.5)


def test_no_seeds_give_zero_not_nothing(make_sphere: Solid) -> None:
    result = structure_dose(make_sphere(15.0, 2.5), [], prescription_gy=110.0)
    assert result.d90_gy == result.d100_gy == result.v100_percent == result.d2cc_gy == 0.0
    assert result.dvh_volume_percent[0] == 100.0
    organ = structure_dose(make_sphere(15.0, 2.5), [], prescription_gy=None)
    assert organ.dvh_dose_gy[-1] == 1.0


def test_a_tiny_structure_has_its_figures(model_6711: SeedModel) -> None:
    """0.01 cm3: smaller than one voxel of many a dose grid."""
    tiny = ContouredStructure(
        "TINY",
        tuple(np.array([[5, 5, z], [7, 5, z], [7, 7, z], [5, 7, z]]) for z in (0.0, 1.25)),
    )
    result = structure_dose(tiny, implant(model_6711), prescription_gy=110.0)
    centre = total_dose_gy(implant(model_6711), np.array([[6.0, 6.0, 0.625]]))[0]
    assert result.volume_cc == pytest.approx(0.01)
    assert result.d100_gy < result.d90_gy < centre * 1.2
    assert result.d90_gy > centre * 0.8
    assert result.d2cc_gy is None
    assert result.d0_1cc_gy is None


def test_what_cannot_be_evaluated_is_refused(make_sphere: Solid) -> None:
    with pytest.raises(ValueError, match="prescription"):
        structure_dose(make_sphere(10.0, 2.5), [], prescription_gy=0.0)
    with pytest.raises(StructureError, match="EMPTY"):
        structure_dose(ContouredStructure("EMPTY", ()), [], prescription_gy=None)
