import random
from pathlib import Path

import pytest

from drivers.telemetry import HelloFrame, ProbeFrame, ThermometerFrame
from simulators.console import ConsoleSettings
from simulators.console.device import HELLO_INTERVAL_S, ConsoleDevice


@pytest.fixture
def device(tmp_path: Path) -> ConsoleDevice:
    settings = ConsoleSettings(link=tmp_path / "port", probes=2, thermometers=1)
    return ConsoleDevice(settings, random.Random(1))


def test_a_console_says_hello_first_and_then_every_ten_seconds(device: ConsoleDevice):
    hellos = [
        second
        for second in range(25)
        if isinstance(device.frames(float(second), clock_runs=True)[0], HelloFrame)
    ]
    assert hellos == [0, 10, 20]


def test_every_probe_and_channel_speaks_with_one_number_after_the_other(device: ConsoleDevice):
    frames = device.frames(0.0, clock_runs=True) + device.frames(1.0, clock_runs=True)
    assert [frame.sequence for frame in frames] == list(range(7))
    assert [type(frame) for frame in frames] == [
        HelloFrame,
        *[ProbeFrame, ProbeFrame, ThermometerFrame] * 2,
    ]


def test_a_standing_clock_stays_where_it_was(device: ConsoleDevice):
    device.frames(4.0, clock_runs=True)
    assert {f.device_time_s for f in device.frames(9.0, clock_runs=False)} == {4.0}
    assert {f.device_time_s for f in device.frames(9.5, clock_runs=True)} == {9.5}


def test_a_restart_begins_numbers_and_clock_anew_and_turns_all_off(device: ConsoleDevice):
    device.set_mode(1, "FREEZE", 100)
    device.advance(60.0)
    device.frames(60.0, clock_runs=True)
    device.restart(61.0)
    hello, first, *_ = device.frames(61.5, clock_runs=True)
    assert isinstance(hello, HelloFrame)
    assert (hello.sequence, hello.device_time_s) == (0, 0.5)
    assert isinstance(first, ProbeFrame)
    assert first.mode == "OFF"
    assert first.tip_temperature_c is not None
    assert first.tip_temperature_c < -100


def test_a_broken_sensor_gives_no_number(device: ConsoleDevice):
    device.set_probe_sensor(2, "OPEN")
    device.set_thermometer_sensor(1, "UNDER")
    *_, probe, thermometer = device.frames(HELLO_INTERVAL_S, clock_runs=True)
    assert isinstance(probe, ProbeFrame)
    assert (probe.tip_temperature_c, probe.sensor) == (None, "OPEN")
    assert isinstance(thermometer, ThermometerFrame)
    assert (thermometer.temperature_c, thermometer.sensor) == (None, "UNDER")


def test_an_active_thaw_shows_the_helium_supply(device: ConsoleDevice):
    device.set_mode(1, "HEAT", 100)
    frames = [f for f in device.frames(0.0, clock_runs=True) if isinstance(f, ProbeFrame)]
    assert [frame.gas_pressure_kpa for frame in frames] == [16_000, 31_000]


@pytest.mark.parametrize(
    "command",
    [
        lambda d: d.set_mode(3, "OFF", 0),
        lambda d: d.set_mode(1, "MELT", 0),
        lambda d: d.set_mode(1, "FREEZE", 101),
        lambda d: d.set_cooling(2, 1.0),
        lambda d: d.set_probe_sensor(0, "OK"),
        lambda d: d.set_thermometer_sensor(2, "OK"),
    ],
)
def test_what_is_not_there_is_refused(device: ConsoleDevice, command):
    with pytest.raises(ValueError, match=r"there is no|cannot be set"):
        command(device)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"probes": 17}, "probes is 17"),
        ({"thermometers": -1}, "thermometers is -1"),
        ({"period_s": 2.0}, r"period_s is 2\.0"),
        ({"speed": 0.0}, r"speed is 0\.0"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(tmp_path: Path, change, words: str):
    with pytest.raises(ValueError, match=words):
        ConsoleSettings(link=tmp_path / "port", **change)
