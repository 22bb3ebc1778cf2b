"""The seam between a link and what its device says: one link, many protocols."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dosimetry_core.values import GenerationMode, Timestamp
from drivers.telemetry import Interruption, ProbeSample, Rejected, ThermometerSample

Sample = ProbeSample | ThermometerSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one whole and good frame says.

    Attributes:
        generation_mode: where its data come from.
        samples: its readings, judged.
        interruptions: what went missing before it.
        identity: what the device says that it is; empty where the frame does not tell.
        device_time_s: on the device's clock, s; None without one.
        drift_ppm: how much the device's clock is fast, parts per million; None while not known.
    """

    generation_mode: GenerationMode
    samples: tuple[Sample, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    identity: str = ""
    device_time_s: float | None = None
    drift_ppm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a dialogue does when it is its turn.

    Attributes:
        send: bytes for the wire; empty for none. Only ever a question that changes nothing.
        due_ns: host monotonic time of the next turn, ns; None to wait for bytes only.
        interruptions: readings that should have come by now and did not.
        rejected: bytes that will not become an answer any more.
    """

    send: bytes = b""
    due_ns: int | None = None
    interruptions: tuple[Interruption, ...] = ()
    rejected: tuple[Rejected, ...] = ()


class Dialogue(Protocol):
    """One device's side of a link: bytes in, what they say out. No I/O and no clock of its own.

    It outlives a lost wire. Whatever it is fed, it never raises, and it holds bounded memory.
    """

    @property
    def advice(self) -> str:
        """What a person should look at when the device says nothing at all."""
        ...

    def begin(self) -> None:
        """A wire was opened: nothing that is on it belongs to what was before."""
        ...

    def feed(self, data: bytes, at: Timestamp) -> Sequence[Heard | Rejected]:
        """All that ``data``, which arrived at that time, completes, in the order of the wire."""
        ...

    def turn(self, at: Timestamp) -> Turn:
        """Called when a wire was opened, after each piece of bytes, and when a turn is due."""
        ...

    def end(self) -> Sequence[Rejected]:
        """The wire was lost: what is pending will not become a frame."""
        ...
