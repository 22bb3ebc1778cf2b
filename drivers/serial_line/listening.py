"""A device that speaks the project's own telemetry protocol: it is listened to, never asked."""

from collections.abc import Sequence
from dataclasses import replace

from dosimetry_core.values import GenerationMode, Timestamp
from drivers.serial_line.dialogue import Heard, Turn
from drivers.serial_line.samples import sample_of
from drivers.telemetry import Continuity, Decoder, Frame, HelloFrame, Rejected


class TelemetryDialogue:
    """Frames of docs/telemetry_protocol.md.

    Args:
        device: the link's name.
        expected_mode: the only mark that is let through; None lets all through, as marked.
    """

    advice = "check that the device is on and its cable is in"

    def __init__(self, device: str, expected_mode: GenerationMode | None) -> None:
        self._device = device
        self._expected_mode = expected_mode
        self._decoder = Decoder()
        self._continuity = Continuity()

    def begin(self) -> None:
        """Nothing is pending: the end of the last wire took it."""

    def turn(self, at: Timestamp) -> Turn:
        """Nothing is sent, and nothing is due."""
        return Turn()

    def feed(self, data: bytes, at: Timestamp) -> Sequence[Heard | Rejected]:
        """Frames as what they say; those that must not be used as rejected bytes."""
        return [
            item if isinstance(item, Rejected) else self._heard(item, at)
            for item in self._decoder.feed(data)
        ]

    def end(self) -> Sequence[Rejected]:
        """What is pending was cut short."""
        return self._decoder.end()

    def _heard(self, frame: Frame, at: Timestamp) -> Heard | Rejected:
        expected = self._expected_mode
        if expected is not None and frame.generation_mode is not expected:
            marked = f"marked {frame.generation_mode.value} where {expected.value} is expected"
            return Rejected(frame.to_bytes(), marked)
        judgement = self._continuity.judge(frame, at.monotonic_ns)
        if judgement.refused:
            return Rejected(frame.to_bytes(), judgement.refused)
        identity, samples = "", ()
        if isinstance(frame, HelloFrame):
            identity = f"device {frame.device_id}, firmware {frame.firmware}"
        else:
            then = replace(at, device_time_s=frame.device_time_s)
            samples = (sample_of(frame, then, self._device, judgement.doubt),)
        return Heard(
            generation_mode=frame.generation_mode,
            samples=samples,
            interruptions=judgement.interruptions,
            identity=identity,
            device_time_s=frame.device_time_s,
            drift_ppm=self._continuity.drift_ppm,
        )
