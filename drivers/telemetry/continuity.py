"""Whether a device's frames follow each other, and whether its clock runs.

Pure: what it knows of the host's time is what it is told.
"""

from collections import OrderedDict
from dataclasses import dataclass

from drivers.telemetry.device_clock import DeviceClock
from drivers.telemetry.fields import SEQUENCE_MODULUS
from drivers.telemetry.frames import Frame, HelloFrame
from drivers.telemetry.interruption import Interruption

REPEAT_WINDOW = 64
"""How many frames back a repeated or late one is looked for: some ten seconds of a full console."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to make of a frame.

    Attributes:
        refused: why the frame must not be used (it is repeated or late); empty if it may be.
        interruptions: what went missing before it.
        doubt: why its reading is QUESTIONABLE; empty if nothing speaks against it.
    """

    refused: str = ""
    interruptions: tuple[Interruption, ...] = ()
    doubt: str = ""


class Continuity:
    """The order of one device's frames; it outlives a lost link, so that it can count the loss."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._clock = DeviceClock()
        self._recent: OrderedDict[int, int] = OrderedDict()

    @property
    def drift_ppm(self) -> float | None:
        """How much the device's clock is fast, parts per million; None while not known."""
        return self._clock.drift_ppm

    def judge(self, frame: Frame, monotonic_ns: int) -> Judgement:
        """Judge ``frame``, which arrived at ``monotonic_ns`` of the host, and remember it."""
        last = self._last
        if last is None:
            return self._begin(frame, monotonic_ns)
        skipped = (frame.sequence - last.sequence - 1) % SEQUENCE_MODULUS
        went_back = skipped >= SEQUENCE_MODULUS // 2
        if went_back and (refused := self._refusal(frame, last)):
            return Judgement(refused=refused)
        earlier = frame.device_time_ms < last.device_time_ms
        if went_back or (skipped and (earlier or _is_first(frame))):
            reason = (
                f"the device started anew: sequence {last.sequence:06d} -> {frame.sequence:06d}, "
                f"clock {last.device_time_s:.3f} s -> {frame.device_time_s:.3f} s"
            )
            restart = Interruption("LOST_FRAMES", None, reason)
            self._recent.clear()
            self._begin(frame, monotonic_ns)
            return Judgement(interruptions=(restart,))
        interruptions: list[Interruption] = []
        if skipped:
            reason = f"sequence {last.sequence:06d} was followed by {frame.sequence:06d}"
            interruptions.append(Interruption("LOST_FRAMES", skipped, reason))
        doubt, stopped_or_jumped = self._clock.judge(frame.device_time_ms, monotonic_ns)
        if stopped_or_jumped is not None:
            interruptions.append(stopped_or_jumped)
        self._take(frame)
        return Judgement(interruptions=tuple(interruptions), doubt=doubt)

    def _begin(self, frame: Frame, monotonic_ns: int) -> Judgement:
        self._clock.begin(frame.device_time_ms, monotonic_ns)
        self._take(frame)
        return Judgement()

    def _take(self, frame: Frame) -> None:
        self._last = frame
        self._recent[frame.sequence] = frame.device_time_ms
        self._recent.move_to_end(frame.sequence)
        if len(self._recent) > REPEAT_WINDOW:
            self._recent.popitem(last=False)

    def _refusal(self, frame: Frame, last: Frame) -> str:
        """Why a frame whose number went back is an old one; empty if the device started anew."""
        if _is_first(frame) and frame != last:
            return ""
        if self._recent.get(frame.sequence) == frame.device_time_ms:
            return f"sequence {frame.sequence:06d} was repeated"
        behind = (last.sequence - frame.sequence) % SEQUENCE_MODULUS
        if frame.sequence in self._recent or behind > REPEAT_WINDOW:
            return ""
        before = [
            time_ms
            for number, time_ms in self._recent.items()
            if (last.sequence - number) % SEQUENCE_MODULUS > behind
        ]
        if before and before[-1] <= frame.device_time_ms <= last.device_time_ms:
            return f"sequence {frame.sequence:06d} came late, after {last.sequence:06d}"
        return ""


def _is_first(frame: Frame) -> bool:
    """Whether this is what a device sends first after it starts."""
    return isinstance(frame, HelloFrame) and frame.sequence == 0
