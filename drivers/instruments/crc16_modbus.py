"""CRC-16/MODBUS, of Modbus RTU frames and of some consoles' lines."""

_POLYNOMIAL = 0xA001
"""0x8005, its bits in reverse."""


def _entry(byte: int) -> int:
    crc = byte
    for _ in range(8):
        crc = (crc >> 1) ^ _POLYNOMIAL if crc & 1 else crc >> 1
    return crc


_TABLE = tuple(_entry(byte) for byte in range(256))


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS of ``data``: polynomial 0x8005 reflected, initial value 0xFFFF.

    The check value, over the nine bytes ``123456789``, is 0x4B37 (MODBUS over Serial Line V1.02,
    appendix B). It finds every error of up to two bits and every burst of up to sixteen.
    """
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc
