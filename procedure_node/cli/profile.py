"""``procedure-node profile``: record what a console says, and see what a profile makes of it."""

import argparse
import asyncio
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import BinaryIO

from drivers.instruments import (
    JOINED,
    MARK_BYTES,
    Line,
    LineProfile,
    LineReader,
    LineSaid,
    LineSplitter,
    without_mark,
)
from drivers.serial_line import open_serial_port
from drivers.telemetry import FrameError, Rejected
from procedure_node.settings import load_toml


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``profile`` and its own sub-commands."""
    parser = subparsers.add_parser("profile", help="line profiles: record a console, and try one")
    inner = parser.add_subparsers(required=True, metavar="ACTION")
    trying = inner.add_parser(
        "try",
        help="show what a line profile makes of recorded bytes",
        description="Shows each line with what it says or why it is refused, then sums. "
        "Exit status 1 if a line is refused or nothing is read.",
    )
    trying.add_argument("--profile", type=Path, required=True, metavar="P", help="a TOML file")
    trying.add_argument("--capture", type=Path, required=True, metavar="FILE")
    trying.add_argument("--refused", action="store_true", help="show only what is refused")
    trying.set_defaults(run=_try)
    capture = inner.add_parser(
        "capture",
        help="record the bytes that come from a port",
        description="Writes the bytes of a port to a new file until Ctrl-C. Nothing is sent.",
    )
    capture.add_argument("--port", required=True, metavar="PATH")
    capture.add_argument("--baudrate", type=int, default=9600)
    capture.add_argument("--out", type=Path, required=True, metavar="FILE")
    capture.add_argument("--seconds", type=float, metavar="N", help="end after so long")
    capture.set_defaults(run=_capture)


class _Sums:
    """What all lines of a capture come to."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.modes: Counter[str] = Counter()
        self.readings: dict[str, list[float]] = {}
        self.faults: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.skipped_bytes = 0
        self.simulated = 0

    def take(self, said: LineSaid) -> None:
        self.kinds[said.kind] += 1
        for probe in said.probes:
            self.modes[f"probe {probe.probe} {probe.mode}"] += 1
            self._reading(f"probe {probe.probe} tip", probe.tip_temperature_c, probe.fault)
        for channel in said.channels:
            self._reading(f"channel {channel.channel}", channel.temperature_c, channel.fault)

    def refuse(self, raw: bytes, reason: str) -> None:
        self.refused[reason] += 1
        print(f"REFUSED  {raw!r}: {reason}")

    def _reading(self, what: str, temperature_c: float | None, fault: str) -> None:
        numbers = self.readings.setdefault(what, [])
        if temperature_c is None:
            self.faults[f"{what}: {fault}"] += 1
        else:
            numbers.append(temperature_c)

    def lines(self) -> list[str]:
        found = [f"{self.kinds.total()} lines accepted, {self.refused.total()} refused"]
        if self.skipped_bytes:
            found.append(f"{self.skipped_bytes} bytes before the first end of a line were skipped")
        if self.simulated:
            found.append(f"{self.simulated} lines say that the console is simulated")
        found += [f"  {count} x line {kind!r}" for kind, count in self.kinds.items()]
        found += [f"  {count} x {mode}" for mode, count in sorted(self.modes.items())]
        for what, numbers in sorted(self.readings.items()):
            span = f", {min(numbers):g} to {max(numbers):g} C" if numbers else ""
            found.append(f"  {what}: {len(numbers)} temperatures{span}")
        found += [f"  {count} x {fault}" for fault, count in sorted(self.faults.items())]
        found += [f"  {count} x refused: {why}" for why, count in self.refused.most_common()]
        return found


def _try(arguments: argparse.Namespace) -> int:
    profile = load_toml(arguments.profile, LineProfile)
    try:
        captured = arguments.capture.read_bytes()
    except OSError as error:
        print(f"{arguments.capture}: cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    splitter = LineSplitter(profile.terminator_bytes, profile.max_line_bytes + MARK_BYTES)
    reader = LineReader(profile)
    sums = _Sums()
    for item in splitter.feed(captured):
        _tell(item, reader, sums, only_refused=arguments.refused)
    for item in splitter.end():
        sums.skipped_bytes += len(item.data)
        print(f"skipped  {item.data!r}: {item.reason}")
    print("\n".join(sums.lines()))
    if profile.checksum is None:
        print("The lines have no check: a digit that changed on its way cannot be found.")
    return 0 if sums.readings and not sums.refused else 1


def _tell(item: Line | Rejected, reader: LineReader, sums: _Sums, *, only_refused: bool) -> None:
    """One line of the capture, as the node would take it."""
    shown = ""
    if isinstance(item, Rejected):
        if item.reason == JOINED:
            sums.skipped_bytes += len(item.data)
            shown = f"skipped  {item.data!r}: {item.reason}"
        else:
            sums.refuse(item.data, item.reason)
    else:
        mark, text = without_mark(item.text)
        try:
            said = reader.read(text)
        except FrameError as error:
            sums.refuse(item.raw, str(error))
        else:
            sums.take(said)
            sums.simulated += mark is not None
            shown = f"{said.kind:<8} {text.decode('ascii')}  ->  {_values(said)}"
    if shown and not only_refused:
        print(shown)


def _values(said: LineSaid) -> str:
    found = [] if said.clock_s is None else [f"clock {said.clock_s:g} s"]
    for probe in said.probes:
        tip = probe.fault if probe.tip_temperature_c is None else f"{probe.tip_temperature_c:g} C"
        gas = "" if probe.gas_pressure_kpa is None else f", gas {probe.gas_pressure_kpa} kPa"
        mode = "" if probe.mode is None else f" {probe.mode}"
        power = "" if probe.power_percent is None else f" {probe.power_percent} %"
        does = f"{mode}{power}" or " no mode told"
        found.append(f"probe {probe.probe}:{does}, tip {tip}{gas}")
    for channel in said.channels:
        read = channel.fault if channel.temperature_c is None else f"{channel.temperature_c:g} C"
        found.append(f"channel {channel.channel}: {read}")
    return "; ".join(found) or "nothing that is read"


def _capture(arguments: argparse.Namespace) -> int:
    try:
        with arguments.out.open("xb") as file:
            count = asyncio.run(
                _record(arguments.port, arguments.baudrate, arguments.seconds, file)
            )
    except FileExistsError:
        print(f"{arguments.out}: is there already: choose another name", file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{count} bytes: {arguments.out}")
    return 0 if count else 1


async def _record(port: str, baudrate: int, seconds: float | None, file: BinaryIO) -> int:
    """Write what comes from a port until it is lost, the time is over or a signal comes."""
    ended = asyncio.Event()
    lost: list[str] = []

    def keep(data: bytes) -> None:
        file.write(data)
        file.flush()

    def lose(reason: str) -> None:
        lost.append(reason)
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    wire = await open_serial_port(port, baudrate, keep, lose)
    print(f"recording {port} at {baudrate} bit/s; Ctrl-C ends it", flush=True)
    try:
        async with asyncio.timeout(seconds):
            await ended.wait()
    except TimeoutError:
        pass
    finally:
        wire.close()
    if lost:
        print(f"{port}: {lost[0]}", file=sys.stderr)
    return file.tell()
