"""Identities against truth over the cases of ``benchmarks/seed_identity.py``.

Limits are what 200 cases gave (docs/seed_identity.md) less what fewer cases scatter; the cases are
the same in every run.
"""

import numpy as np
import pytest

from benchmarks.seed_identity import (
    dense_lattice,
    dense_random,
    plan_tally,
    spread_out,
    strands_slid,
    tally,
)

CASES = 20


@pytest.fixture(scope="module")
def tallies():
    return {
        layout: tally(layout, CASES, seed=11)
        for layout in (spread_out, dense_random, dense_lattice)
    }


@pytest.mark.parametrize(
    ("layout", "least"), [(spread_out, 0.99), (dense_random, 0.975), (dense_lattice, 0.95)]
)
def test_identities_are_right(tallies, layout, least):
    assert tallies[layout].right.mean() > least


def test_certainty_is_what_it_says(tallies):
    certainty = np.concatenate([one.certainty for one in tallies.values()])
    right = np.concatenate([one.linked for one in tallies.values()])
    for low, high in [(0.5, 0.85), (0.85, 0.99), (0.99, 1.01)]:
        inside = (certainty >= low) & (certainty < high)
        said, so = certainty[inside].mean(), right[inside].mean()
        error = np.sqrt(said * (1.0 - said) / inside.sum())
        assert abs(said - so) < 0.05 + 3.0 * error


def test_planned_seeds_are_found_with_honest_certainty():
    right, certainty = plan_tally(5, stranded=True)
    assert right.mean() > 0.88
    sure = certainty > 0.95
    assert sure.mean() > 0.5
    assert right[sure].mean() > 0.96


def test_knowing_the_strands_helps():
    assert strands_slid(8, told=True) > strands_slid(8, told=False) + 0.03
