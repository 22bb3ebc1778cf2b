"""Figures against closed forms (Nelms et al., Med Phys 42 (2015) 4435), and how honest bars are."""

import numpy as np
import pytest

from benchmarks.dvh_cases import DOSES, SHAPES, Case, Solid
from dosimetry_core.dvh import evaluate_structure
from dosimetry_core.values import ContouredStructure

PEAK = np.zeros((1, 2, 3))
CONTOURS = 0.003
"""What 1 mm slices of a solid of 40 mm may add to the error bar, as a part of the figure."""
APEX = 0.015
"""The same for the hottest 0.1 cm3 around a seed in the apex of a cone."""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dose", DOSES)
def test_a_solid_of_revolution(shape: str, dose: str) -> None:
    case = Case(Solid(shape, 20.0, 40.0), dose)
    found = evaluate_structure(
        case.solid.contoured(1.0), case.dose_gy, prescription_gy=110.0, peaks_mm=PEAK
    )
    total = case.solid.volume_mm3
    hottest = APEX if (shape, dose) == ("cone", "one seed") else CONTOURS
    for figure, bar, volume_mm3, contours in (
        (found.d90_gy, found.error.d90_gy, 0.9 * total, CONTOURS),
        (found.d95_gy, found.error.d95_gy, 0.95 * total, CONTOURS),
        (found.d2cc_gy, found.error.d2cc_gy, 2000.0, CONTOURS),
        (found.d1cc_gy, found.error.d1cc_gy, 1000.0, CONTOURS),
        (found.d0_1cc_gy, found.error.d0_1cc_gy, 100.0, hottest),
    ):
        assert figure is not None
        assert bar is not None
        true = case.dose_to_hottest_gy(volume_mm3)
        assert figure == pytest.approx(true, abs=bar + contours * true)
        assert bar < 0.01 * figure
    for percent, bar, level in (
        (found.v90_percent, found.error.v90_percent, 99.0),
        (found.v100_percent, found.error.v100_percent, 110.0),
        (found.v150_percent, found.error.v150_percent, 165.0),
    ):
        assert bar is not None
        true = 100.0 * case.volume_mm3(level) / total
        assert percent == pytest.approx(true, abs=bar + 100.0 * CONTOURS)
        assert bar < 0.5


def test_bars_hold_what_they_promise() -> None:
    """Gradients and peaks of many kinds in cylinders, whose volumes are exact: nine in ten hold."""
    rng = np.random.default_rng(7)
    held: list[bool] = []
    for _ in range(12):
        solid = Solid("cylinder", float(rng.uniform(8, 25)), 5.0 * int(rng.integers(4, 9)))
        structure = solid.contoured(2.5)
        for dose in DOSES:
            case = Case(solid, dose)
            found = evaluate_structure(structure, case.dose_gy, prescription_gy=None, peaks_mm=PEAK)
            total = solid.volume_mm3
            for figure, bar, volume_mm3 in (
                (found.d90_gy, found.error.d90_gy, 0.9 * total),
                (found.d95_gy, found.error.d95_gy, 0.95 * total),
                (found.d2cc_gy, found.error.d2cc_gy, 2000.0),
                (found.d1cc_gy, found.error.d1cc_gy, 1000.0),
                (found.d0_1cc_gy, found.error.d0_1cc_gy, 100.0),
            ):
                assert figure is not None
                assert bar is not None
                held.append(abs(figure - case.dose_to_hottest_gy(volume_mm3)) <= bar)
    assert np.mean(held) >= 0.9


def test_the_isodose_around_a_point() -> None:
    """A ball of the prescription around a point in a smaller ball: ratios of balls."""
    case = Case(Solid("sphere", 15.0, 30.0), "one seed")
    found = evaluate_structure(
        case.solid.contoured(1.0), case.dose_gy, prescription_gy=70.0, peaks_mm=PEAK
    )
    ratio = (100.0 / 70.0) ** 1.5
    assert found.isodose_cc == pytest.approx(case.solid.volume_mm3 * ratio / 1000.0, rel=0.005)
    assert found.conformity_index == pytest.approx(1.0 / ratio, rel=0.006)
    assert found.external_index == pytest.approx(ratio - 1.0, abs=0.006)
    assert found.homogeneity_index == pytest.approx(1.0 - (70.0 * 1.5 / 100.0) ** -1.5, abs=0.006)


def test_lesions_apart_have_isodoses_of_their_own_and_share_a_common_one() -> None:
    """Two points 50 mm apart, 100 Gy at 10 mm from each."""
    away = np.array([50.0, 0.0, 0.0])
    one = Solid("sphere", 8.0, 16.0).contoured(1.0)
    two = ContouredStructure("TWO", tuple(polygon + away for polygon in one.polygons_mm))
    peaks = np.stack([np.zeros((2, 3)), np.stack([away, away])])

    def dose(points: np.ndarray) -> np.ndarray:
        near = [np.maximum(np.sum((points - at) ** 2, axis=1), 0.25) for at in (0 * away, away)]
        return 1e4 / near[0] + 1e4 / near[1]

    apart = evaluate_structure(one, dose, prescription_gy=100.0, peaks_mm=peaks)
    assert apart.isodose_cc == pytest.approx(4 / 3 * np.pi * 1.02**3, rel=0.03)
    shared = evaluate_structure(
        one, dose, prescription_gy=25.0, peaks_mm=peaks, other_targets=(two,)
    )
    whole = evaluate_structure(one, dose, prescription_gy=25.0, peaks_mm=peaks)
    assert shared.isodose_cc is not None
    assert whole.isodose_cc is not None
    assert shared.isodose_cc == pytest.approx(whole.isodose_cc / 2, rel=0.02)


def test_no_isodose_no_indices() -> None:
    solid = Solid("sphere", 8.0, 16.0).contoured(1.0)
    cold = evaluate_structure(solid, lambda p: 0 * p[:, 0], prescription_gy=100.0)
    assert cold.isodose_cc == 0.0
    assert cold.external_index == 0.0
    assert cold.conformity_index is None
    assert cold.homogeneity_index is None
    endless = evaluate_structure(solid, lambda p: 0 * p[:, 0] + 120.0, prescription_gy=100.0)
    assert endless.isodose_cc is None
    assert "more than 100 mm" in endless.isodose_unknown
    assert endless.conformity_index is None
