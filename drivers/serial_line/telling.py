"""What a link tells its listener and the log: state, gaps, rejected bytes, clock drift."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from dosimetry_core.values import ConnectionState, GenerationMode, Timestamp
from drivers.serial_line.dialogue import Sample
from drivers.serial_line.options import SerialLinkOptions
from drivers.telemetry import (
    Gap,
    GapCause,
    Interruption,
    LinkStateChanged,
    RejectedBytes,
    TelemetryValue,
)

DRIFT_STEP_PPM = 100.0
"""A drift is told when it moved by so much: nine seconds a day, more than a quartz wanders."""

_log = structlog.stdlib.get_logger(__name__)


class Telling:
    """The voice of one link.

    Args:
        options: which device.
        sink: called with each value.
        clock: the host's clocks.
        quarantine_file: where rejected bytes are kept.
    """

    def __init__(
        self,
        options: SerialLinkOptions,
        sink: Callable[[TelemetryValue], None],
        clock: Callable[[], Timestamp],
        quarantine_file: str,
    ) -> None:
        self._options: Final = options
        self._sink: Final = sink
        self._clock: Final = clock
        self._quarantine_file: Final = quarantine_file
        self._state: ConnectionState | None = None
        self._reason = ""
        self._identity = ""
        self._loss_logged = False
        self._drift_told_ppm = 0.0
        self.mode: GenerationMode | None = options.expected_mode
        """How the values that no frame carries are marked: as the last frame was."""

    @property
    def is_connected(self) -> bool:
        """Whether good frames come."""
        return self._state is ConnectionState.CONNECTED

    def enter(self, state: ConnectionState, reason: str) -> None:
        """The link is in another state, or in the same one for another reason."""
        if (state, reason) == (self._state, self._reason):
            return
        self._state, self._reason = state, reason
        self._sink(
            LinkStateChanged(
                timestamp=self._clock(),
                device=self._options.name,
                generation_mode=self.mode,
                role=self._options.role,
                state=state,
                reason=reason,
            )
        )

    def fall(self, state: ConnectionState, cause: GapCause, reason: str) -> None:
        """The link lost its device, or never had it."""
        if self.is_connected:
            self.gaps(self._clock(), (Interruption(cause, None, reason),))
        self.enter(state, reason)

    def connect(self) -> None:
        """A good frame came."""
        if not self.is_connected:
            self.enter(ConnectionState.CONNECTED, self._identity or "frames arrive")
            self._loss_logged = False
            _log.info("telemetry link up", link=self._options.name)

    def identify(self, identity: str) -> None:
        """The device said what it is."""
        if identity and identity != self._identity:
            if self._identity:
                _log.warning("another device on the port", link=self._options.name, device=identity)
            self._identity = identity
            self.enter(ConnectionState.CONNECTED, identity)

    def gaps(self, at: Timestamp, interruptions: Sequence[Interruption]) -> None:
        """What went missing is not known."""
        for each in interruptions:
            self._sink(
                Gap(
                    timestamp=at,
                    device=self._options.name,
                    generation_mode=self.mode,
                    cause=each.cause,
                    lost_frames=each.lost_frames,
                    reason=each.reason,
                )
            )

    def samples(self, samples: Sequence[Sample]) -> None:
        """Readings came."""
        for sample in samples:
            self._sink(sample)

    def rejected(self, at: Timestamp, byte_count: int, reason: str) -> None:
        """Bytes were not used."""
        self._sink(
            RejectedBytes(
                timestamp=at,
                device=self._options.name,
                generation_mode=self.mode,
                byte_count=byte_count,
                reason=reason,
                quarantine_file=self._quarantine_file,
            )
        )

    def drift(self, drift_ppm: float | None) -> None:
        """The device's clock runs so many parts per million fast; logged when that changed."""
        if drift_ppm is not None and abs(drift_ppm - self._drift_told_ppm) >= DRIFT_STEP_PPM:
            self._drift_told_ppm = drift_ppm
            _log.info(
                "the device's clock drifts", link=self._options.name, fast_by_ppm=round(drift_ppm)
            )

    def log_loss(self) -> None:
        """Log once that the link is lost, until it is up again."""
        if not self._loss_logged:
            self._loss_logged = True
            _log.warning("telemetry link lost", link=self._options.name, reason=self._reason)
