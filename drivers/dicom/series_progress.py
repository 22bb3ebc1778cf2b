"""How far one series has come, judged by sets of UIDs. No I/O and no clock: times are given."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.backoff import Backoff


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Times and limits of a watch over a study.

    Attributes:
        poll_interval_s: between two questions to the archive.
        stable_polls: a series has stopped growing after so many successive polls with the same
            images.
        settle_s: silence after which a push has ended; scanners send an image every few 0.1 s, and
            pause when they reconstruct.
        disagreement_s: how long the archive may lack images that were pushed here before that is
            told; scanners often send to the archive after they sent to us.
        move_tries: successive tries without any new image before a series is told as incomplete.
        first_retry_s: upper end of the first wait between tries; it doubles with each.
        longest_retry_s: upper end of every wait between tries.
        polls_per_recheck: a complete series is asked for its images only in every so many polls, or
            when the archive's own count changes.
    """

    poll_interval_s: float = 2.0
    stable_polls: int = 2
    settle_s: float = 5.0
    disagreement_s: float = 60.0
    move_tries: int = 4
    first_retry_s: float = 1.0
    longest_retry_s: float = 15.0
    polls_per_recheck: int = 5


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until something happens, or until ``until_s`` on the given clock."""

    until_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask the archive for these images; ``is_whole_series`` when nothing of it is here."""

    uids: frozenset[str]
    is_whole_series: bool


@dataclass(frozen=True, slots=True)
class Complete:
    """These images are the whole series."""

    uids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The series stays incomplete until something changes."""

    missing_count: int
    reason: str


Step = Wait | Fetch | Complete | Incomplete


class SeriesProgress:
    """One series: what the archive has, what is here, and what to do next.

    Args:
        series_uid: the series.
        modality: CT, RTSTRUCT, SEG or REG.
        description: Series Description, empty where it is not known.
        settings: times and limits.
        backoff: waits between tries.
        has_archive: whether there is an archive to agree with.
    """

    def __init__(
        self,
        series_uid: str,
        modality: str,
        description: str,
        *,
        settings: WatchSettings,
        backoff: Backoff,
        has_archive: bool,
    ) -> None:
        self.series_uid = series_uid
        self.modality = modality
        self.description = description
        self._settings = settings
        self._backoff = backoff
        self._has_archive = has_archive
        self._held: frozenset[str] = frozenset()
        self._unconfirmed: frozenset[str] = frozenset()
        self._requested: frozenset[str] = frozenset()
        self._on_archive: frozenset[str] = frozenset()
        self._archive_count: int | None = None
        self._was_asked_for = False
        self._same_polls = 0
        self._polls_since_look = 0
        self._last_push_s = -math.inf
        self._next_try_s = -math.inf
        self._held_at_move = 0
        self._fruitless_tries = 0
        self._trouble = ""
        self._told_complete: frozenset[str] | None = None
        self._told_incomplete: Incomplete | None = None

    @property
    def held_uids(self) -> frozenset[str]:
        """The images that are here."""
        return self._held

    def carry_over(self, uids: Iterable[str], known_complete: frozenset[str]) -> None:
        """Take over what a former run left on disk.

        Images that were part of the complete series then are as good as received now; others may be
        the beginning of a push that was cut short.
        """
        carried_over = frozenset(uids) - self._held
        self._held |= carried_over
        if known_complete != self._held:
            self._unconfirmed |= carried_over

    def image_arrived(self, uid: str, now_s: float) -> None:
        """An image was stored here, moved or pushed, for the first time or again."""
        self._unconfirmed -= {uid}
        if uid not in self._requested:
            self._last_push_s = now_s
        if uid not in self._held:
            self._held |= {uid}
            self._told_incomplete = None

    def needs_look(self, archive_count: int | None) -> bool:
        """Whether this poll should ask the archive for the series' images."""
        self._polls_since_look += 1
        return (
            self._told_complete != self._held
            or archive_count != self._archive_count
            or self._polls_since_look >= self._settings.polls_per_recheck
        )

    def archive_has(self, uids: frozenset[str], archive_count: int | None) -> None:
        """The archive answered one poll: it has these images of the series, perhaps none."""
        self._was_asked_for = True
        self._polls_since_look = 0
        self._archive_count = archive_count
        if uids == self._on_archive:
            self._same_polls += 1
            return
        self._on_archive = uids
        self._same_polls = 1
        self.try_again()

    def try_again(self) -> None:
        """Something changed that may let a series complete that could not before."""
        self._fruitless_tries = 0
        self._next_try_s = -math.inf
        self._told_incomplete = None
        self._backoff.reset()

    def move_began(self, uids: frozenset[str]) -> None:
        """The archive was asked to send these images."""
        self._requested = uids
        self._held_at_move = len(self._held)

    def move_ended(self, now_s: float, trouble: str) -> None:
        """The archive is done; ``trouble`` says what went wrong, empty where nothing did."""
        self._requested = frozenset()
        self._trouble = trouble
        if len(self._held) > self._held_at_move:
            self._fruitless_tries = 0
            self._backoff.reset()
        else:
            self._fruitless_tries += 1
        self._next_try_s = now_s + self._backoff.next_delay_s()

    def complete_was_told(self, uids: frozenset[str]) -> None:
        """The listener knows that the series is complete with these images."""
        self._told_complete = uids
        self._told_incomplete = None

    def incomplete_was_told(self, told: Incomplete) -> None:
        """The listener knows that the series is incomplete."""
        self._told_incomplete = told

    def next_step(self, now_s: float) -> Step:
        """What to do now."""
        missing = self._on_archive - self._held
        if self._requested or (not missing and self._told_complete == self._held):
            return Wait()
        step = self._next_with_archive(missing, now_s) if self._on_archive else self._next(now_s)
        return Wait() if step == self._told_incomplete else step

    def _next_with_archive(self, missing: frozenset[str], now_s: float) -> Step:
        if self._same_polls < self._settings.stable_polls:
            return Wait()
        return self._try_for(missing, now_s) if missing else self._agree(now_s)

    def _try_for(self, missing: frozenset[str], now_s: float) -> Step:
        if self._fruitless_tries >= self._settings.move_tries:
            return Incomplete(len(missing), self._why_missing(missing))
        if now_s < self._next_try_s:
            return Wait(self._next_try_s)
        return Fetch(missing, is_whole_series=not self._held)

    def _agree(self, now_s: float) -> Step:
        surplus = len(self._held - self._on_archive)
        quiet_s = self._last_push_s + self._settings.settle_s
        agreed_s = self._last_push_s + self._settings.disagreement_s
        if now_s < quiet_s:
            return Wait(quiet_s)
        if not surplus:
            return Complete(self._held)
        if now_s < agreed_s:
            return Wait(agreed_s)
        return Incomplete(
            0,
            f"{surplus} images are here that the archive does not have: send the series to the "
            "archive again, or look there for why it refused them",
        )

    def _next(self, now_s: float) -> Step:
        if not self._held:
            return Wait()
        if self._unconfirmed and self._has_archive and not self._was_asked_for:
            return Wait()
        quiet_s = self._last_push_s + self._settings.settle_s
        if now_s < quiet_s:
            return Wait(quiet_s)
        if self._unconfirmed:
            return Incomplete(
                0,
                "it came before the watch began, perhaps cut short by a restart, and no archive "
                "has it to compare with: send it again from the scanner",
            )
        return Complete(self._held)

    def _why_missing(self, missing: frozenset[str]) -> str:
        total = len(self._on_archive)
        trouble = self._trouble or (
            "the archive says that it sent them, but they did not come: check the address that it "
            "has for this computer's AE title"
        )
        return f"{len(missing)} of {total} images are missing after several tries: {trouble}"
