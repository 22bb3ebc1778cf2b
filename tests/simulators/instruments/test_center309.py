"""The simulated thermometer sends what the data sheets say, and its letters are buttons."""

import asyncio
from pathlib import Path

import pytest
import serial

from dosimetry_core.values import GenerationMode
from simulators.instruments import Center309Simulator


def thermometer() -> Center309Simulator:
    return Center309Simulator(Path("unused"), mode=GenerationMode.TEST)


def test_a_frame_is_forty_five_bytes_with_the_sheets_values() -> None:
    """Data sheet: 02 first, 03 last; 80 is Celsius alone; 00 EF is 23.9, 01 02 is 25.8."""
    simulated = thermometer()
    simulated.sensors[0].temperature_c = 23.9
    simulated.sensors[1].temperature_c = 25.8
    frame = simulated.answer(b"A")
    assert len(frame) == 45
    assert (frame[0], frame[1], frame[44]) == (0x02, 0x80, 0x03)
    assert frame[7:11] == b"\x00\xef\x01\x02"
    assert frame[39] == 0


def test_open_inputs_two_to_four_are_the_sheets_0e() -> None:
    simulated = thermometer()
    for number in (1, 2, 3):
        simulated.sensors[number].state = "OPEN"
    assert simulated.answer(b"A")[39] == 0x0E


@pytest.mark.parametrize(
    ("letters", "flags"),
    [(b"H", 0xA0), (b"C", 0x00), (b"R", 0x90), (b"T", 0x88), (b"E", 0x81), (b"M", 0x82)],
)
def test_every_other_letter_presses_a_button_and_says_nothing(letters: bytes, flags: int) -> None:
    simulated = thermometer()
    assert simulated.answer(letters) == b""
    assert simulated.answer(b"A")[1] == flags
    simulated.answer(b"N" if letters == b"M" else letters)
    assert simulated.answer(b"A")[1] == 0x80


def test_on_hold_it_goes_on_sending_the_old_value() -> None:
    simulated = thermometer()
    simulated.answer(b"H")
    simulated.sensors[0].temperature_c = -50.0
    assert simulated.answer(b"A")[7:9] == b"\x01\x6d"


def test_above_two_hundred_degrees_it_sends_whole_ones() -> None:
    simulated = thermometer()
    simulated.sensors[0].temperature_c = 350.4
    frame = simulated.answer(b"A")
    assert (frame[7:9], frame[43]) == (b"\x01\x5e", 0x01)


def test_it_never_says_real() -> None:
    with pytest.raises(ValueError, match="cannot say REAL"):
        Center309Simulator(Path("unused"), mode=GenerationMode.REAL)


async def test_a_program_of_other_hands_reads_it_on_a_port(tmp_path: Path) -> None:
    simulated = Center309Simulator(tmp_path / "center", mode=GenerationMode.TEST)

    def ask() -> tuple[bytes, bytes]:
        with serial.Serial(str(tmp_path / "center"), 9600, timeout=5) as port:
            port.write(b"K")
            model = port.read_until(b"\r")
            port.write(b"A")
            return model, port.read(45)

    async with simulated.line:
        model, frame = await asyncio.to_thread(ask)
    assert model == b"SIMTEST\r"
    assert frame[7:9] == b"\x01\x6d"
