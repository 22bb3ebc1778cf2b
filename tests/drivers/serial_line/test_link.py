import asyncio
import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest
import structlog

from dosimetry_core.values import (
    ConnectionState,
    GenerationMode,
    MeasurementValidity,
    Timestamp,
)
from drivers.serial_line.telling import Telling
from drivers.telemetry import (
    Gap,
    HelloFrame,
    LinkStateChanged,
    ProbeFrame,
    ProbeSample,
    RejectedBytes,
    TelemetryValue,
    ThermometerFrame,
    ThermometerSample,
)
from tests.drivers.serial_line.told import PATIENCE_S

SILENT = "no good frame for {} s: check that the device is on and its cable is in"


def probe(sequence: int, tip_c: float | None = -100.0, **changes: object) -> bytes:
    given: dict[str, object] = {
        "generation_mode": GenerationMode.TEST,
        "sequence": sequence,
        "device_time_ms": sequence * 10,
        "probe": 1,
        "mode": "FREEZE",
        "power_percent": 100,
        "tip_temperature_c": tip_c,
        "gas_pressure_kpa": 24_500,
    }
    return ProbeFrame(**(given | changes)).to_bytes()


def thermometer(sequence: int, temperature_c: float | None = 36.5, sensor: str = "OK") -> bytes:
    return ThermometerFrame(
        generation_mode=GenerationMode.TEST,
        sequence=sequence,
        device_time_ms=sequence * 10,
        channel=2,
        temperature_c=temperature_c,
        sensor=sensor,
    ).to_bytes()


def hello(sequence: int, device_id: str = "ICE-1") -> bytes:
    return HelloFrame(
        generation_mode=GenerationMode.TEST,
        sequence=sequence,
        device_time_ms=sequence * 10,
        device_id=device_id,
        firmware="1.0",
        probes=(1,),
        thermometers=(2,),
    ).to_bytes()


def states(values: list[LinkStateChanged]) -> list[ConnectionState]:
    return [value.state for value in values]


def sequences(told) -> list[int]:
    return [s.sequence for s in told.of(ProbeSample)]


def has(sequence: int):
    return lambda told: sequence in sequences(told)


def only_entry(file: str) -> dict[str, str]:
    [line] = Path(file).read_text("ascii").splitlines()
    return json.loads(line)


def thread_count() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


async def test_a_link_comes_up_goes_down_and_comes_back(modem, start, told):
    await start(modem)
    await modem.write(probe(1))
    await told.until(has(1))
    await modem.unplug()
    await told.until(lambda t: ConnectionState.DISCONNECTED in states(t.of(LinkStateChanged)))
    await modem.plug()
    await modem.until_open()
    await modem.write(probe(5))
    await told.until(has(5))
    assert [state for state, _ in groupby(states(told.of(LinkStateChanged)))] == [
        ConnectionState.CONNECTING,
        ConnectionState.NEGOTIATING,
        ConnectionState.CONNECTED,
        ConnectionState.DISCONNECTED,
        ConnectionState.NEGOTIATING,
        ConnectionState.CONNECTED,
    ]
    assert [(gap.cause, gap.lost_frames) for gap in told.of(Gap)] == [
        ("LINK_LOST", None),
        ("LOST_FRAMES", 3),
    ]


async def test_a_link_that_stops_says_so_and_gives_its_port_back(modem, start, told):
    task = await start(modem)
    await modem.write(probe(1))
    await told.until(has(1))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.of(LinkStateChanged)[-1].state is ConnectionState.DISCONNECTED
    assert told.of(Gap)[-1].cause == "LINK_LOST"
    await modem.open(lambda _: None, lambda _: None)


async def test_silence_is_a_gap_and_the_next_frame_ends_it(modem, start, told):
    await start(modem, silence_s=0.05)
    await modem.write(probe(1))
    await told.until(lambda t: t.of(Gap))
    await told.until(lambda t: t.of(LinkStateChanged)[-1].state is ConnectionState.NEGOTIATING)
    [gap] = told.of(Gap)
    assert (gap.cause, gap.lost_frames) == ("SILENCE", None)
    await modem.write(probe(2))
    await told.until(has(2))
    changes = [(value.state, value.reason) for value in told.of(LinkStateChanged)]
    lost = changes.index((ConnectionState.NEGOTIATING, SILENT.format(0.05)), 3)
    assert changes[lost + 1] == (ConnectionState.CONNECTED, "frames arrive")


async def test_a_device_that_never_spoke_is_told_once_and_leaves_no_gap(
    modem, start, told, monkeypatch
):
    silences = asyncio.Semaphore(0)
    log_loss = Telling.log_loss

    def counted(telling: Telling) -> None:
        log_loss(telling)
        silences.release()

    monkeypatch.setattr(Telling, "log_loss", counted)
    await start(modem, silence_s=0.02)
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(3):
            await silences.acquire()
    assert [value.reason for value in told.of(LinkStateChanged)][1:] == [
        "waiting for the first good frame",
        SILENT.format(0.02),
    ]
    assert told.of(Gap) == []


async def test_bytes_that_are_no_frames_point_to_the_baud_rate(null_modem, start, told):
    await start(null_modem, silence_s=0.02, baudrate=9600)
    await null_modem.write(b"\xfe\xff" * 10)
    await told.until(lambda t: len(t.of(LinkStateChanged)) == 3)
    assert told.of(LinkStateChanged)[-1].reason == (
        "no good frame for 0.02 s, though bytes come: check the baud rate (9600)"
    )


async def test_rejected_bytes_are_kept_and_told(modem, start, told, tmp_path: Path):
    await start(modem)
    spoilt = probe(2).replace(b"-100.0", b"-900.0")
    await modem.write(probe(1) + spoilt + probe(3))
    await told.until(has(3))
    [rejected] = told.of(RejectedBytes)
    assert rejected.byte_count == len(spoilt)
    assert rejected.reason.startswith("check failed")
    assert Path(rejected.quarantine_file).parent == tmp_path / "quarantine"
    entry = only_entry(rejected.quarantine_file)
    assert bytes.fromhex(entry["bytes_hex"]) == spoilt
    assert entry["device"] == "console-1"
    assert sequences(told) == [1, 3]
    assert [(gap.cause, gap.lost_frames) for gap in told.of(Gap)] == [("LOST_FRAMES", 1)]


async def test_a_repeated_frame_is_one_reading_and_is_kept(modem, start, told):
    await start(modem)
    await modem.write(probe(1) + probe(2) + probe(2) + probe(3))
    await told.until(has(3))
    assert sequences(told) == [1, 2, 3]
    assert [value.reason for value in told.of(RejectedBytes)] == ["sequence 000002 was repeated"]
    assert told.of(Gap) == []


async def test_a_pending_piece_of_a_frame_is_kept_when_the_line_goes(null_modem, start, told):
    await start(null_modem)
    await null_modem.write(probe(1) + probe(2)[:20])
    await null_modem.unplug()
    await told.until(lambda t: t.of(RejectedBytes))
    [rejected] = told.of(RejectedBytes)
    assert (rejected.byte_count, rejected.reason) == (20, "cut short by the end of the stream")


async def test_simulated_data_never_passes_for_real(modem, start, told):
    await start(modem, silence_s=0.1, expected_mode=GenerationMode.REAL)
    await modem.write(probe(1) + hello(2) + thermometer(3))
    await told.until(lambda t: len(t.of(LinkStateChanged)) == 3)
    assert told.of(ProbeSample) == []
    assert told.of(ThermometerSample) == []
    assert ConnectionState.CONNECTED not in states(told.of(LinkStateChanged))
    assert told.of(LinkStateChanged)[-1].reason == (
        "no good frame for 0.1 s; what came was refused: marked TEST where REAL is expected"
    )
    assert sum(value.byte_count for value in told.of(RejectedBytes)) == len(
        probe(1) + hello(2) + thermometer(3)
    )


async def test_every_value_carries_the_device_its_mode_and_the_time_of_arrival(
    null_modem, start, told
):
    arrived = Timestamp(utc=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), monotonic_ns=77)
    await start(null_modem, clock=lambda: arrived)
    await null_modem.write(probe(1) + thermometer(2))
    assert told.of(ProbeSample) == [
        ProbeSample(
            timestamp=Timestamp(arrived.utc, 77, device_time_s=0.01),
            device="console-1",
            generation_mode=GenerationMode.TEST,
            sequence=1,
            probe=1,
            mode="FREEZE",
            power_percent=100,
            tip_temperature_c=-100.0,
            gas_pressure_kpa=24_500,
            validity=MeasurementValidity.VALID,
        )
    ]
    assert told.of(ThermometerSample) == [
        ThermometerSample(
            timestamp=Timestamp(arrived.utc, 77, device_time_s=0.02),
            device="console-1",
            generation_mode=GenerationMode.TEST,
            sequence=2,
            channel=2,
            temperature_c=36.5,
            validity=MeasurementValidity.VALID,
        )
    ]


async def test_a_device_clock_that_stands_is_one_gap_and_doubtful_readings(null_modem, start, told):
    host_s = iter(range(100))

    def clock() -> Timestamp:
        return Timestamp(datetime(2026, 1, 1, tzinfo=UTC), next(host_s) * 1_000_000_000)

    await start(null_modem, clock=clock)
    for sequence in range(1, 7):
        await null_modem.write(probe(sequence, device_time_ms=500))
    doubtful = [s for s in told.of(ProbeSample) if s.validity is not MeasurementValidity.VALID]
    assert {(s.validity, s.reason) for s in doubtful} == {
        (MeasurementValidity.QUESTIONABLE, "the device's clock stands at 0.500 s")
    }
    assert doubtful[-1].sequence == 6
    assert [gap.cause for gap in told.of(Gap)] == ["DEVICE_CLOCK"]


@pytest.mark.parametrize(
    ("frame", "validity", "reason"),
    [
        (probe(1, None, sensor="OPEN"), "INVALID", "the sensor's wire is open"),
        (thermometer(1, None, "SHORT"), "INVALID", "the sensor is short-circuited"),
        (thermometer(1, None, "OVER"), "INVALID", "the temperature is over the sensor's range"),
        (probe(1, None, sensor="UNDER"), "INVALID", "the temperature is under the sensor's range"),
        (probe(1, -270.0), "QUESTIONABLE", "-270.0 C is outside -200 to 150 C"),
        (thermometer(1, 400.0), "QUESTIONABLE", "400.0 C is outside -200 to 150 C"),
    ],
)
async def test_a_reading_that_cannot_be_trusted_says_why(
    null_modem, start, told, frame: bytes, validity: str, reason: str
):
    await start(null_modem)
    await null_modem.write(frame)
    [sample] = [*told.of(ProbeSample), *told.of(ThermometerSample)]
    assert (sample.validity.value, sample.reason) == (validity, reason)


async def test_the_device_says_what_it_is_and_another_device_is_noticed(null_modem, start, told):
    await start(null_modem)
    with structlog.testing.capture_logs() as logs:
        await null_modem.write(hello(0) + hello(1) + hello(2, "ICE-2") + probe(3))
    assert [value.reason for value in told.of(LinkStateChanged)][2:] == [
        "frames arrive",
        "device ICE-1, firmware 1.0",
        "device ICE-2, firmware 1.0",
    ]
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == [
        "another device on the port"
    ]


async def test_loss_and_recovery_are_logged_once_each(null_modem, start, told):
    with structlog.testing.capture_logs() as logs:
        await start(null_modem)
        for sequence in range(1, 10):
            await null_modem.write(probe(sequence))
        await null_modem.unplug()
        await null_modem.until_missed(5)
        await null_modem.plug()
        await told.until(lambda t: states(t.of(LinkStateChanged))[-1] == "NEGOTIATING")
        for sequence in range(10, 20):
            await null_modem.write(probe(sequence))
    assert [(log["log_level"], log["event"]) for log in logs] == [
        ("info", "telemetry link up"),
        ("warning", "telemetry link lost"),
        ("info", "telemetry link up"),
    ]


async def test_an_error_in_the_listener_ends_the_link_with_it(null_modem, start):
    def sink(value: TelemetryValue) -> None:
        if value.timestamp.device_time_s is not None:
            raise RuntimeError("the listener is broken")

    task = await start(null_modem, sink=sink)
    await null_modem.write(probe(1))
    with pytest.raises(RuntimeError, match="the listener is broken"):
        await task
    await null_modem.write(probe(2))


async def test_no_thread_waits_on_a_port(modem, start, told):
    await start(modem)
    await modem.write(probe(1))
    await told.until(has(1))
    before = thread_count()
    for sequence in range(2, 50):
        await modem.write(probe(sequence))
    await told.until(has(49))
    assert thread_count() == before


async def test_a_silence_after_a_good_frame_does_not_blame_older_noise(null_modem, start, told):
    await start(null_modem, silence_s=0.05)
    await null_modem.write(b"noise" + probe(1))
    await told.until(lambda t: t.of(Gap))
    assert told.of(Gap)[0].reason == SILENT.format(0.05)
