"""The frame check: CRC-16 with polynomial 0x1021."""

import binascii

CRC_INITIAL = 0xFFFF


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740 (also called CCITT-FALSE) of ``data``.

    Polynomial 0x1021, initial value 0xFFFF, not reflected, no final exclusive-or; the check value,
    over the nine bytes ``123456789``, is 0x29B1. It finds every error of up to three bits and every
    burst of up to sixteen in a frame of this protocol.
    """
    return binascii.crc_hqx(data, CRC_INITIAL)
