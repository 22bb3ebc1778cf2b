"""A console that says lines which a profile describes: it is listened to, never asked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dosimetry_core.values import GenerationMode, Timestamp
from drivers.instruments.line_profile.mark import MARK_BYTES, mode_of_line, without_mark
from drivers.instruments.line_profile.profile import LineProfile
from drivers.instruments.line_profile.reading import ChannelSaid, LineReader, LineSaid, ProbeSaid
from drivers.instruments.line_profile.splitting import JOINED, Line, LineSplitter
from drivers.instruments.line_profile.units import DAY_S
from drivers.serial_line import Heard, Sample, Turn, judged
from drivers.telemetry import (
    DeviceClock,
    FrameError,
    Interruption,
    ProbeSample,
    Rejected,
    ThermometerSample,
)


class LineDialogue:
    """The side of a link that listens to lines.

    A line that is no line of the profile is rejected, and leaves a gap before the next one that is:
    what it said is not known.

    Args:
        device: the link's name.
        node_mode: how readings are marked unless the console says that it is simulated.
        profile: the lines.
    """

    advice = "check that the console is on, its cable is in, and its line is set as in the settings"

    def __init__(self, device: str, node_mode: GenerationMode, profile: LineProfile) -> None:
        self._device: Final = device
        self._node_mode: Final = node_mode
        self._profile: Final = profile
        self._splitter: Final = LineSplitter(
            profile.terminator_bytes, profile.max_line_bytes + MARK_BYTES
        )
        self._reader: Final = LineReader(profile)
        self._clock: Final = DeviceClock()
        self._mode = node_mode
        self._sequence = 0
        self._lost = 0
        self._lost_reason = ""
        self._clock_s = 0.0
        self._has_time_of_day: Final = any(
            field.is_ == "CLOCK" and field.unit_or_default == "h:m:s"
            for line in profile.line
            for field in line.fields.values()
        )
        self._midnights = 0

    @property
    def pending(self) -> bytes:
        """Bytes of which it is not yet known what they are."""
        return self._splitter.pending

    def begin(self) -> None:
        """A wire was opened, perhaps to another console, perhaps in the middle of a line."""
        self._splitter.begin()
        self._lost, self._lost_reason = 0, ""

    def turn(self, at: Timestamp) -> Turn:
        """Nothing is sent, and nothing is due."""
        return Turn()

    def feed(self, data: bytes, at: Timestamp) -> Sequence[Heard | Rejected]:
        """Lines as what they say."""
        found: list[Heard | Rejected] = []
        for item in self._splitter.feed(data):
            heard = item if isinstance(item, Rejected) else self._hear(item, at)
            if isinstance(heard, Rejected):
                self._lose(heard)
            found.append(heard)
        return found

    def end(self) -> Sequence[Rejected]:
        """What is pending was cut short."""
        return self._splitter.end()

    def _lose(self, rejected: Rejected) -> None:
        """Count a line that was refused; one that is too long comes in pieces and counts once."""
        if rejected.reason != JOINED and rejected.data.endswith(self._profile.terminator_bytes):
            self._lost += 1
            self._lost_reason = self._lost_reason or rejected.reason

    def _hear(self, line: Line, at: Timestamp) -> Heard | Rejected:
        mark, text = without_mark(line.text)
        try:
            self._mode = mode_of_line(mark, self._node_mode)
            said = self._reader.read(text)
        except FrameError as error:
            return Rejected(line.raw, str(error))
        return self._heard(said, at)

    def _heard(self, said: LineSaid, at: Timestamp) -> Heard:
        interruptions: list[Interruption] = []
        if self._lost:
            reason = f"{self._lost} lines were refused: {self._lost_reason}"
            interruptions.append(Interruption("LOST_FRAMES", self._lost, reason))
            self._lost, self._lost_reason = 0, ""
        then, doubt = at, ""
        if said.clock_s is not None:
            device_s = self._since_midnight_of_the_first_day(said.clock_s)
            then = replace(at, device_time_s=device_s)
            doubt, interruption = self._clock.judge(round(device_s * 1000), at.monotonic_ns)
            if interruption is not None:
                interruptions.append(interruption)
        samples: tuple[Sample, ...] = (
            *(self._probe(probe, then, doubt) for probe in said.probes),
            *(self._channel(channel, then, doubt) for channel in said.channels),
        )
        self._sequence += 1
        return Heard(
            generation_mode=self._mode,
            samples=samples,
            interruptions=tuple(interruptions),
            identity=f"lines of the profile {self._profile.name}",
            device_time_s=then.device_time_s,
            drift_ppm=self._clock.drift_ppm,
        )

    def _since_midnight_of_the_first_day(self, clock_s: float) -> float:
        """A clock that shows the time of day starts anew at midnight, which is no jump."""
        if self._has_time_of_day and self._clock_s - clock_s > DAY_S / 2:
            self._midnights += 1
        self._clock_s = clock_s
        return clock_s + self._midnights * DAY_S

    def _probe(self, said: ProbeSaid, at: Timestamp, doubt: str) -> ProbeSample:
        validity, reason = judged(said.tip_temperature_c, said.fault, doubt)
        return ProbeSample(
            timestamp=at,
            device=self._device,
            generation_mode=self._mode,
            sequence=self._sequence,
            probe=said.probe,
            mode=said.mode,
            power_percent=said.power_percent,
            tip_temperature_c=said.tip_temperature_c,
            gas_pressure_kpa=said.gas_pressure_kpa,
            validity=validity,
            reason=reason,
        )

    def _channel(self, said: ChannelSaid, at: Timestamp, doubt: str) -> ThermometerSample:
        validity, reason = judged(said.temperature_c, said.fault, doubt)
        return ThermometerSample(
            timestamp=at,
            device=self._device,
            generation_mode=self._mode,
            sequence=self._sequence,
            channel=said.channel,
            temperature_c=said.temperature_c,
            validity=validity,
            reason=reason,
        )
