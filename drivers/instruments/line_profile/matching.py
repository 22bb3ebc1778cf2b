"""A kind of line as a search for it that never goes back: no line can make it slow."""

import re
from collections.abc import Mapping

from drivers.instruments.line_profile.profile import ProfileField, ProfileLine
from drivers.telemetry import FrameError

_NUMBER = r"[+-]?[0-9]{1,6}(?:\.[0-9]{1,4})?"
_INTEGER = r"[0-9]{1,2}"
_TIME = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?"


class LinePattern:
    """Finds the fields of one kind of line."""

    def __init__(self, line: ProfileLine) -> None:
        self.line = line
        self._strict = re.compile(_expression(line, strict=True))
        self._loose = re.compile(_expression(line, strict=False))

    def fields(self, text: str) -> dict[str, str] | None:
        """The text of each field; None if the line is of another kind."""
        found = self._strict.fullmatch(text)
        return None if found is None else found.groupdict()

    def check_likeness(self, text: str) -> None:
        """Say which field is why a line that looks like this kind is not.

        Raises:
            FrameError: names the field and what is in it.
        """
        found = self._loose.fullmatch(text)
        for name, said in found.groupdict().items() if found else ():
            field = self.line.fields[name]
            if not re.fullmatch(_field(field), said):
                raise FrameError(
                    f"like a line {self.line.name!r}, but {name} is {said!r}, which is no "
                    f"{field.is_} of the profile"
                )


def _expression(line: ProfileLine, *, strict: bool) -> str:
    """Each part is taken whole or not at all (atomic groups), in one way only."""
    parts = line.parts()
    found = [" *+"]
    for (text, name), (after, _) in zip(parts, [*parts[1:], ("", None)], strict=True):
        found.append(" ++".join(re.escape(part) for part in re.split(" +", text)))
        if name is not None:
            until = re.escape(after.lstrip()[:1]) if not after.startswith(" ") else ""
            anything = f"[^ {until}]{{1,24}}"
            inner = _field(line.fields[name], anything) if strict else anything
            found.append(f" *+(?P<{name}>(?>{inner}))")
    return "".join((*found, " *+"))


def _field(field: ProfileField, anything: str = "[^ ]{1,24}") -> str:
    match field.is_:
        case "PROBE" | "CHANNEL":
            return _INTEGER
        case "MODE":
            return _one_of(field.words)
        case "CLOCK" if field.unit_or_default == "h:m:s":
            return _TIME
        case "IGNORE":
            return anything
        case _:
            return f"{_one_of(field.faults)}|{_NUMBER}" if field.faults else _NUMBER


def _one_of(words: Mapping[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
