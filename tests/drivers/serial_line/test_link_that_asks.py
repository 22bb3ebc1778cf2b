"""A link whose device speaks only when it is asked."""

import asyncio
import os
import tty
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity, Timestamp
from drivers.backoff import Backoff
from drivers.serial_line import (
    Heard,
    SerialLinkOptions,
    TelemetryLink,
    Turn,
    open_serial_port,
)
from drivers.telemetry import (
    Gap,
    Interruption,
    LinkStateChanged,
    Rejected,
    RejectedBytes,
    ThermometerSample,
)

WAIT_NS = 20_000_000
MISSED = Interruption("LOST_FRAMES", 1, "no answer to ?")


class Questioner:
    """Asks ``?`` every 20 ms, takes each ``!`` as a reading, and whatever else as rejected."""

    advice = "ask for the manual"

    def __init__(self) -> None:
        self.due_ns: int | None = None
        self.answered = True
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1
        self.due_ns, self.answered = None, True

    def feed(self, data: bytes, at: Timestamp) -> Sequence[Heard | Rejected]:
        if data != b"!":
            return [Rejected(data, "no answer at all")]
        self.answered = True
        sample = ThermometerSample(
            timestamp=at,
            device="organs",
            generation_mode=GenerationMode.TEST,
            sequence=0,
            channel=1,
            temperature_c=36.5,
            validity=MeasurementValidity.VALID,
        )
        mode = GenerationMode.TEST
        return [Heard(generation_mode=mode, samples=(sample,), identity="a meter")]

    def turn(self, at: Timestamp) -> Turn:
        if self.due_ns is not None and at.monotonic_ns < self.due_ns:
            return Turn(due_ns=self.due_ns)
        missed = () if self.answered else (MISSED,)
        self.answered = False
        self.due_ns = at.monotonic_ns + WAIT_NS
        return Turn(send=b"?", due_ns=self.due_ns, interruptions=missed)

    def end(self) -> Sequence[Rejected]:
        return []


class AnsweringWire:
    """A wire whose far end answers what it is asked, while it will."""

    def __init__(self) -> None:
        self.answer: bytes | None = b"!"
        self.asked: list[bytes] = []
        self._on_bytes: Callable[[bytes], None] = lambda _: None

    async def open(
        self, on_bytes: Callable[[bytes], None], on_lost: Callable[[str], None]
    ) -> "AnsweringWire":
        self._on_bytes = on_bytes
        return self

    def write(self, data: bytes) -> None:
        self.asked.append(data)
        if self.answer is not None:
            asyncio.get_running_loop().call_soon(self._on_bytes, self.answer)

    def close(self) -> None:
        self._on_bytes = lambda _: None

    async def until_open(self) -> None:
        """It is open as soon as the link asks for it."""


@pytest.fixture
async def asked(told, options: SerialLinkOptions):
    wire = AnsweringWire()
    link = TelemetryLink(options, told, dialogue=Questioner(), open_wire=wire.open)
    running = asyncio.create_task(link.run())
    yield wire
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_device_is_asked_at_once_and_again_when_it_is_due(asked, told) -> None:
    await told.until(lambda t: len(t.of(ThermometerSample)) >= 3)
    assert set(asked.asked) == {b"?"}
    assert told.of(LinkStateChanged)[-1].reason == "a meter"
    assert told.of(Gap) == []


async def test_an_answer_that_does_not_come_is_a_gap_while_the_link_is_up(asked, told) -> None:
    await told.until(lambda t: t.of(ThermometerSample))
    asked.answer = None
    await told.until(lambda t: t.of(Gap))
    gap = told.of(Gap)[0]
    assert (gap.cause, gap.lost_frames, gap.reason) == ("LOST_FRAMES", 1, "no answer to ?")
    asked.answer = b"!"
    readings = len(told.of(ThermometerSample))
    await told.until(lambda t: len(t.of(ThermometerSample)) > readings)


async def test_what_is_no_answer_is_kept_and_told(asked, told) -> None:
    asked.answer = b"garbage"
    await told.until(lambda t: t.of(RejectedBytes))
    assert told.of(RejectedBytes)[0].reason == "no answer at all"


async def test_silence_comes_with_the_protocols_own_advice(told, tmp_path: Path) -> None:
    wire = AnsweringWire()
    wire.answer = None
    quick = SerialLinkOptions(
        name="organs", path="none", quarantine_directory=tmp_path, silence_s=0.05
    )
    link = TelemetryLink(quick, told, dialogue=Questioner(), open_wire=wire.open)
    running = asyncio.create_task(link.run())
    await told.until(lambda t: len(t.of(LinkStateChanged)) == 3)
    assert told.of(LinkStateChanged)[-1].reason == "no good frame for 0.05 s: ask for the manual"
    assert told.of(Gap) == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_questions_reach_a_real_port_and_a_port_that_is_gone_is_lost(
    told, options: SerialLinkOptions, tmp_path: Path
) -> None:
    device_end, port_end = os.openpty()
    tty.setraw(port_end)
    (tmp_path / "port").symlink_to(os.ttyname(port_end))
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(device_end, heard.set)
    dialogue = Questioner()
    link = TelemetryLink(options, told, dialogue=dialogue, backoff=Backoff(0.001, 0.01))
    running = asyncio.create_task(link.run())
    async with asyncio.timeout(20):
        await heard.wait()
    loop.remove_reader(device_end)
    assert os.read(device_end, 64).startswith(b"?")
    (tmp_path / "port").unlink()
    os.close(device_end)
    os.close(port_end)
    await told.until(lambda t: t.of(LinkStateChanged)[-1].state is ConnectionState.DISCONNECTED)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert dialogue.begun >= 1
    assert told.of(Gap) == []


async def test_a_port_that_takes_no_more_bytes_is_lost_with_advice(tmp_path: Path) -> None:
    device_end, port_end = os.openpty()
    tty.setraw(port_end)
    lost: list[str] = []
    port = await open_serial_port(os.ttyname(port_end), 9600, lambda _: None, lost.append)
    for _ in range(1000):
        port.write(b"?" * 1000)
    assert len(lost) == 1
    assert "the port " in lost[0]
    port.close()
    os.close(device_end)
    os.close(port_end)
