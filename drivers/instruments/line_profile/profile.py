"""A console's lines, described as data (docs/instruments.md has the keys)."""

from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.instruments.line_profile.checksums import ChecksumKind
from drivers.instruments.needs import Measures, check_holds
from drivers.telemetry import ConsoleMode

Meaning = Literal[
    "PROBE", "MODE", "POWER", "TIP", "GAS_PRESSURE", "CHANNEL", "TEMPERATURE", "CLOCK", "IGNORE"
]
Fault = Literal["OPEN", "SHORT", "OVER", "UNDER"]
Number = Annotated[int, Field(ge=1, le=64)]

UNITS: dict[Meaning, tuple[str, ...]] = {
    "POWER": ("percent",),
    "TIP": ("C", "F", "K"),
    "TEMPERATURE": ("C", "F", "K"),
    "GAS_PRESSURE": ("kPa", "MPa", "bar", "psi"),
    "CLOCK": ("s", "ms", "h:m:s"),
}
"""What has a unit, and which it may be; the first is taken where none is given."""

_OF_A_PROBE: tuple[Meaning, ...] = ("MODE", "POWER", "TIP", "GAS_PRESSURE")
_MEASURES: dict[Meaning, Measures] = {"TIP": "PROBE_TIP", "TEMPERATURE": "ORGAN"}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProfileField(_Table):
    """One field of a line.

    Attributes:
        is_: what it means.
        unit: of its number; see ``UNITS``.
        scale: the number is multiplied by it before its unit is looked at.
        words: the console's words for the modes (MODE).
        faults: the console's words for a number that it does not have (TIP, TEMPERATURE).
        range_c: what the sensor can read, C; a number beyond it is INVALID.
        probe: which probe it is of; else the line's PROBE field says it.
        channel: which thermometer channel it is of; else the line's CHANNEL field says it.
    """

    is_: Meaning = Field(alias="is", examples=["TIP"])
    unit: str = Field(default="", examples=["C"])
    scale: float = Field(default=1.0, gt=0, examples=[0.1])
    words: dict[str, ConsoleMode] = {}
    faults: dict[str, Fault] = {}
    range_c: tuple[float, float] | None = Field(default=None, examples=[[-200.0, 150.0]])
    probe: Number | None = Field(default=None, examples=[1])
    channel: Number | None = Field(default=None, examples=[1])

    @property
    def unit_or_default(self) -> str:
        """The unit of its number; empty where it has none."""
        return self.unit or (UNITS[self.is_][0] if self.is_ in UNITS else "")

    @model_validator(mode="after")
    def _fits_its_meaning(self) -> Self:
        units = UNITS.get(self.is_, ())
        if self.unit and self.unit not in units:
            raise ValueError(f"a {self.is_} has no unit {self.unit!r}, but {', '.join(units)}")
        if bool(self.words) != (self.is_ == "MODE"):
            raise ValueError("words belong to a MODE, which needs them")
        of_sensor = self.is_ in _MEASURES
        if (self.faults or self.range_c) and not of_sensor:
            raise ValueError("faults and range_c belong to a TIP or a TEMPERATURE")
        if self.probe is not None and self.is_ not in _OF_A_PROBE:
            raise ValueError(f"a {self.is_} is of no probe")
        if self.channel is not None and self.is_ != "TEMPERATURE":
            raise ValueError(f"a {self.is_} is of no channel")
        if self.range_c is not None:
            check_holds(_MEASURES[self.is_], *self.range_c, f"range_c of a {self.is_}")
        return self


class ProfileLine(_Table):
    """One kind of line.

    Attributes:
        name: what it is called in messages.
        pattern: its text, each field as ``{name}``; a space stands for one or more.
        fields: by name, what each means.
        power_by_mode: power for each mode, percent, where the line tells the mode and no power.
    """

    name: str = Field(min_length=1, examples=["probe"])
    pattern: str = Field(min_length=1, examples=["PROBE {probe} {mode} {tip} C"])
    fields: dict[str, ProfileField] = {}
    power_by_mode: dict[ConsoleMode, Annotated[int, Field(ge=0, le=100)]] = {}

    def parts(self) -> list[tuple[str, str | None]]:
        """Text and the field after it, in order; the last field may be None.

        Raises:
            ValueError: braces that do not match.
        """
        return [(text, name) for text, name, _, _ in Formatter().parse(self.pattern)]

    def meaning(self, meaning: Meaning) -> list[str]:
        """Names of the fields that mean it."""
        return [name for name, field in self.fields.items() if field.is_ == meaning]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        parts = self.parts()
        names = [name for _, name in parts if name is not None]
        if sorted(names) != sorted(self.fields) or len(set(names)) < len(names):
            raise ValueError(
                f"the pattern has the fields {names}, and {sorted(self.fields)} are described"
            )
        if not all(name.isidentifier() for name in names):
            raise ValueError("a field's name is letters, digits and _")
        if any(not text for text, name in parts[1:] if name is not None):
            raise ValueError("two fields need something between them")
        self._check_numbers()
        return self

    def _check_numbers(self) -> None:
        for meaning in ("PROBE", "CHANNEL", "CLOCK"):
            if len(self.meaning(meaning)) > 1:
                raise ValueError(f"a line has one {meaning} at most")
        for name, field in self.fields.items():
            if field.is_ in _OF_A_PROBE and (field.probe is None) != bool(self.meaning("PROBE")):
                raise ValueError(f"{name}: give a PROBE field, or probe = its number, not both")
            if field.is_ == "TEMPERATURE" and (field.channel is None) != bool(
                self.meaning("CHANNEL")
            ):
                raise ValueError(f"{name}: give a CHANNEL field, or channel = its number, not both")
        for probe, fields in self.by_probe().items():
            said = [self.fields[name].is_ for name in fields]
            of = "the probe" if probe is None else f"probe {probe}"
            if len(set(said)) < len(said):
                raise ValueError(f"{of} has the same thing twice in this line")
            if "TIP" not in said:
                raise ValueError(f"{of} needs a TIP in this line")
            if "MODE" not in said:
                continue
            words = self.fields[fields[said.index("MODE")]].words
            if "POWER" not in said and not set(words.values()) <= set(self.power_by_mode):
                raise ValueError(f"{of} needs a POWER, or power_by_mode for each of its modes")

    def by_probe(self) -> dict[int | None, list[str]]:
        """Names of fields by the probe that they are of; None: the one that PROBE says."""
        found: dict[int | None, list[str]] = {}
        for name, field in self.fields.items():
            if field.is_ in _OF_A_PROBE:
                found.setdefault(field.probe, []).append(name)
        return found


class ProfileChecksum(_Table):
    """The check at the end of every line: ``separator`` and hexadecimal digits.

    It covers what is between ``start`` (where the line begins, unless given) and ``separator``.
    """

    kind: ChecksumKind = Field(examples=["XOR8"])
    start: str = Field(default="", examples=["$"])
    separator: str = Field(default="", examples=["*"])


class LineProfile(_Table):
    """All that one console says.

    Attributes:
        name: the file's name without .toml.
        title: what it is for.
        example: written for tests and as a start, and describes no product.
        terminator: what ends a line.
        max_line_bytes: no line is longer, end included.
        checksum: None where lines have none.
        line: the kinds of line.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", examples=["example-console"])
    title: str
    example: bool = False
    terminator: Literal["CR", "LF", "CRLF"] = Field(examples=["CRLF"])
    max_line_bytes: int = Field(default=200, ge=8, le=512, examples=[200])
    checksum: ProfileChecksum | None = None
    line: tuple[ProfileLine, ...] = Field(min_length=1)

    @property
    def terminator_bytes(self) -> bytes:
        """What ends a line."""
        return {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n"}[self.terminator]

    @model_validator(mode="after")
    def _lines_are_distinct(self) -> Self:
        names = [line.name for line in self.line]
        if len(set(names)) < len(names):
            raise ValueError("two kinds of line have the same name")
        if not any(line.meaning("TIP") or line.meaning("TEMPERATURE") for line in self.line):
            raise ValueError("no line has a TIP or a TEMPERATURE: nothing would ever be read")
        return self
