"""A polled instrument in a time that a test makes: asked, answered, spoilt."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from dosimetry_core.values import Timestamp
from drivers.instruments import PolledDialogue
from drivers.instruments.polling import PENDING_BYTES
from drivers.serial_line import Heard
from drivers.telemetry import Interruption, Rejected, ThermometerSample

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> Timestamp:
    return Timestamp(BEGIN + timedelta(seconds=seconds), round(seconds * 1e9))


class Exchange:
    """Lets a dialogue ask, and answers it, until a time; keeps all that comes of it.

    ``spoil`` makes pieces of each answer, which arrive 10 ms after the question.
    """

    def __init__(
        self,
        dialogue: PolledDialogue,
        answer: Callable[[bytes], bytes],
        spoil: Callable[[bytes], Iterable[bytes]] = lambda said: (said,),
    ) -> None:
        self.dialogue = dialogue
        self.answer = answer
        self.spoil = spoil
        self.asked: list[bytes] = []
        self.heard: list[Heard] = []
        self.rejected: list[Rejected] = []
        self.missed: list[Interruption] = []
        self.now_s = 0.0
        dialogue.begin()

    def run(self, seconds: float) -> "Exchange":
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            turn = self.dialogue.turn(at(self.now_s))
            self.missed += turn.interruptions
            self.rejected += turn.rejected
            if turn.send:
                self.asked.append(turn.send)
                self.now_s += 0.01
                for piece in self.spoil(self.answer(turn.send)):
                    self.feed(piece)
            else:
                assert turn.due_ns is not None
                self.now_s = max(self.now_s + 1e-6, turn.due_ns / 1e9)
        return self

    def feed(self, data: bytes) -> None:
        for item in self.dialogue.feed(data, at(self.now_s)):
            if isinstance(item, Rejected):
                self.rejected.append(item)
            else:
                self.heard.append(item)
        assert len(self.dialogue.pending) <= PENDING_BYTES

    def outlives_noise(self) -> None:
        """While it waits for an answer 10 MB of noise come; then the instrument answers again."""
        noise = random.Random(1).randbytes(10_000_000)
        self.run(0.5)
        assert self.dialogue.turn(at(1.2)).send
        count = 0
        for start in range(0, len(noise), 4096):
            for item in self.dialogue.feed(noise[start : start + 4096], at(1.3)):
                assert isinstance(item, Rejected), "a reading was made of noise"
                count += len(item.data)
            assert len(self.dialogue.pending) <= PENDING_BYTES
        assert count + len(self.dialogue.pending) == len(noise)
        self.now_s = 2.0
        before = len(self.samples)
        self.run(2.0)
        assert len(self.samples) > before

    @property
    def samples(self) -> list[ThermometerSample]:
        return [
            sample
            for heard in self.heard
            for sample in heard.samples
            if isinstance(sample, ThermometerSample)
        ]

    @property
    def reasons(self) -> set[str]:
        return {item.reason for item in self.rejected}
