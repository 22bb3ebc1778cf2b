import numpy as np
import pytest

from dosimetry_core.seed_finding.context import CONTEXT
from dosimetry_core.seed_finding.features import FEATURES
from dosimetry_core.seed_finding.judgement import KINDS, chances_of, learned
from dosimetry_core.seed_finding.trees import LEAVES, SPLITS, Forest


def _forest(output: int, feature: int, threshold: float, below: float, above: float) -> Forest:
    """One tree that asks one question."""
    cuts = np.full((1, SPLITS), 1e30)
    cuts[0, 0] = threshold
    value = np.zeros((1, LEAVES))
    value[0, : LEAVES // 2], value[0, LEAVES // 2 :] = below, above
    return Forest(
        np.array([1.0, 2.0]),
        np.array([output]),
        np.full((1, SPLITS), feature),
        cuts,
        value,
    )


def test_a_tree_adds_to_its_output_by_what_it_asks():
    forest = _forest(1, 2, 0.5, -10.0, 10.0)
    sums = forest.of(np.array([[9.0, 9.0, 0.5], [9.0, 9.0, 0.6]]))
    assert sums.tolist() == [[1.0, -8.0], [1.0, 12.0]]


def test_chances_are_probabilities_and_sharpness_spreads_them():
    scores = np.array([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]])
    plain, sharp = chances_of(scores, 1.0, 0.0), chances_of(scores, 2.0, 0.0)
    assert plain.sum(axis=1) == pytest.approx(1.0)
    assert sharp[0, 0] > plain[0, 0]
    assert sharp[1] == pytest.approx(1.0 / 3.0)


def test_doubt_is_taken_from_the_odds_of_seeds_alone():
    scores = np.array([[2.0, 0.0, -1.0]])
    plain, doubted = chances_of(scores, 1.0, 0.0)[0], chances_of(scores, 1.0, 0.7)[0]
    assert doubted.sum() == pytest.approx(1.0)
    odds = np.log(doubted[0] / doubted[1]) - np.log(plain[0] / plain[1])
    assert odds == pytest.approx(-0.7)
    assert doubted[1] / doubted[2] == pytest.approx(plain[1] / plain[2])


def test_no_finds_have_no_chances():
    assert chances_of(np.empty((0, 9)), 1.0, 0.0).shape == (0, 9)


def test_what_was_learnt_fits_together():
    numbers = learned()
    for kinds, columns in ((numbers.first, FEATURES), (numbers.kinds, (*FEATURES, *CONTEXT))):
        assert len(kinds.forest.base) == len(KINDS)
        assert kinds.forest.feature.shape[0] == kinds.forest.value.shape[0] > 100
        assert kinds.forest.feature.max() < len(columns)
    assert len(numbers.spread.base) == 4
