import numpy as np
import pytest

from dosimetry_core.seed_finding.context import COMPARED, CONTEXT, context_of
from dosimetry_core.seed_finding.features import FEATURES
from dosimetry_core.seed_finding.rod import ROD_FIELDS, X, Z

PEAK, FROM_SEEDS = FEATURES.index("peak_hu"), CONTEXT.index("peak_hu_from_seeds")
HOW_MANY, NEAR = CONTEXT.index("seeds_in_scan"), CONTEXT.index("seeds_near")


def _finds(peaks: list[float], apart_mm: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    features = np.zeros((len(peaks), len(FEATURES)))
    features[:, PEAK] = peaks
    rods = np.zeros((len(peaks), ROD_FIELDS))
    rods[:, X] = apart_mm * np.arange(len(peaks))
    return features, rods


def test_a_find_unlike_the_scans_seeds_is_far_from_them():
    features, rods = _finds([2.9, 3.0, 3.0, 3.1, 1.5])
    context = context_of(features, rods, np.array([0.9, 0.9, 0.9, 0.9, 0.1]))
    assert np.abs(context[:4, FROM_SEEDS]).max() < 0.5
    assert context[4, FROM_SEEDS] < -3.0


def test_what_is_hardly_a_seed_does_not_say_what_seeds_look_like():
    features, rods = _finds([3.0, 3.0, 3.0, 3.0, 0.0, 0.0, 0.0])
    context = context_of(features, rods, np.array([0.9] * 4 + [0.2] * 3))
    assert context[:4, FROM_SEEDS] == pytest.approx(0.0)
    assert np.exp(context[0, HOW_MANY]) == pytest.approx(1.0 + 4 * 0.9)


def test_too_few_seeds_say_nothing_of_what_seeds_look_like():
    features, rods = _finds([3.0, 2.0, 1.0])
    context = context_of(features, rods, np.array([0.9, 0.9, 0.1]))
    assert not context[:, : len(COMPARED)].any()


def test_a_find_among_seeds_is_told_so_and_a_lone_one_is_neither():
    features, rods = _finds([3.0] * 5, apart_mm=4.0)
    rods[4, X : Z + 1] = 500.0
    near = context_of(features, rods, np.array([0.95, 0.95, 0.2, 0.95, 0.2]))[:, NEAR]
    assert near[2] > 0.85
    assert near[4] == pytest.approx(0.5, abs=1e-6)


def test_a_scan_without_finds_has_no_context():
    assert context_of(*_finds([]), np.empty(0)).shape == (0, len(CONTEXT))
