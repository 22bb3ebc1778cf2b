import numpy as np
import pytest

from dosimetry_core.seed_identity import NeedleLine, match_needles, needle_chances

PLANNED = [NeedleLine(f"N{n}", (10.0 * n, 3.0 * (n % 2), 0.0), (0.0, 0.0, 1.0)) for n in range(5)]


def test_depth_does_not_make_another_needle():
    """Each needle is 1 to 2 mm off and up to 30 mm too shallow; one is missing, order is turned."""
    seen = [
        NeedleLine(f"seen {n}", (10.0 * n + 1.5, 3.0 * (n % 2) - 1.0, -6.0 * n), (0.0, 0.0, -1.0))
        for n in (4, 3, 1, 0)
    ]
    matches = match_needles(PLANNED, seen)
    assert [match.seen for match in matches] == ["seen 0", "seen 1", None, "seen 3", "seen 4"]
    assert matches[4].depth_mm == pytest.approx(-24.0)
    assert all(match.certainty > 0.8 for match in matches)


def test_no_needles():
    assert match_needles([], PLANNED) == ()
    assert [match.seen for match in match_needles(PLANNED, [])] == [None] * 5


def test_seeds_belong_to_the_needle_they_lie_along():
    places = np.array([[0.5, 0.0, 40.0], [10.0, 2.0, -30.0], [5.0, 1.5, 0.0], [200.0, 0.0, 0.0]])
    chances = needle_chances(places, PLANNED)
    assert chances["N0"][0] > 0.8
    assert chances["N1"][1] > 0.8
    assert chances["N0"][2] == pytest.approx(chances["N1"][2], rel=1e-6)
    assert sum(chances[needle.name][3] for needle in PLANNED) < 1e-6


def test_direction_is_a_unit_vector():
    with pytest.raises(ValueError, match="unit vector"):
        NeedleLine("N1", (0.0, 0.0, 0.0), (0.0, 0.0, 2.0))
