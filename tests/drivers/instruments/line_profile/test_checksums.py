"""Checks at the end of lines, against published check values."""

import pytest

from drivers.instruments.line_profile.checksums import ChecksumKind, check_digits


@pytest.mark.parametrize(
    ("kind", "digits"),
    [
        ("CRC16_CCITT_FALSE", b"29B1"),  # catalogue of parametrised CRC algorithms, CRC-16/IBM-3740
        ("CRC16_MODBUS", b"4B37"),  # the same catalogue, CRC-16/MODBUS
        ("SUM8", b"DD"),  # 31h + ... + 39h = 1DDh
        ("XOR8", b"31"),  # 31h ^ ... ^ 39h
    ],
)
def test_the_check_value_over_one_to_nine(kind: ChecksumKind, digits: bytes) -> None:
    assert check_digits(kind, b"123456789") == digits


def test_a_navigation_sentence_is_checked_by_exclusive_or() -> None:
    """NMEA 0183: what is between $ and *; a sentence of a receiver that knows no position."""
    said = b"GPRMC,000004,V,3714.6284,N,12146.9181,W,0.000,0.0,290697,15.4,E"
    assert check_digits("XOR8", said) == b"4C"
