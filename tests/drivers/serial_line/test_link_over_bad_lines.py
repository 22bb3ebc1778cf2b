"""The same listening over lines of every quality, in process and over a real pseudo-terminal."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from dosimetry_core.values import GenerationMode
from drivers.telemetry import (
    Gap,
    ProbeFrame,
    ProbeSample,
    RejectedBytes,
    ThermometerFrame,
    ThermometerSample,
)

Write = Callable[[bytes], Awaitable[None]]
FRAMES = 200


async def whole(write: Write, frame: bytes) -> None:
    await write(frame)


async def one_byte_at_a_time(write: Write, frame: bytes) -> None:
    for byte in frame:
        await write(bytes([byte]))


class RandomLoss:
    """Loses one byte in a hundred."""

    def __init__(self) -> None:
        self._chance = random.Random(2)

    async def __call__(self, write: Write, frame: bytes) -> None:
        await write(bytes(byte for byte in frame if self._chance.random() >= 0.01))


class RandomFlips:
    """Flips a bit in one byte of a hundred."""

    def __init__(self) -> None:
        self._chance = random.Random(3)

    def _carry(self, byte: int) -> int:
        return byte ^ (1 << self._chance.randrange(8) if self._chance.random() < 0.01 else 0)

    async def __call__(self, write: Write, frame: bytes) -> None:
        await write(bytes(self._carry(byte) for byte in frame))


async def with_noise_between(write: Write, frame: bytes) -> None:
    await write(b"\x00\xff$PN" + frame)


class RandomDelay:
    """Breaks frames anywhere and holds the pieces back."""

    def __init__(self) -> None:
        self._chance = random.Random(4)

    async def __call__(self, write: Write, frame: bytes) -> None:
        cut = self._chance.randrange(len(frame))
        await write(frame[:cut])
        await asyncio.sleep(self._chance.choice([0, 0.001]))
        await write(frame[cut:])


def frame(sequence: int) -> ProbeFrame | ThermometerFrame:
    common = {
        "generation_mode": GenerationMode.TEST,
        "sequence": sequence,
        "device_time_ms": sequence * 10,
    }
    if sequence % 3 == 0:
        return ThermometerFrame(channel=1, temperature_c=sequence / 10, **common)
    return ProbeFrame(
        probe=sequence % 3,
        mode="FREEZE",
        power_percent=100,
        tip_temperature_c=-sequence / 10,
        gas_pressure_kpa=20_000 + sequence,
        **common,
    )


@pytest.mark.parametrize(
    "line",
    [
        whole,
        one_byte_at_a_time,
        with_noise_between,
        RandomDelay(),
        RandomLoss(),
        RandomFlips(),
    ],
    ids=["whole", "one byte at a time", "noise between", "delay", "loss", "flipped bits"],
)
async def test_what_is_told_was_sent_and_what_is_missing_is_counted(modem, start, told, line):
    await start(modem)
    await modem.write(frame(0).to_bytes())
    for sequence in range(1, FRAMES):
        await line(modem.write, frame(sequence).to_bytes())
    await modem.write(frame(FRAMES).to_bytes())
    await told.until(lambda t: any(s.sequence == FRAMES for s in t.of(ProbeSample)))

    heard = [v for v in told.values if isinstance(v, ProbeSample | ThermometerSample)]
    numbers = [sample.sequence for sample in heard]
    assert numbers == sorted(set(numbers))
    for sample in heard:
        sent = frame(sample.sequence)
        if isinstance(sample, ProbeSample):
            assert isinstance(sent, ProbeFrame)
            assert sample.probe == sent.probe
            assert sample.tip_temperature_c == sent.tip_temperature_c
            assert sample.gas_pressure_kpa == sent.gas_pressure_kpa
        else:
            assert isinstance(sent, ThermometerFrame)
            assert sample.temperature_c == sent.temperature_c
    missing = FRAMES + 1 - len(numbers)
    assert {gap.cause for gap in told.of(Gap)} <= {"LOST_FRAMES"}
    assert sum(gap.lost_frames or 0 for gap in told.of(Gap)) == missing
    if isinstance(line, RandomLoss | RandomFlips):
        assert 0 < missing < FRAMES
        assert told.of(RejectedBytes)
    else:
        assert missing == 0
