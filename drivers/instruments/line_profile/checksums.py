"""Checks that consoles put at the end of their lines."""

import binascii
from collections.abc import Callable
from functools import reduce
from typing import Literal

from drivers.instruments.crc16_modbus import crc16_modbus

ChecksumKind = Literal["SUM8", "XOR8", "CRC16_CCITT_FALSE", "CRC16_MODBUS"]


def _xor(one: int, other: int) -> int:
    return one ^ other


_CHECKS: dict[ChecksumKind, tuple[Callable[[bytes], int], int]] = {
    "SUM8": (lambda data: sum(data) & 0xFF, 2),
    "XOR8": (lambda data: reduce(_xor, data, 0), 2),
    "CRC16_CCITT_FALSE": (lambda data: binascii.crc_hqx(data, 0xFFFF), 4),
    "CRC16_MODBUS": (crc16_modbus, 4),
}


def check_digits(kind: ChecksumKind, data: bytes) -> bytes:
    """The check of ``data`` as upper-case hexadecimal digits: two, or four for a CRC."""
    compute, digits = _CHECKS[kind]
    return b"%0*X" % (digits, compute(data))
