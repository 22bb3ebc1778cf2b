"""Instruments that speak only when they are asked: one question at a time, with a time limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from dosimetry_core.values import Timestamp
from drivers.serial_line import Heard, Turn
from drivers.telemetry import FrameError, Interruption, Rejected

PENDING_BYTES = 512
"""More than the longest answer of any instrument here; what is pending is never longer."""

QUIET_S = 0.2
"""After a question that was not answered in time, so that a late answer is not taken for the next
question's: three times what the longest answer takes on the wire at 9600 bit/s."""

LOST_AFTER = 3
"""Unanswered questions in a row after which the instrument may be another one."""


@dataclass(frozen=True, slots=True)
class Question:
    """Bytes that ask, what they are called in messages, and whether they may be ignored.

    Three silences to a question that may be ignored are an answer; a refused answer is none.
    """

    data: bytes
    name: str
    silence_is_an_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often and how patiently an instrument is asked.

    Attributes:
        poll_s: from the begin of one round of questions to the begin of the next, s.
        answer_s: how long an answer may take, s.
        gap_s: what the line needs to be quiet between an answer and the next question, s.

    Raises:
        ValueError: a time is not above 0.
    """

    poll_s: float = 1.0
    answer_s: float = 0.5
    gap_s: float = 0.0

    def __post_init__(self) -> None:
        if not (self.poll_s > 0.0 and self.answer_s > 0.0 and self.gap_s >= 0.0):
            raise ValueError("poll_s and answer_s must be above 0, gap_s not below")


class Instrument(Protocol):
    """What one kind of instrument is asked and how its answers are read. No I/O, no clock."""

    @property
    def advice(self) -> str:
        """What a person should look at when it says nothing at all."""
        ...

    @property
    def introduction(self) -> Sequence[Question]:
        """Asked first: whether it is the instrument that was set up, as it was set up."""
        ...

    @property
    def round(self) -> Sequence[Question]:
        """Asked again and again; the answer to the last one gives the readings."""
        ...

    def find(self, question: Question, pending: bytes) -> tuple[int, int] | None:
        """Begin and end of the first thing in ``pending`` that may be an answer; None: wait."""
        ...

    def take(self, question: Question, answer: bytes, at: Timestamp) -> Heard | None:
        """Read an answer.

        Raises:
            FrameError: it is none, or says that the instrument is not set up as it should be.
        """
        ...


class PolledDialogue:
    """The side of a link that asks.

    Bytes that are no answer are rejected, and so is what comes when nothing is asked, such as an
    answer that is a little late. After three silences the instrument is introduced anew.
    """

    def __init__(self, instrument: Instrument, pace: Pace) -> None:
        self._instrument: Final = instrument
        self._poll_ns: Final = round(pace.poll_s * 1e9)
        self._answer_ns: Final = round(pace.answer_s * 1e9)
        self._answer_s: Final = pace.answer_s
        self._gap_ns: Final = round(pace.gap_s * 1e9)
        self._questions: Final = (*instrument.introduction, *instrument.round)
        self._first: Final = len(instrument.introduction)
        self._pending: Final = bytearray()
        self._step = 0
        self._asked = False
        self._deadline_ns = 0
        self._not_before_ns = 0
        self._round_ns = 0
        self._failures = 0
        self._refusal = ""

    @property
    def advice(self) -> str:
        """What a person should look at when it says nothing at all."""
        return f"no answer to {self._questions[self._step].name}: {self._instrument.advice}"

    @property
    def pending(self) -> bytes:
        """Bytes of which it is not yet known what they are."""
        return bytes(self._pending)

    def begin(self) -> None:
        """A wire was opened: who is on it is not known."""
        self._pending.clear()
        self._step = 0
        self._asked = False
        self._not_before_ns = 0
        self._failures = 0
        self._refusal = ""

    def feed(self, data: bytes, at: Timestamp) -> Sequence[Heard | Rejected]:
        """The answer that ``data`` completes, and what is none."""
        found: list[Heard | Rejected] = []
        view = memoryview(data)
        for start in range(0, len(data), PENDING_BYTES):
            self._pending.extend(view[start : start + PENDING_BYTES])
            while self._pending and self._asked and self._read(found, at):
                pass
            if self._pending and not self._asked:
                found.append(self._reject("it came when nothing was asked"))
            excess = len(self._pending) - PENDING_BYTES
            if excess > 0:
                found.append(self._reject("no answer begins here", excess))
        return found

    def turn(self, at: Timestamp) -> Turn:
        """Give up a question that is not answered, and ask the next one when it is time."""
        now_ns = at.monotonic_ns
        interruptions: tuple[Interruption, ...] = ()
        rejected: tuple[Rejected, ...] = ()
        if self._asked:
            if now_ns < self._deadline_ns:
                return Turn(due_ns=self._deadline_ns)
            interruptions = self._give_up(now_ns)
        if self._pending:
            rejected = (self._reject("it became no answer in time"),)
        if now_ns < self._not_before_ns:
            due_ns = self._not_before_ns
            return Turn(due_ns=due_ns, interruptions=interruptions, rejected=rejected)
        if self._step == self._first:
            self._round_ns = now_ns
        self._asked = True
        self._refusal = ""
        self._deadline_ns = now_ns + self._answer_ns
        return Turn(
            send=self._questions[self._step].data,
            due_ns=self._deadline_ns,
            interruptions=interruptions,
            rejected=rejected,
        )

    def end(self) -> Sequence[Rejected]:
        """What is pending will not become an answer."""
        if not self._pending:
            return []
        return [self._reject("cut short by the end of the stream")]

    def _read(self, found: list[Heard | Rejected], at: Timestamp) -> bool:
        """Read what may be an answer; whether there was one to be read."""
        question = self._questions[self._step]
        span = self._instrument.find(question, bytes(self._pending))
        if span is None:
            return False
        start, end = span
        if start:
            found.append(self._reject("outside any answer", start))
        answer = bytes(self._pending[: end - start])
        try:
            heard = self._instrument.take(question, answer, at)
        except FrameError as error:
            self._refusal = str(error)
            found.append(self._reject(self._refusal, len(answer)))
            return True
        del self._pending[: len(answer)]
        self._answered(at.monotonic_ns)
        if heard is not None:
            found.append(heard)
        return True

    def _answered(self, now_ns: int) -> None:
        self._asked = False
        self._not_before_ns = now_ns + self._gap_ns
        self._failures = 0
        self._step += 1
        if self._step == len(self._questions):
            self._step = self._first
            self._not_before_ns = max(self._not_before_ns, self._round_ns + self._poll_ns)

    def _give_up(self, now_ns: int) -> tuple[Interruption, ...]:
        question = self._questions[self._step]
        self._asked = False
        self._not_before_ns = now_ns + round(QUIET_S * 1e9)
        self._failures += 1
        if question.silence_is_an_answer and not self._refusal:
            if self._failures >= LOST_AFTER:
                self._step, self._failures = self._step + 1, 0
            return ()
        in_introduction = self._step < self._first
        anew = in_introduction or self._failures >= LOST_AFTER
        self._step = 0 if anew else self._first
        reason = self._refusal or f"no answer to {question.name} within {self._answer_s:g} s"
        return (Interruption("LOST_FRAMES", 1, reason),)

    def _reject(self, reason: str, count: int | None = None) -> Rejected:
        end = len(self._pending) if count is None else count
        taken = bytes(self._pending[:end])
        del self._pending[:end]
        return Rejected(taken, reason)
