from itertools import product

import numpy as np
import pytest

from dosimetry_core.seed_identity.marginals import pair_marginals


def _by_enumeration(odds):
    n, m = odds.shape
    pair, total = np.zeros((n, m)), 0.0
    for choice in product(range(-1, m), repeat=n):
        taken = [c for c in choice if c >= 0]
        if len(set(taken)) < len(taken):
            continue
        weight = np.prod([odds[r, c] for r, c in enumerate(choice) if c >= 0])
        total += weight
        for row, column in enumerate(choice):
            if column >= 0:
                pair[row, column] += weight
    return pair / total, np.log(total)


def test_exact_where_competitors_form_no_loop():
    odds = np.array([[8.0, 2.0, 0.0], [0.0, 3.0, 0.5], [0.0, 0.0, 4.0]])
    told = pair_marginals(odds)
    pair, evidence = _by_enumeration(odds)
    np.testing.assert_allclose(told.pair, pair, atol=1e-6)
    assert told.log_evidence == pytest.approx(evidence, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_close_to_enumeration_with_loops(seed):
    """Loopy belief propagation is an approximation; a tenth is what it errs by at worst here."""
    odds = np.exp(np.random.default_rng(seed).normal(0.0, 2.0, (4, 5)))
    pair, _ = _by_enumeration(odds)
    assert np.abs(pair_marginals(odds).pair - pair).max() < 0.1


def test_what_is_left_is_alone():
    told = pair_marginals(np.array([[5.0, 1.0], [0.2, 7.0], [3.0, 3.0]]))
    np.testing.assert_allclose(told.pair.sum(axis=1) + told.row_alone, 1.0, atol=1e-9)
    np.testing.assert_allclose(told.pair.sum(axis=0) + told.column_alone, 1.0, atol=1e-5)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_to_match(shape):
    told = pair_marginals(np.zeros(shape))
    assert told.pair.shape == shape
    assert np.all(told.row_alone == 1.0)
    assert np.all(told.column_alone == 1.0)
