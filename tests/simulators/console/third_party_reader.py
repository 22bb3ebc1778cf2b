"""A reader written from docs/telemetry_protocol.md alone: plain pyserial, nothing of this project.

Usage: third_party_reader.py PORT COUNT; prints COUNT frames as JSON lines.
"""

import json
import sys

import serial

KINDS = {
    "PROBE": ["probe", "mode", "power", "tip_c", "pressure_kpa", "sensor"],
    "THERM": ["channel", "temperature_c", "sensor"],
    "HELLO": ["device", "firmware", "probes", "thermometers"],
}


def check(body):
    register = 0xFFFF
    for byte in body:
        for bit in range(7, -1, -1):
            carry = (register >> 15) ^ ((byte >> bit) & 1)
            register = (register << 1) & 0xFFFF
            if carry:
                register ^= 0x1021
    return register


def read(line):
    if not (line.startswith(b"$") and line.endswith(b"\r\n") and len(line) <= 192):
        return None
    body, check_text = line[1:-2].split(b"*")
    if int(check_text, 16) != check(body):
        return None
    protocol, mode, sequence, seconds, kind, *rest = body.decode("ascii").split(",")
    assert protocol == "PNT1"
    names = KINDS[kind]
    assert len(rest) == len(names)
    frame = {"kind": kind, "generation_mode": mode, "sequence": int(sequence)}
    return frame | {"seconds": float(seconds)} | dict(zip(names, rest, strict=True))


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    found = 0
    with serial.Serial(path, 115200, timeout=20) as port:
        while found < count:
            line = port.readline()
            if not line:
                sys.exit("nothing came")
            frame = read(line)
            if frame is not None:
                sys.stdout.write(json.dumps(frame) + "\n")
                found += 1


main()
