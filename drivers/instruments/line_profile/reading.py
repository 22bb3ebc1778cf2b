"""What a line says, by its profile."""

from dataclasses import dataclass

from drivers.instruments.line_profile.checksums import check_digits
from drivers.instruments.line_profile.matching import LinePattern
from drivers.instruments.line_profile.profile import LineProfile, ProfileChecksum, ProfileField
from drivers.instruments.line_profile.units import TO_CELSIUS, TO_KPA, TO_SECONDS, seconds_of_day
from drivers.serial_line import FAULTS
from drivers.telemetry import ConsoleMode, FrameError


@dataclass(frozen=True, slots=True)
class ProbeSaid:
    """One probe in a line. ``fault`` says why there is no tip temperature.

    ``mode`` and ``power_percent`` are None where the line does not tell them.
    """

    probe: int
    mode: ConsoleMode | None
    power_percent: int | None
    tip_temperature_c: float | None
    fault: str
    gas_pressure_kpa: int | None


@dataclass(frozen=True, slots=True)
class ChannelSaid:
    """One thermometer channel in a line. ``fault`` says why there is no temperature."""

    channel: int
    temperature_c: float | None
    fault: str


@dataclass(frozen=True, slots=True)
class LineSaid:
    """What one line says; nothing, if it is of a kind that has no readings."""

    kind: str
    probes: tuple[ProbeSaid, ...]
    channels: tuple[ChannelSaid, ...]
    clock_s: float | None


class LineReader:
    """Reads lines of one profile."""

    def __init__(self, profile: LineProfile) -> None:
        self._profile = profile
        self._patterns = [LinePattern(line) for line in profile.line]

    def read(self, text: bytes) -> LineSaid:
        """What a line, without its end, says.

        Raises:
            FrameError: it is no line of the profile; says why.
        """
        try:
            line = _checked(text, self._profile.checksum).decode("ascii")
        except UnicodeDecodeError as error:
            raise FrameError("a byte is not ASCII") from error
        matching = [(p, found) for p in self._patterns if (found := p.fields(line)) is not None]
        if len(matching) > 1:
            kinds = " and ".join(repr(pattern.line.name) for pattern, _ in matching)
            raise FrameError(f"it is a line of the kinds {kinds}: make their patterns differ")
        if not matching:
            for pattern in self._patterns:
                pattern.check_likeness(line)
            raise FrameError("no kind of line in the profile is like it")
        return _said(*matching[0])


def _checked(text: bytes, checksum: ProfileChecksum | None) -> bytes:
    if checksum is None:
        return text
    start, separator = checksum.start.encode(), checksum.separator.encode()
    digits = len(check_digits(checksum.kind, b""))
    body, given = text[:-digits], text[-digits:]
    if not (body.startswith(start) and body.endswith(separator)):
        raise FrameError("the line's check is missing, or its start")
    covered = body[len(start) : len(body) - len(separator)]
    computed = check_digits(checksum.kind, covered)
    if given != computed:
        raise FrameError(f"check failed: {computed!r} computed, {given!r} received")
    return covered


def _said(pattern: LinePattern, found: dict[str, str]) -> LineSaid:
    line = pattern.line
    numbers = {
        meaning: _number_of(found[names[0]], meaning)
        for meaning in ("PROBE", "CHANNEL")
        if (names := line.meaning(meaning))
    }
    probes = tuple(
        _probe(pattern, found, numbers["PROBE"] if probe is None else probe, names)
        for probe, names in line.by_probe().items()
    )
    channels = tuple(
        ChannelSaid(
            numbers["CHANNEL"] if (field := line.fields[name]).channel is None else field.channel,
            *_temperature(found[name], field),
        )
        for name in line.meaning("TEMPERATURE")
    )
    clocks = [_clock(found[name], line.fields[name]) for name in line.meaning("CLOCK")]
    return LineSaid(line.name, probes, channels, clocks[0] if clocks else None)


def _probe(pattern: LinePattern, found: dict[str, str], probe: int, names: list[str]) -> ProbeSaid:
    of_line = pattern.line.fields
    fields = {of_line[name].is_: (found[name], of_line[name]) for name in names}
    mode: ConsoleMode | None = None
    if "MODE" in fields:
        word, mode_field = fields["MODE"]
        mode = mode_field.words[word]
    power_percent: int | None = None
    if "POWER" in fields:
        power_percent = round(_number(*fields["POWER"]))
        if not 0 <= power_percent <= 100:
            raise FrameError(f"power {fields['POWER'][0]!r} is not 0 to 100 percent")
    elif mode is not None:
        power_percent = pattern.line.power_by_mode[mode]
    pressure_kpa = None
    if "GAS_PRESSURE" in fields:
        unit = fields["GAS_PRESSURE"][1].unit_or_default
        pressure_kpa = round(_number(*fields["GAS_PRESSURE"]) * TO_KPA[unit])
        if pressure_kpa < 0:
            raise FrameError(f"gas pressure {fields['GAS_PRESSURE'][0]!r} is below zero")
    tip_c, fault = _temperature(*fields["TIP"])
    return ProbeSaid(probe, mode, power_percent, tip_c, fault, pressure_kpa)


def _number(text: str, field: ProfileField) -> float:
    return float(text) * field.scale


def _number_of(text: str, meaning: str) -> int:
    if not 1 <= int(text) <= 64:
        raise FrameError(f"{meaning.lower()} {text!r} is not from 1 to 64")
    return int(text)


def _temperature(text: str, field: ProfileField) -> tuple[float | None, str]:
    if text in field.faults:
        return None, FAULTS[field.faults[text]]
    temperature_c = round(TO_CELSIUS[field.unit_or_default](_number(text, field)), 2) + 0.0
    if field.range_c is not None:
        low_c, high_c = field.range_c
        if not low_c <= temperature_c <= high_c:
            which = "UNDER" if temperature_c < low_c else "OVER"
            return None, f"{FAULTS[which]} ({temperature_c:g} C)"
    return temperature_c, ""


def _clock(text: str, field: ProfileField) -> float:
    if field.unit_or_default != "h:m:s":
        return _number(text, field) * TO_SECONDS[field.unit_or_default]
    try:
        return seconds_of_day(text)
    except ValueError:
        raise FrameError(f"clock {text!r} is no time of a day") from None
