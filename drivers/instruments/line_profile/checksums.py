"""Checks that consoles put at the end of their lines."""

import binascii
from collections.abc import Callable
from functools import reduce
from typing import Literal

ChecksumKind = Literal["SUM8", "XOR8", "CRC16_CCITT_FALSE", "CRC16_MODBUS"]


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS of ``data``: polynomial 0x8005 reflected, initial value 0xFFFF.

    The check value, over the nine bytes ``123456789``, is 0x4B37 (Modbus over serial line V1.02,
    appendix B).
    """
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


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
