import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.values import GenerationMode
from drivers.telemetry import (
    MAX_FRAME_BYTES,
    FrameError,
    HelloFrame,
    ProbeFrame,
    ThermometerFrame,
    crc16,
    parse_frame,
)

PAGE = Path(__file__).parents[3] / "docs" / "telemetry_protocol.md"
VECTORS = [
    line.encode("ascii") + b"\r\n"
    for line in re.findall(r"^\$PNT1,.*$", PAGE.read_text("utf-8"), re.MULTILINE)
]


def crc16_bit_by_bit(data: bytes) -> int:
    """The check as the page describes it, without a table."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
            register &= 0xFFFF
    return register


def with_check(body: bytes) -> bytes:
    return b"$%b*%04X\r\n" % (body, crc16_bit_by_bit(body))


def test_check_value_of_the_crc():
    assert crc16(b"123456789") == 0x29B1 == crc16_bit_by_bit(b"123456789")


@given(st.binary(max_size=200))
def test_crc_agrees_with_its_definition(data: bytes):
    assert crc16(data) == crc16_bit_by_bit(data)


def test_the_page_publishes_four_vectors():
    assert len(VECTORS) == 4


@pytest.mark.parametrize("raw", VECTORS)
def test_published_vectors_carry_the_check_of_the_definition(raw: bytes):
    body, _, check = raw[1:-2].partition(b"*")
    assert check == b"%04X" % crc16_bit_by_bit(body)


@pytest.mark.parametrize(
    ("raw", "frame"),
    list(
        zip(
            VECTORS,
            [
                HelloFrame(
                    generation_mode=GenerationMode.DEMO,
                    sequence=0,
                    device_time_ms=0,
                    device_id="ICE-1",
                    firmware="1.0",
                    probes=(1, 2, 3, 4),
                    thermometers=(1, 2),
                ),
                ProbeFrame(
                    generation_mode=GenerationMode.DEMO,
                    sequence=1,
                    device_time_ms=1_000,
                    probe=1,
                    mode="FREEZE",
                    power_percent=100,
                    tip_temperature_c=-120.4,
                    gas_pressure_kpa=24_500,
                ),
                ProbeFrame(
                    generation_mode=GenerationMode.REAL,
                    sequence=999_999,
                    device_time_ms=4_567_890,
                    probe=2,
                    mode="THAW",
                    power_percent=0,
                    tip_temperature_c=None,
                    gas_pressure_kpa=None,
                    sensor="OPEN",
                ),
                ThermometerFrame(
                    generation_mode=GenerationMode.TEST,
                    sequence=2,
                    device_time_ms=1_000,
                    channel=1,
                    temperature_c=36.4,
                ),
            ],
            strict=True,
        )
    ),
)
def test_published_vectors_are_read_and_written_byte_for_byte(raw: bytes, frame):
    assert parse_frame(raw) == frame
    assert frame.to_bytes() == raw


@given(data=st.data())
def test_every_frame_comes_back_from_its_bytes(data: st.DataObject, frames):
    frame = data.draw(frames)
    raw = frame.to_bytes()
    assert parse_frame(raw) == frame
    assert type(frame).from_bytes(raw) == frame
    assert len(raw) <= MAX_FRAME_BYTES


def test_a_temperature_is_held_at_the_resolution_of_the_wire():
    frame = ThermometerFrame(
        generation_mode=GenerationMode.TEST,
        sequence=0,
        device_time_ms=0,
        channel=1,
        temperature_c=-0.04,
    )
    assert str(frame.temperature_c) == "0.0"
    assert b",THERM,1,0.0,OK*" in frame.to_bytes()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PNT2,DEMO,000001,1.000,THERM,1,36.4,OK", "protocol 'PNT2'"),
        (b"PNT1,LIVE,000001,1.000,THERM,1,36.4,OK", "generation mode 'LIVE'"),
        (b"PNT1,DEMO,1,1.000,THERM,1,36.4,OK", "sequence '1'"),
        (b"PNT1,DEMO,000001,1.0,THERM,1,36.4,OK", "device time '1.0'"),
        (b"PNT1,DEMO,000001,01.000,THERM,1,36.4,OK", "device time '01.000'"),
        (b"PNT1,DEMO,000001,1.000,CLOCK,1,36.4,OK", "frame type 'CLOCK'"),
        (b"PNT1,DEMO,000001,1.000", "4 fields, at least 5"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,36.4", "3 fields after its type, this has 2"),
        (b"PNT1,DEMO,000001,1.000,THERM,0,36.4,OK", "channel '0'"),
        (b"PNT1,DEMO,000001,1.000,THERM,65,36.4,OK", "channel '65'"),
        (b"PNT1,DEMO,000001,1.000,THERM,01,36.4,OK", "channel '01'"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,36,OK", "temperature '36'"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,+36.4,OK", "temperature '+36.4'"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,-0.0,OK", "temperature '-0.0'"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,nan,OK", "temperature 'nan'"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,,OK", "does not go with sensor status OK"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,36.4,OPEN", "does not go with sensor status OPEN"),
        (b"PNT1,DEMO,000001,1.000,THERM,1,,BROKEN", "sensor status 'BROKEN'"),
        (b"PNT1,DEMO,000001,1.000,PROBE,1,COOL,100,-9.0,1,OK", "mode 'COOL'"),
        (b"PNT1,DEMO,000001,1.000,PROBE,1,FREEZE,101,-9.0,1,OK", "power '101'"),
        (b"PNT1,DEMO,000001,1.000,PROBE,1,FREEZE,100,-9.0,-1,OK", "pressure '-1'"),
        (b"PNT1,DEMO,000001,1.000,HELLO,A B,1.0,1,1", "device id 'A B'"),
        (b"PNT1,DEMO,000001,1.000,HELLO,A,,1,1", "firmware ''"),
        (b"PNT1,DEMO,000001,1.000,HELLO,A,1,2;1,1", "not strictly ascending"),
        (b"PNT1,DEMO,000001,1.000,HELLO,A,1,1;,1", "probes ''"),
        ("PNT1,DEMO,000001,1.000,THERM,1,3\u00b2.4,OK".encode("latin-1"), "not ASCII"),
        ("PNT1,DEMO,00000\u0661,1.000,THERM,1,36.4,OK".encode(), "not ASCII"),
    ],
)
def test_a_frame_that_departs_from_the_page_is_refused_with_its_reason(body: bytes, reason: str):
    with pytest.raises(FrameError, match=re.escape(reason)):
        parse_frame(with_check(body))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (VECTORS[3].replace(b"36.4", b"36.5"), "check failed"),
        (VECTORS[3].replace(b"*DB72", b"*db72"), "check failed"),
        (VECTORS[3].replace(b"*DB72", b""), "no check"),
        (VECTORS[3].replace(b"\r\n", b"\n"), "ends with CR LF"),
        (VECTORS[3][1:], "starts with $"),
        (b"", "starts with $"),
        (with_check(b"PNT1,DEMO,000001,1.000,THERM,1,36.4,OK" + b"," * 150), "192 bytes"),
    ],
)
def test_an_envelope_that_is_not_whole_is_refused(raw: bytes, reason: str):
    with pytest.raises(FrameError, match=re.escape(reason)):
        parse_frame(raw)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sequence": 1_000_000}, "sequence 1000000"),
        ({"device_time_ms": -1}, "device time -1"),
        ({"probe": 0}, "probe 0"),
        ({"power_percent": 101}, "power 101"),
        ({"gas_pressure_kpa": 100_000}, "pressure 100000"),
        ({"tip_temperature_c": float("nan")}, "tip temperature nan"),
        ({"tip_temperature_c": 1_000.0}, "tip temperature 1000.0"),
        ({"tip_temperature_c": None}, "does not go with sensor status OK"),
    ],
)
def test_a_frame_that_the_wire_cannot_carry_cannot_be_made(change: dict[str, object], reason: str):
    good: dict[str, object] = {
        "generation_mode": GenerationMode.TEST,
        "sequence": 1,
        "device_time_ms": 1,
        "probe": 1,
        "mode": "OFF",
        "power_percent": 0,
        "tip_temperature_c": 20.0,
        "gas_pressure_kpa": None,
    }
    with pytest.raises(FrameError, match=re.escape(reason)):
        ProbeFrame(**(good | change))
