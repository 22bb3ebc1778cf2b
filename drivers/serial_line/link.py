"""A telemetry link: keeps one serial device connected and tells what it says and fails to say."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog

from dosimetry_core.values import ConnectionState, GenerationMode, Timestamp
from drivers.backoff import Backoff
from drivers.serial_line.options import SerialLinkOptions
from drivers.serial_line.port import open_serial_port
from drivers.serial_line.quarantine import Quarantine
from drivers.serial_line.rejections import Rejections
from drivers.serial_line.samples import sample_of
from drivers.serial_line.wire import WireOpener
from drivers.telemetry import (
    Continuity,
    Decoder,
    Frame,
    Gap,
    GapCause,
    HelloFrame,
    LinkStateChanged,
    Rejected,
    RejectedBytes,
    TelemetryValue,
)

RECONNECT_INITIAL_S = 0.2
"""A replugged USB adapter is usable a few tenths of a second after it appears."""

RECONNECT_MAXIMUM_S = 5.0
"""Nobody in the suite should wait longer for a reading after the plug is back."""

_log = structlog.stdlib.get_logger(__name__)


def host_timestamp() -> Timestamp:
    """The host's wall and monotonic clocks, now."""
    return Timestamp(utc=datetime.now(UTC), monotonic_ns=time.monotonic_ns())


class TelemetryLink:
    """One device's link.

    All values go to ``sink`` on the event loop, in the order in which they happened, but rejected
    bytes in sum, at most once a second. ``sink`` must return at once; an error it raises ends
    ``run``.

    Args:
        options: which device, where, and how it is judged.
        sink: called with each value.
        open_wire: opens the wire; the serial port of ``options`` unless given.
        clock: the host's clocks.
        backoff: the waiting times between tries to connect.
    """

    def __init__(
        self,
        options: SerialLinkOptions,
        sink: Callable[[TelemetryValue], None],
        *,
        open_wire: WireOpener | None = None,
        clock: Callable[[], Timestamp] = host_timestamp,
        backoff: Backoff | None = None,
    ) -> None:
        self._options: Final = options
        self._sink: Final = sink
        self._open_wire: WireOpener = open_wire or partial(
            open_serial_port, options.path, options.baudrate
        )
        self._clock: Final = clock
        self._backoff: Final = backoff or Backoff(RECONNECT_INITIAL_S, RECONNECT_MAXIMUM_S)
        self._continuity: Final = Continuity()
        self._decoder: Final = Decoder()
        self._quarantine: Final = Quarantine(
            options.quarantine_directory, options.name, options.quarantine_limit_bytes
        )
        self._rejections: Final = Rejections(self._quarantine, self._tell_rejected, time.monotonic)
        self._state: ConnectionState | None = None
        self._reason = ""
        self._mode: GenerationMode | None = options.expected_mode
        self._identity = ""
        self._quiet_since_s = 0.0
        self._bytes_since_good = 0
        self._last_refusal = ""
        self._loss_logged = False

    async def run(self) -> None:
        """Keep the link up until cancelled; it ends DISCONNECTED, with its port closed."""
        self._enter(ConnectionState.CONNECTING, f"opening {self._options.path}")
        try:
            while True:
                reason = await self._hold_one_connection()
                self._fall(ConnectionState.DISCONNECTED, "LINK_LOST", reason)
                self._log_loss()
                await asyncio.sleep(self._backoff.next_delay_s())
        finally:
            self._fall(ConnectionState.DISCONNECTED, "LINK_LOST", "the node stopped listening")

    async def _hold_one_connection(self) -> str:
        """Connect and listen; returns why the connection could not be made or was lost."""
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            wire = await self._open_wire(partial(self._receive_into, lost), partial(_settle, lost))
        except OSError as error:
            return str(error)
        try:
            self._quiet_since_s = time.monotonic()
            self._enter(ConnectionState.NEGOTIATING, "waiting for the first good frame")
            return await self._listen_until(lost)
        finally:
            wire.close()
            self._rejections.add(self._clock(), self._decoder.end())
            self._rejections.tell_all()

    async def _listen_until(self, lost: "asyncio.Future[str]") -> str:
        while not lost.done():
            await asyncio.wait([lost], timeout=max(0.0, self._next_check_s() - time.monotonic()))
            self._rejections.tell_if_due()
            if time.monotonic() - self._quiet_since_s >= self._options.silence_s:
                self._fall(ConnectionState.NEGOTIATING, "SILENCE", self._silence())
                self._log_loss()
                self._quiet_since_s = time.monotonic()
        return lost.result()

    def _next_check_s(self) -> float:
        silent_s = self._quiet_since_s + self._options.silence_s
        due_s = self._rejections.due_s
        return silent_s if due_s is None else min(silent_s, due_s)

    def _silence(self) -> str:
        said = f"no good frame for {self._options.silence_s:g} s"
        if self._last_refusal:
            return f"{said}; what came was refused: {self._last_refusal}"
        if self._bytes_since_good:
            return f"{said}, though bytes come: check the baud rate ({self._options.baudrate})"
        return f"{said}: check that the device is on and its cable is in"

    def _receive_into(self, lost: "asyncio.Future[str]", data: bytes) -> None:
        """Receive, and hand an error to ``run`` instead of to the loop's callback."""
        try:
            self._receive(data)
        except Exception as bug:
            if not lost.done():
                lost.set_exception(bug)

    def _receive(self, data: bytes) -> None:
        now = self._clock()
        self._bytes_since_good += len(data)
        rejected: list[Rejected] = []
        for item in self._decoder.feed(data):
            refused = item.reason if isinstance(item, Rejected) else self._accept(item, now)
            if refused:
                self._last_refusal = refused
                raw = item.data if isinstance(item, Rejected) else item.to_bytes()
                rejected.append(Rejected(raw, refused))
        self._rejections.add(now, rejected)

    def _accept(self, frame: Frame, now: Timestamp) -> str:
        """Tell what a frame says; returns why it was not used, empty if it was."""
        expected = self._options.expected_mode
        if expected is not None and frame.generation_mode is not expected:
            return f"marked {frame.generation_mode.value} where {expected.value} is expected"
        judgement = self._continuity.judge(frame, now.monotonic_ns)
        if judgement.refused:
            return judgement.refused
        self._mode = frame.generation_mode
        self._quiet_since_s = time.monotonic()
        self._bytes_since_good = 0
        self._last_refusal = ""
        self._backoff.reset()
        if self._state is not ConnectionState.CONNECTED:
            self._enter(ConnectionState.CONNECTED, self._identity or "frames arrive")
            self._log_recovery()
        at = replace(now, device_time_s=frame.device_time_s)
        for interruption in judgement.interruptions:
            self._tell_gap(at, interruption.cause, interruption.lost_frames, interruption.reason)
        if isinstance(frame, HelloFrame):
            self._identify(frame)
        else:
            self._sink(sample_of(frame, at, self._options.name, judgement.doubt))
        return ""

    def _identify(self, hello: HelloFrame) -> None:
        identity = f"device {hello.device_id}, firmware {hello.firmware}"
        if identity != self._identity:
            if self._identity:
                _log.warning("another device on the port", link=self._options.name, device=identity)
            self._identity = identity
            self._enter(ConnectionState.CONNECTED, identity)

    def _fall(self, state: ConnectionState, cause: GapCause, reason: str) -> None:
        if self._state is ConnectionState.CONNECTED:
            self._tell_gap(self._clock(), cause, None, reason)
        self._enter(state, reason)

    def _enter(self, state: ConnectionState, reason: str) -> None:
        if (state, reason) == (self._state, self._reason):
            return
        self._state, self._reason = state, reason
        self._sink(
            LinkStateChanged(
                timestamp=self._clock(),
                device=self._options.name,
                generation_mode=self._mode,
                role=self._options.role,
                state=state,
                reason=reason,
            )
        )

    def _tell_gap(
        self, at: Timestamp, cause: GapCause, lost_frames: int | None, reason: str
    ) -> None:
        self._sink(
            Gap(
                timestamp=at,
                device=self._options.name,
                generation_mode=self._mode,
                cause=cause,
                lost_frames=lost_frames,
                reason=reason,
            )
        )

    def _tell_rejected(self, at: Timestamp, byte_count: int, reason: str) -> None:
        self._sink(
            RejectedBytes(
                timestamp=at,
                device=self._options.name,
                generation_mode=self._mode,
                byte_count=byte_count,
                reason=reason,
                quarantine_file=str(self._quarantine.path),
            )
        )

    def _log_loss(self) -> None:
        if not self._loss_logged:
            self._loss_logged = True
            _log.warning("telemetry link lost", link=self._options.name, reason=self._reason)

    def _log_recovery(self) -> None:
        self._loss_logged = False
        _log.info("telemetry link up", link=self._options.name)


def _settle(lost: "asyncio.Future[str]", reason: str) -> None:
    if not lost.done():
        lost.set_result(reason)
