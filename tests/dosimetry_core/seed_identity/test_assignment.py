import numpy as np

from dosimetry_core.seed_identity.assignment import best_links

FREE = np.full((2, 2), np.nan)


def _links(pair, gap_mm, found_mm):
    pair = np.array(pair)
    return best_links(
        pair,
        1.0 - pair.sum(axis=1),
        1.0 - pair.sum(axis=0),
        gap_mm,
        np.array(found_mm),
        noise_mm=0.5,
    ).tolist()


def test_best_sum_not_best_first():
    found = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0]]
    assert _links([[0.5, 0.48], [0.5, 0.1]], FREE, found) == [1, 0]


def test_improbable_pairs_stay_alone():
    assert _links([[0.2, 0.1], [0.1, 0.7]], FREE, [[0.0] * 3, [10.0, 0.0, 0.0]]) == [-1, 1]


def test_strand_keeps_its_spacing():
    """The third seed's likeliest find is where no third seed of a strand can be."""
    gap_mm = 10.0 * np.abs(np.subtract.outer(np.arange(3), np.arange(3))).astype(float)
    found = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 6.0, 0.0], [20.0, 0.0, 0.0]]
    pair = [[0.95, 0.0, 0.0, 0.0], [0.0, 0.95, 0.0, 0.0], [0.0, 0.0, 0.5, 0.45]]
    assert _links(pair, np.full((3, 3), np.nan), found) == [0, 1, 2]
    assert _links(pair, gap_mm, found) == [0, 1, 3]
