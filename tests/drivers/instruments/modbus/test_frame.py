"""Frames of Modbus RTU against the examples of the specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.instruments.crc16_modbus import crc16_modbus
from drivers.instruments.modbus.frame import (
    Read,
    data_of,
    find_answer,
    identification,
    sealed,
    vendor_of,
)
from drivers.telemetry import FrameError


def test_the_published_crcs() -> None:
    """Check value of the catalogue; MODBUS over Serial Line V1.02, appendix B: 02 07 -> 41 12."""
    assert crc16_modbus(b"123456789") == 0x4B37
    assert sealed(b"\x02\x07") == bytes.fromhex("0207 4112")


@pytest.mark.parametrize(
    ("read", "asked", "answered", "data"),
    [  # MODBUS Application Protocol V1.1b3, the examples of 6.1, 6.2, 6.3 and 6.4
        (Read(1, 0x13, 0x13), "01 0013 0013", "01 03 CD6B05", "CD6B05"),
        (Read(2, 0xC4, 0x16), "02 00C4 0016", "02 03 ACDB35", "ACDB35"),
        (Read(3, 0x6B, 3), "03 006B 0003", "03 06 022B00000064", "022B00000064"),
        (Read(4, 8, 1), "04 0008 0001", "04 02 000A", "000A"),
    ],
)
def test_the_specifications_examples(read: Read, asked: str, answered: str, data: str) -> None:
    unit = b"\x11"
    question = read.question(0x11)
    assert question.data == sealed(unit + bytes.fromhex(asked))
    answer = sealed(unit + bytes.fromhex(answered))
    assert find_answer(question, answer) == (0, len(answer))
    assert data_of(answer, read) == bytes.fromhex(data)


def test_an_identification_as_the_specification_prints_it() -> None:
    """V1.1b3, 6.21: object 0 is the vendor's name."""
    question = identification(1)
    assert question.data[:5] == bytes.fromhex("01 2B0E0100")
    objects = b"\x00\x16Company identification" + b"\x02\x05V2.11"
    answer = sealed(bytes.fromhex("01 2B0E01 01 00 00 02") + objects)
    assert find_answer(question, answer) == (0, len(answer))
    assert find_answer(question, answer[:-1]) is None
    assert vendor_of(answer) == "Company identification"
    assert vendor_of(sealed(bytes.fromhex("01 AB 01"))) == ""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (1, "does not know the function"),
        (2, "no such register"),
        (3, "take the count"),
        (9, "no reason"),
    ],
)
def test_an_exception_says_why(code: int, why: str) -> None:
    read = Read(3, 0, 1)
    answer = sealed(bytes((1, 0x83, code)))
    assert find_answer(read.question(1), answer) == (0, 5)
    with pytest.raises(FrameError, match=why):
        data_of(answer, read)


def test_another_count_of_data_is_refused() -> None:
    with pytest.raises(FrameError, match="4 bytes of data came, 2 were asked for"):
        data_of(sealed(bytes((1, 3, 4, 0, 0, 0, 0))), Read(3, 0, 1))


def test_another_units_answer_is_none() -> None:
    assert find_answer(Read(4, 0, 1).question(1), sealed(bytes((2, 4, 2, 0, 10)))) is None


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_an_answer_is_found_in_any_noise(before: bytes, after: bytes) -> None:
    question = Read(4, 0, 2).question(9)
    answer = sealed(bytes((9, 4, 4, 1, 2, 3, 4)))
    span = find_answer(question, before + answer + after)
    assert span is not None
    assert (before + answer + after)[slice(*span)] == answer
