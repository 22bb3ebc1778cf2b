import numpy as np
import pytest

from dosimetry_core.seed_identity import (
    Carrying,
    NeedleLine,
    NeedleStatus,
    identify_needles,
    needle_chances,
)
from dosimetry_core.values import FoundNeedle, NeedleAlternative, NeedleLookalike

WAY = (0.0, 0.6, 0.8)
TIPS = [(9.0 * n, 4.0 * (n % 3), 2.0 * n) for n in range(5)]


def needle(tip, *, probe: float = 0.0) -> FoundNeedle:
    x, y, z = (float(c) for c in tip)
    tail = (x, y - 60.0, z - 80.0)
    others = (NeedleAlternative(NeedleLookalike.CRYOPROBE, probe),) if probe else ()
    return FoundNeedle((x, y, z), tail, WAY, 100.0, True, False, True, 1.5, 1.0 - probe, others)


def first(tips=TIPS):
    return identify_needles((), "1", [needle(tip) for tip in tips], is_covered=()).known


def again(known, tips, **more):
    seen = [needle(tip) for tip in tips]
    return identify_needles(known, "2", seen, is_covered=[True] * len(known), **more)


def test_the_first_needles_are_numbered_from_one():
    told = identify_needles((), "1", [needle(tip) for tip in TIPS], is_covered=())
    assert [one.needle_id for one in told.needles] == [1, 2, 3, 4, 5]
    assert {one.status for one in told.needles} == {NeedleStatus.NEW}
    assert told.unseen == ()


def test_needles_keep_their_numbers_when_all_move_and_one_is_advanced():
    """A common shift of 5 mm; the third is 15 mm deeper; they come in another order."""
    moved = np.array(TIPS) + np.array([4.0, -3.0, 0.0])
    moved[2] += 15.0 * np.array(WAY)
    told = again(first(), moved[::-1])
    assert [one.needle_id for one in told.needles] == [5, 4, 3, 2, 1]
    assert {one.status for one in told.needles} == {NeedleStatus.SAME}
    assert all(one.certainty > 0.9 for one in told.needles)
    assert told.needles[2].deeper_mm == pytest.approx(15.0 + 0.6 * -3.0, abs=0.1)


def test_a_withdrawn_needle_is_told_and_its_track_goes_with_the_others():
    tips = np.delete(np.array(TIPS), 1, axis=0)
    shift = np.array([2.0, -1.6, 1.2])  # across the needles
    told = again(first(), tips + shift)
    (gone,) = told.unseen
    assert (gone.needle_id, gone.status) == (2, NeedleStatus.WITHDRAWN)
    assert gone.presence < 0.3
    assert gone.tip_mm == pytest.approx(np.array(TIPS[1]) + shift, abs=0.3)
    assert [one.needle_id for one in told.known] == [1, 2, 3, 4, 5]
    assert (told.known[1].last_seen, told.known[0].last_seen) == ("1", "2")


def test_beyond_the_scan_nothing_is_known_of_a_needle():
    known = first(TIPS[:1])
    told = identify_needles(known, "2", [], is_covered=[False])
    assert told.unseen[0].status is NeedleStatus.NOT_SEEN
    assert told.known[0].sigma_mm > known[0].sigma_mm


def test_a_new_needle_gets_a_number_of_its_own():
    told = again(first(), [*TIPS, (60.0, 40.0, 0.0)])
    assert told.needles[-1].needle_id == 6
    assert told.needles[-1].status is NeedleStatus.NEW
    assert told.needles[-1].certainty > 0.9


def test_a_number_is_not_given_again():
    without = again(first(), TIPS[:4])
    told = identify_needles(
        without.known,
        "3",
        [needle((60.0, 40.0, 0.0))],
        is_covered=[True] * 5,
    )
    assert told.needles[0].needle_id == 6


def test_tracks_are_carried_as_the_seeds_moved():
    carrying = Carrying((0.0, 0.0, 0.0), (5.0, 0.0, 0.0), (0.0, 0.0, 90.0))
    told = identify_needles(
        first([(10.0, 0.0, 0.0)]), "2", [], is_covered=[True], carrying=carrying
    )
    assert told.known[0].tip_mm == pytest.approx((5.0, 10.0, 0.0))
    assert told.known[0].direction == pytest.approx((-0.6, 0.0, 0.8))


def test_a_probe_is_hardly_for_seeds():
    told = identify_needles((), "1", [needle(TIPS[0], probe=0.9)], is_covered=())
    assert told.known[0].for_seeds == pytest.approx(0.1)


def test_a_track_that_is_less_sure_claims_seeds_from_further_away():
    lines = [
        NeedleLine("sure", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
        NeedleLine("vague", (30.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    ]
    chances = needle_chances(
        np.array([[9.0, 0.0, 5.0], [21.0, 0.0, 5.0]]), lines, sigma_mm=[3.0, 6.0]
    )
    assert chances["sure"][0] < 0.7
    assert chances["vague"][1] > 0.9
