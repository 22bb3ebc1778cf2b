"""A telemetry link: keeps one serial device connected and tells what it says and fails to say."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from dosimetry_core.values import ConnectionState, Timestamp
from drivers.backoff import Backoff
from drivers.serial_line.dialogue import Dialogue, Heard
from drivers.serial_line.listening import TelemetryDialogue
from drivers.serial_line.options import SerialLinkOptions
from drivers.serial_line.port import open_serial_port
from drivers.serial_line.quarantine import Quarantine
from drivers.serial_line.rejections import Rejections
from drivers.serial_line.telling import Telling
from drivers.serial_line.wire import Wire, WireOpener
from drivers.telemetry import Rejected, TelemetryValue

RECONNECT_INITIAL_S = 0.2
"""A replugged USB adapter is usable a few tenths of a second after it appears."""

RECONNECT_MAXIMUM_S = 5.0
"""Nobody in the suite should wait longer for a reading after the plug is back."""


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
        dialogue: the device's protocol; the project's own telemetry protocol unless given.
        open_wire: opens the wire; the serial port of ``options`` unless given.
        clock: the host's clocks.
        backoff: the waiting times between tries to connect.
    """

    def __init__(
        self,
        options: SerialLinkOptions,
        sink: Callable[[TelemetryValue], None],
        *,
        dialogue: Dialogue | None = None,
        open_wire: WireOpener | None = None,
        clock: Callable[[], Timestamp] = host_timestamp,
        backoff: Backoff | None = None,
    ) -> None:
        self._options: Final = options
        self._dialogue: Final[Dialogue] = dialogue or TelemetryDialogue(
            options.name, options.expected_mode
        )
        self._open_wire: WireOpener = open_wire or partial(
            open_serial_port, options.path, options.baudrate
        )
        self._clock: Final = clock
        self._backoff: Final = backoff or Backoff(RECONNECT_INITIAL_S, RECONNECT_MAXIMUM_S)
        quarantine = Quarantine(
            options.quarantine_directory, options.name, options.quarantine_limit_bytes
        )
        self._telling: Final = Telling(options, sink, clock, str(quarantine.path))
        self._rejections: Final = Rejections(quarantine, self._telling.rejected, time.monotonic)
        self._quiet_since_s = 0.0
        self._bytes_since_good = 0
        self._last_refusal = ""
        self._wire: Wire | None = None
        self._wake: Final = asyncio.Event()
        self._waking_s = math.inf
        self._turn_s = math.inf

    async def run(self) -> None:
        """Keep the link up until cancelled; it ends DISCONNECTED, with its port closed."""
        self._telling.enter(ConnectionState.CONNECTING, f"opening {self._options.path}")
        try:
            while True:
                reason = await self._hold_one_connection()
                self._telling.fall(ConnectionState.DISCONNECTED, "LINK_LOST", reason)
                self._telling.log_loss()
                await asyncio.sleep(self._backoff.next_delay_s())
        finally:
            self._telling.fall(
                ConnectionState.DISCONNECTED, "LINK_LOST", "the node stopped listening"
            )

    async def _hold_one_connection(self) -> str:
        """Connect and listen; returns why the connection could not be made or was lost."""
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        lost.add_done_callback(lambda _: self._wake.set())
        self._dialogue.begin()
        try:
            wire = await self._open_wire(partial(self._receive_into, lost), partial(_settle, lost))
        except OSError as error:
            return str(error)
        self._wire = wire
        try:
            self._quiet_since_s = time.monotonic()
            self._telling.enter(ConnectionState.NEGOTIATING, "waiting for the first good frame")
            return await self._listen_until(lost)
        finally:
            self._wire = None
            wire.close()
            self._rejections.add(self._clock(), self._dialogue.end())
            self._rejections.tell_all()

    async def _listen_until(self, lost: "asyncio.Future[str]") -> str:
        self._take_turn()
        while not lost.done():
            await self._sleep_until(self._next_check_s())
            if time.monotonic() >= self._turn_s:
                self._take_turn()
            self._rejections.tell_if_due()
            if time.monotonic() - self._quiet_since_s >= self._options.silence_s:
                self._telling.fall(ConnectionState.NEGOTIATING, "SILENCE", self._silence())
                self._telling.log_loss()
                self._quiet_since_s = time.monotonic()
        return lost.result()

    async def _sleep_until(self, due_s: float) -> None:
        self._wake.clear()
        self._waking_s = due_s
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due_s - time.monotonic())):
                await self._wake.wait()

    def _next_check_s(self) -> float:
        due_s = self._rejections.due_s
        silent_s = self._quiet_since_s + self._options.silence_s
        return min(silent_s, self._turn_s, math.inf if due_s is None else due_s)

    def _silence(self) -> str:
        said = f"no good frame for {self._options.silence_s:g} s"
        if self._last_refusal:
            return f"{said}; what came was refused: {self._last_refusal}"
        if self._bytes_since_good:
            return f"{said}, though bytes come: check the baud rate ({self._options.baudrate})"
        return f"{said}: {self._dialogue.advice}"

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
        for item in self._dialogue.feed(data, now):
            if isinstance(item, Rejected):
                self._last_refusal = item.reason
                rejected.append(item)
            else:
                self._take(item, now)
        self._rejections.add(now, rejected)
        self._take_turn()

    def _take(self, heard: Heard, now: Timestamp) -> None:
        """Tell what a frame says."""
        self._telling.mode = heard.generation_mode
        self._quiet_since_s = time.monotonic()
        self._bytes_since_good = 0
        self._last_refusal = ""
        self._backoff.reset()
        self._telling.connect()
        self._telling.gaps(replace(now, device_time_s=heard.device_time_s), heard.interruptions)
        self._telling.identify(heard.identity)
        self._telling.samples(heard.samples)
        self._telling.drift(heard.drift_ppm)

    def _take_turn(self) -> None:
        """Let the dialogue send what it has to, and remember when it wants its next turn."""
        now = self._clock()
        turn = self._dialogue.turn(now)
        self._refuse(turn.rejected, now)
        if self._telling.is_connected:
            self._telling.gaps(now, turn.interruptions)
        if turn.due_ns is None:
            self._turn_s = math.inf
        else:
            self._turn_s = time.monotonic() + (turn.due_ns - now.monotonic_ns) / 1e9
        if self._turn_s < self._waking_s:
            self._wake.set()
        if turn.send and self._wire is not None:
            self._wire.write(turn.send)

    def _refuse(self, rejected: Sequence[Rejected], now: Timestamp) -> None:
        if rejected:
            self._last_refusal = rejected[-1].reason
            self._rejections.add(now, rejected)


def _settle(lost: "asyncio.Future[str]", reason: str) -> None:
    if not lost.done():
        lost.set_result(reason)
