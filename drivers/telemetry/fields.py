"""How each field of a frame is written: one way only, so that equal frames are equal bytes."""

import re
from typing import Literal, cast, get_args

from dosimetry_core.values import GenerationMode

ConsoleMode = Literal["OFF", "FREEZE", "THAW", "HEAT", "STICK", "TEST"]
"""THAW is passive (gas off), HEAT is active (helium or an electric heater)."""

SensorStatus = Literal["OK", "OPEN", "SHORT", "OVER", "UNDER"]
"""OK comes with a number; OPEN wire, SHORT circuit, OVER and UNDER range come without one."""

PROTOCOL_WORD = "PNT1"
SEQUENCE_MODULUS = 1_000_000
MAX_FRAME_BYTES = 192
"""From ``$`` to line feed. The longest legal frame, a HELLO with 16 + 16 channels, is shorter."""
MAX_CHANNEL = 64
MAX_CHANNELS = 16
MAX_DEVICE_TIME_MS = 999_999_999_999
MAX_TEMPERATURE_C = 999.9
MAX_PRESSURE_KPA = 99_999

_SEQUENCE = re.compile(r"[0-9]{6}")
_DEVICE_TIME = re.compile(r"(0|[1-9][0-9]{0,8})\.([0-9]{3})")
_UNSIGNED = re.compile(r"0|[1-9][0-9]{0,4}")
_TEMPERATURE = re.compile(r"-?(?:0|[1-9][0-9]{0,2})\.[0-9]")
_DEVICE_ID = re.compile(r"[A-Za-z0-9._-]{1,24}")
_FIRMWARE = re.compile(r"[A-Za-z0-9._-]{1,16}")


class FrameError(ValueError):
    """Bytes or values that are no frame of the protocol; the message says which field and why."""


def generation_mode(text: str) -> GenerationMode:
    """``REAL``, ``TEST`` or ``DEMO``."""
    try:
        return GenerationMode(text)
    except ValueError:
        raise FrameError(f"generation mode {text!r} is not one of REAL, TEST, DEMO") from None


def sequence(text: str) -> int:
    """Six decimal digits, 000000 to 999999."""
    if not _SEQUENCE.fullmatch(text):
        raise FrameError(f"sequence {text!r} is not six digits")
    return int(text)


def device_time_ms(text: str) -> int:
    """Seconds with three decimals, as whole milliseconds."""
    match = _DEVICE_TIME.fullmatch(text)
    if not match:
        raise FrameError(f"device time {text!r} is not seconds with three decimals")
    return int(match[1]) * 1000 + int(match[2])


def unsigned(text: str, name: str, low: int, high: int) -> int:
    """A decimal integer without leading zeros, between ``low`` and ``high`` inclusive."""
    if not _UNSIGNED.fullmatch(text) or not low <= int(text) <= high:
        raise FrameError(f"{name} {text!r} is not an integer from {low} to {high}")
    return int(text)


def temperature_c(text: str) -> float:
    """Degrees Celsius with one decimal; zero has no minus sign."""
    if not _TEMPERATURE.fullmatch(text) or text == "-0.0":
        raise FrameError(f"temperature {text!r} is not degrees Celsius with one decimal")
    return float(text)


def console_mode(text: str) -> ConsoleMode:
    """One of the six mode words."""
    if text not in get_args(ConsoleMode):
        raise FrameError(f"mode {text!r} is not one of {', '.join(get_args(ConsoleMode))}")
    return cast("ConsoleMode", text)


def sensor_status(text: str) -> SensorStatus:
    """One of the five sensor words."""
    if text not in get_args(SensorStatus):
        raise FrameError(
            f"sensor status {text!r} is not one of {', '.join(get_args(SensorStatus))}"
        )
    return cast("SensorStatus", text)


def channel_list(text: str, name: str) -> tuple[int, ...]:
    """Ascending channel numbers joined by semicolons; empty for none."""
    if not text:
        return ()
    return tuple(unsigned(part, name, 1, MAX_CHANNEL) for part in text.split(";"))


def check_measured(
    number_c: float | None, status: SensorStatus, name: str = "temperature"
) -> float | None:
    """The temperature at the resolution of the wire (0.1 C).

    Raises:
        FrameError: a number with a fault, no number without one, or a number beyond the field.
    """
    if (number_c is None) != (status != "OK"):
        raise FrameError(f"{name} {number_c} does not go with sensor status {status}")
    if number_c is None:
        return None
    if not abs(number_c) <= MAX_TEMPERATURE_C:
        raise FrameError(f"{name} {number_c} C is beyond +-{MAX_TEMPERATURE_C} C")
    return round(number_c, 1) + 0.0


def check_range(number: int, name: str, low: int, high: int) -> None:
    """Refuse an integer outside ``low`` to ``high`` inclusive with a FrameError."""
    if not low <= number <= high:
        raise FrameError(f"{name} {number} is not from {low} to {high}")


def check_channels(channels: tuple[int, ...], name: str) -> None:
    """Refuse a channel list that is too long, out of range or not strictly ascending."""
    if len(channels) > MAX_CHANNELS:
        raise FrameError(f"{name}: {len(channels)} channels, at most {MAX_CHANNELS} are possible")
    for channel in channels:
        check_range(channel, name, 1, MAX_CHANNEL)
    if list(channels) != sorted(set(channels)):
        raise FrameError(f"{name}: channels {channels} are not strictly ascending")


def check_words(device_id: str, firmware: str) -> None:
    """Refuse identification words that the wire cannot carry."""
    if not _DEVICE_ID.fullmatch(device_id):
        raise FrameError(f"device id {device_id!r} is not 1 to 24 of A-Z a-z 0-9 . _ -")
    if not _FIRMWARE.fullmatch(firmware):
        raise FrameError(f"firmware {firmware!r} is not 1 to 16 of A-Z a-z 0-9 . _ -")
