import random

import pytest

from drivers.backoff import Backoff
from drivers.dicom.series_progress import (
    Complete,
    Fetch,
    Incomplete,
    SeriesProgress,
    Step,
    Wait,
    WatchSettings,
)

SETTINGS = WatchSettings(
    stable_polls=2, settle_s=5.0, disagreement_s=60.0, move_tries=3, polls_per_recheck=4
)
ABC = frozenset("abc")
IDLE = Wait()


class UpperEnd(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def series(has_archive: bool = True) -> SeriesProgress:
    return SeriesProgress(
        "1.2",
        "CT",
        "",
        settings=SETTINGS,
        backoff=Backoff(1.0, 8.0, UpperEnd()),
        has_archive=has_archive,
    )


def seen_on_archive(uids: frozenset[str] = ABC, polls: int = 2) -> SeriesProgress:
    progress = series()
    for _ in range(polls):
        progress.archive_has(uids, len(uids))
    return progress


def move(progress: SeriesProgress, brought: str, now_s: float = 0.0, trouble: str = "") -> None:
    step = progress.next_step(now_s)
    assert isinstance(step, Fetch)
    progress.move_began(step.uids)
    for uid in brought:
        progress.image_arrived(uid, now_s)
    progress.move_ended(now_s, trouble)


def complete(progress: SeriesProgress, uids: frozenset[str], now_s: float = 0.0) -> None:
    assert progress.next_step(now_s) == Complete(uids)
    progress.complete_was_told(uids)
    assert progress.next_step(now_s) == IDLE


class TestFromTheArchive:
    def test_a_series_that_grows_is_left_alone(self):
        progress = series()
        for uids in ("a", "ab", "abc"):
            progress.archive_has(frozenset(uids), None)
            assert progress.next_step(0.0) == IDLE
        progress.archive_has(ABC, None)
        assert progress.next_step(0.0) == Fetch(ABC, is_whole_series=True)

    def test_counts_of_the_archive_do_not_matter(self):
        progress = series()
        for count in (99, 1):
            progress.archive_has(ABC, count)
        move(progress, "abc")
        complete(progress, ABC)

    def test_a_moved_series_is_complete_at_once(self):
        progress = seen_on_archive()
        move(progress, "abc", now_s=100.0)
        complete(progress, ABC, now_s=100.0)

    def test_nothing_is_done_while_a_move_is_under_way(self):
        progress = seen_on_archive()
        progress.move_began(ABC)
        progress.image_arrived("a", 0.0)
        assert progress.next_step(1000.0) == IDLE

    def test_only_missing_images_are_asked_for_again(self):
        progress = seen_on_archive()
        move(progress, "ab")
        assert progress.next_step(0.0) == Wait(1.0)
        assert progress.next_step(1.0) == Fetch(frozenset("c"), is_whole_series=False)

    def test_waits_between_fruitless_tries_double_until_they_are_given_up(self):
        progress = seen_on_archive()
        now_s, waits_s = 0.0, []
        while isinstance(progress.next_step(now_s), Fetch):
            move(progress, "", now_s, "the disk is full")
            step = progress.next_step(now_s)
            if isinstance(step, Wait):
                waits_s.append(step.until_s - now_s)
                now_s = step.until_s
        assert waits_s == [1.0, 2.0]
        assert progress.next_step(now_s) == Incomplete(
            3, "3 of 3 images are missing after several tries: the disk is full"
        )

    def test_a_try_that_brings_an_image_does_not_count(self):
        progress = seen_on_archive(frozenset("abcdef"))
        now_s = 0.0
        for brought in "abcde":
            now_s += 100.0
            move(progress, brought, now_s)
        assert isinstance(progress.next_step(now_s + 100.0), Fetch)

    def test_incomplete_is_told_once(self):
        progress = self.given_up()
        assert progress.next_step(1e6) == IDLE

    def test_change_on_the_archive_starts_the_tries_again(self):
        progress = self.given_up()
        for _ in range(2):
            progress.archive_has(frozenset("abcd"), None)
        assert progress.next_step(1e6) == Fetch(frozenset("abcd"), is_whole_series=True)

    def test_an_archive_that_is_back_starts_the_tries_again(self):
        progress = self.given_up()
        progress.try_again()
        assert isinstance(progress.next_step(1e6), Fetch)

    def test_silent_success_without_images_says_what_to_check(self):
        progress = seen_on_archive()
        for now_s in (0.0, 10.0, 20.0):
            move(progress, "", now_s)
        step = progress.next_step(30.0)
        assert isinstance(step, Incomplete)
        assert "check the address that it has for this computer's AE title" in step.reason

    def given_up(self) -> SeriesProgress:
        progress = seen_on_archive()
        for now_s in (0.0, 10.0, 20.0):
            move(progress, "", now_s)
        step = progress.next_step(30.0)
        assert isinstance(step, Incomplete)
        assert step.missing_count == 3
        progress.incomplete_was_told(step)
        return progress

    def test_images_added_after_completion_open_the_series_again(self):
        progress = seen_on_archive()
        move(progress, "abc")
        complete(progress, ABC)
        progress.archive_has(frozenset("abcd"), 4)
        assert progress.next_step(1e6) == IDLE
        progress.archive_has(frozenset("abcd"), 4)
        assert progress.next_step(1e6) == Fetch(frozenset("d"), is_whole_series=False)
        move(progress, "d", 1e6)
        complete(progress, frozenset("abcd"), 1e6)

    def test_images_deleted_on_the_archive_change_nothing_here(self):
        progress = seen_on_archive()
        move(progress, "abc")
        complete(progress, ABC)
        for _ in range(3):
            progress.archive_has(frozenset("a"), 1)
            assert progress.next_step(1e6) == IDLE


class TestPushed:
    def test_complete_after_silence_where_the_archive_does_not_know_it(self):
        progress = series()
        progress.archive_has(frozenset(), None)
        for now_s, uid in enumerate("abc"):
            progress.image_arrived(uid, float(now_s))
        assert progress.next_step(2.0) == Wait(7.0)
        complete(progress, ABC, 7.0)

    def test_complete_after_silence_where_the_archive_is_not_there(self):
        progress = series()
        progress.image_arrived("a", 0.0)
        assert progress.next_step(5.0) == Complete(frozenset("a"))

    def test_an_archive_that_has_more_sends_the_rest(self):
        progress = seen_on_archive()
        progress.image_arrived("a", 0.0)
        assert progress.next_step(0.0) == Fetch(frozenset("bc"), is_whole_series=False)

    def test_silence_counts_even_when_the_archive_agrees(self):
        progress = seen_on_archive()
        for uid in "abc":
            progress.image_arrived(uid, 10.0)
        assert progress.next_step(10.0) == Wait(15.0)
        complete(progress, ABC, 15.0)

    def test_an_archive_that_lags_behind_is_waited_for(self):
        progress = seen_on_archive(frozenset("ab"))
        for uid in "abc":
            progress.image_arrived(uid, 0.0)
        assert progress.next_step(5.0) == Wait(60.0)
        progress.archive_has(ABC, 3)
        progress.archive_has(ABC, 3)
        complete(progress, ABC, 6.0)

    def test_an_archive_that_never_gets_an_image_is_told(self):
        progress = seen_on_archive(frozenset("ab"))
        for uid in "abc":
            progress.image_arrived(uid, 0.0)
        step = progress.next_step(60.0)
        assert isinstance(step, Incomplete)
        assert step.missing_count == 0
        assert "1 images are here that the archive does not have" in step.reason

    def test_one_more_image_opens_the_series_again(self):
        progress = series()
        progress.image_arrived("a", 0.0)
        complete(progress, frozenset("a"), 5.0)
        progress.image_arrived("b", 100.0)
        assert progress.next_step(100.0) == Wait(105.0)
        complete(progress, frozenset("ab"), 105.0)

    def test_the_same_image_again_changes_nothing(self):
        progress = series()
        progress.image_arrived("a", 0.0)
        complete(progress, frozenset("a"), 5.0)
        progress.image_arrived("a", 100.0)
        assert progress.next_step(200.0) == IDLE


class TestAfterARestart:
    def test_what_is_on_disk_is_not_fetched(self):
        progress = series()
        progress.carry_over("ab", frozenset())
        for _ in range(2):
            progress.archive_has(ABC, None)
        assert progress.next_step(0.0) == Fetch(frozenset("c"), is_whole_series=False)

    def test_a_whole_series_on_disk_is_complete_when_the_archive_agrees(self):
        progress = series()
        progress.carry_over("abc", frozenset())
        assert progress.next_step(1e6) == IDLE
        for _ in range(2):
            progress.archive_has(ABC, None)
        complete(progress, ABC)

    def test_what_was_complete_before_needs_no_archive(self):
        progress = series()
        progress.carry_over("abc", ABC)
        complete(progress, ABC)

    @pytest.mark.parametrize("has_archive", [True, False])
    def test_a_push_that_was_cut_short_is_not_taken_for_a_series(self, has_archive):
        progress = series(has_archive)
        progress.carry_over("ab", frozenset())
        if has_archive:
            progress.archive_has(frozenset(), None)
        step = progress.next_step(1e6)
        assert isinstance(step, Incomplete)
        assert "send it again from the scanner" in step.reason

    def test_sending_it_again_confirms_it(self):
        progress = series(has_archive=False)
        progress.carry_over("ab", frozenset())
        cut_short = progress.next_step(0.0)
        assert isinstance(cut_short, Incomplete)
        progress.incomplete_was_told(cut_short)
        for uid in "abc":
            progress.image_arrived(uid, 10.0)
        complete(progress, ABC, 15.0)

    def test_images_that_came_before_the_disk_was_read_are_not_in_doubt(self):
        progress = series(has_archive=False)
        progress.image_arrived("a", 0.0)
        progress.carry_over("a", frozenset())
        complete(progress, frozenset("a"), 5.0)


class TestLooking:
    def test_an_open_series_is_looked_at_in_every_poll(self):
        progress = seen_on_archive()
        assert all(progress.needs_look(3) for _ in range(3))

    def test_a_complete_series_is_looked_at_now_and_then(self):
        progress = seen_on_archive()
        move(progress, "abc")
        complete(progress, ABC)
        looks: list[Step | bool] = [progress.needs_look(3) for _ in range(4)]
        assert looks == [False, False, False, True]

    def test_another_count_makes_it_look_at_once(self):
        progress = seen_on_archive()
        move(progress, "abc")
        complete(progress, ABC)
        assert progress.needs_look(4)
