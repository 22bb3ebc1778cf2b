from itertools import product

import numpy as np
import pytest

from dosimetry_core.seed_finding.counting import given_count


def _by_all_cases(chances: np.ndarray, expected: int) -> np.ndarray:
    """The same from every possible truth."""
    belief = [0.05 * 0.5 ** abs(n - expected) for n in range(len(chances) + 1)]
    if expected <= len(chances):
        belief[expected] += 0.9
    total, real = 0.0, np.zeros(len(chances))
    for truth in product([0, 1], repeat=len(chances)):
        case = np.prod(np.where(truth, chances, 1.0 - chances)) * belief[sum(truth)]
        total += case
        real += case * np.array(truth)
    return real / total


@pytest.mark.parametrize("expected", [0, 2, 3, 9])
def test_it_is_bayes_rule(expected):
    chances = np.array([0.97, 0.6, 0.5, 0.1])
    assert given_count(chances, expected) == pytest.approx(_by_all_cases(chances, expected))


def test_one_more_expected_lifts_the_doubtful_and_one_fewer_lowers_them():
    chances = np.array([0.99, 0.99, 0.5])
    assert given_count(chances, 3)[2] > 0.9
    assert given_count(chances, 2)[2] < 0.1


def test_a_wrong_count_does_not_make_seeds_of_nothing():
    chances = np.array([0.99, 0.001, 0.001])
    after = given_count(chances, 30)
    assert after[0] > 0.98
    assert after[1:].max() < 0.1


def test_no_finds():
    assert given_count(np.empty(0), 5).shape == (0,)
