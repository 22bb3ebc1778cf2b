"""The simulated module answers as the manual prints it, and is silent where the manual says so."""

import asyncio
from pathlib import Path

import pytest
import serial

from dosimetry_core.values import GenerationMode
from simulators.instruments import Adam4000Simulator


def module(**changes: object) -> Adam4000Simulator:
    return Adam4000Simulator(Path("unused"), mode=GenerationMode.TEST, **changes)


def test_a_configuration_is_written_as_the_manual_prints_it() -> None:
    """ADAM-4000 manual, $AA2: address 45, range, 9600 baud (06), format 00."""
    assert module(kind="4018", address=0x45, type_code="10").answer(b"$452\r") == b"!45100600\r"


def test_a_channels_range_is_written_as_the_manual_prints_it() -> None:
    """ADAM-4000 manual, $AA8Ci: ``$028C5`` is answered ``!02C5R21``."""
    pt100 = module(kind="4015", address=2, type_code="21")
    assert pt100.answer(b"$028C5\r") == b"!02C5R21\r"


def test_with_its_checksum_it_hears_and_says_the_published_ones() -> None:
    """ADLINK manual: ``$012B7``; the answer's checksum is the sum of its characters."""
    said = module(kind="4018", checksum=True).answer(b"$012B7\r")
    assert said.startswith(b"!01100640")
    assert said[-3:-1] == b"%02X" % (sum(said[:-3]) % 256)


@pytest.mark.parametrize(
    "command",
    [b"$022\r", b"$01\x0f\r", b"012\r", b"$1\r", b"\r", b"%0101100600\r", b"$012", b"$01 2\r"],
)
def test_it_is_silent_to_another_address_and_to_errors(command: bytes) -> None:
    assert module().answer(command) == (b"?01\r" if command == b"$01\r" else b"")


@pytest.mark.parametrize("command", [b"$012\r", b"$012B8\r", b"$012b7\r"])
def test_it_is_silent_without_the_right_checksum(command: bytes) -> None:
    assert module(checksum=True).answer(command) == b""


def test_it_refuses_what_it_does_not_know_and_an_input_it_does_not_have() -> None:
    assert module(kind="4018").answer(b"$01B\r#019\r") == b"?01\r?01\r"


def test_open_over_and_under() -> None:
    simulated = module(kind="4018+", type_code="10")
    simulated.sensors[0].state = "OPEN"
    simulated.sensors[2].temperature_c = 401.0
    simulated.sensors[4].temperature_c = -120.0
    assert simulated.answer(b"$01B\r") == b"!0115\r"
    assert simulated.answer(b"#01\r") == (b">+9999+036.50+9999+036.50-0000+036.50+036.50+036.50\r")


def test_it_never_says_real() -> None:
    with pytest.raises(ValueError, match="cannot say REAL"):
        Adam4000Simulator(Path("unused"), mode=GenerationMode.REAL)


async def test_a_program_of_other_hands_reads_it_on_a_port(tmp_path: Path) -> None:
    simulated = Adam4000Simulator(tmp_path / "adam", mode=GenerationMode.TEST)

    def ask() -> bytes:
        with serial.Serial(str(tmp_path / "adam"), 9600, timeout=5) as port:
            port.write(b"#0")
            port.write(b"13\r")
            return port.read_until(b"\r")

    async with simulated.line:
        assert await asyncio.to_thread(ask) == b">+036.50\r"
