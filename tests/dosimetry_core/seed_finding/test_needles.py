import numpy as np
import pytest

from dosimetry_core.seed_finding.needles import (
    SHORTEST_NEEDLE_MM,
    Needle,
    extended,
    find_needles,
    joined,
)


def _rod_points(start, axis, length, radius=0.9, step=0.4) -> np.ndarray:
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    grid = np.moveaxis(np.indices((40, 160, 40)), 0, -1).reshape(-1, 3) * step - [8.0, 4.0, 8.0]
    along = grid @ axis
    aside = np.linalg.norm(grid - along[:, None] * axis, axis=1)
    return grid[(along >= 0) & (along <= length) & (aside <= radius)] + start


def test_a_needle_is_found_with_its_ends_and_radius():
    points = _rod_points([10.0, 20.0, 30.0], [0.1, 1.0, 0.05], 40.0)
    (needle,), taken = find_needles(points, 1.25)
    assert np.linalg.norm(needle.end_mm - needle.start_mm) == pytest.approx(40.0, abs=2.0)
    assert needle.radius_mm == pytest.approx(1.0, abs=0.2)
    assert taken.mean() > 0.9


def test_a_seed_is_too_short():
    needles, taken = find_needles(_rod_points([0.0, 0.0, 0.0], [0.0, 1.0, 0.0], 6.0), 1.25)
    assert needles == []
    assert not taken.any()


def test_two_seeds_in_line_are_too_short():
    points = np.concatenate(
        [
            _rod_points([0.0, 0.0, 0.0], [0.0, 1.0, 0.0], 5.5),
            _rod_points([0.0, 5.6, 0.0], [0.0, 1.0, 0.0], 5.5),
        ]
    )
    assert np.ptp(points[:, 1]) < SHORTEST_NEEDLE_MM
    assert find_needles(points, 1.25)[0] == []


def test_a_seed_beside_a_needle_keeps_its_voxels():
    needle = _rod_points([0.0, 0.0, 0.0], [0.0, 1.0, 0.0], 40.0)
    seed = _rod_points([3.5, 15.0, 0.0], [0.0, 1.0, 0.0], 5.0)
    _, taken = find_needles(np.concatenate([needle, seed]), 1.25)
    assert taken[: len(needle)].mean() > 0.9
    assert not taken[len(needle) :].any()


def _straight(start_mm, end_mm) -> Needle:
    return Needle(np.asarray(start_mm, float), np.asarray(end_mm, float), 1.0)


def test_pieces_of_one_needle_are_joined_and_a_parallel_one_is_not():
    pieces = [
        _straight([0.0, 0.0, 0.0], [0.0, 30.0, 0.0]),
        _straight([0.2, 38.0, 0.0], [0.0, 70.0, 0.3]),
        _straight([4.0, 0.0, 0.0], [4.0, 60.0, 0.0]),
    ]
    whole = joined(pieces, 2.5)
    lengths = sorted(float(np.linalg.norm(n.end_mm - n.start_mm)) for n in whole)
    assert lengths == pytest.approx([60.0, 70.0], abs=1.0)


def test_a_needle_is_followed_but_not_along_a_strand_of_seeds():
    on = _rod_points([0.0, 0.0, 0.0], [0.0, 1.0, 0.0], 55.0)
    needle = _straight([0.0, 0.0, 0.0], [0.0, 20.0, 0.0])
    assert extended(needle, on, 1.25).end_mm[1] == pytest.approx(55.0, abs=2.0)
    strand = np.concatenate(
        [_rod_points([0.0, 25.0 + 10.0 * n, 0.0], [0.0, 1.0, 0.0], 4.5) for n in range(4)]
    )
    assert extended(needle, strand, 1.25).end_mm[1] == pytest.approx(20.0, abs=0.1)
