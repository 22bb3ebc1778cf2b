"""What can go wrong with REDCap, as errors that say what, where and what to do."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

_CUT_OFF = re.compile(r'\s*\{\s*"error"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
_MOST_TOLD = 5
"""Problems that one message spells out; a whole form's worth of them tells no more."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """One thing that REDCap has against an import.

    Attributes:
        record: record id, empty where the problem is not one record's.
        field: field name, empty where the problem is not one field's.
        value: the value that was refused, empty where REDCap does not repeat it.
        message: REDCap's own words.
    """

    record: str
    field: str
    value: str
    message: str

    def __str__(self) -> str:
        """The place and REDCap's words, without the value: it may be what a person typed."""
        where = f"record {self.record}, field {self.field}: " if self.field else ""
        return f"{where}{self.message}"


class RedcapError(Exception):
    """Base of all errors of a REDCap server."""


class RedcapUnavailable(RedcapError):  # noqa: N818
    """The server gave no usable answer; the same request may succeed later."""


class RedcapMisconfigured(RedcapError):  # noqa: N818
    """The address, certificate, token or rights are wrong: a person must correct the settings."""


class RedcapRejected(RedcapError):  # noqa: N818
    """The server refused the content of a request; sending the same again cannot succeed.

    Attributes:
        problems: what it has against the content, in its order; never empty.
    """

    def __init__(self, problems: tuple[ImportProblem, ...]) -> None:
        self.problems = problems
        told = [str(problem) for problem in problems[:_MOST_TOLD]]
        if len(problems) > _MOST_TOLD:
            told.append(f"and {len(problems) - _MOST_TOLD} more")
        super().__init__(
            f"REDCap refused the data: {'; '.join(told)}. Compare the project's data dictionary, "
            "repeating instruments and missing data codes with the ones that the data is made for"
        )


def error_text(body: str) -> str | None:
    """The text of REDCap's JSON error ``{"error": "..."}``, or None if the body is not one.

    A body that was cut off in the middle still gives the text up to there.
    """
    if not body.lstrip().startswith("{"):
        return None
    try:
        decoded: object = json.loads(body)
    except ValueError:
        found = _CUT_OFF.match(body)
        return _unescaped(found.group(1)) if found else None
    error = cast("Mapping[str, object]", decoded).get("error")
    return None if error is None else str(error)


def _unescaped(text: str) -> str:
    """The content of a JSON string, as it stands where an escape in it is torn or is none."""
    try:
        return cast("str", json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def import_problems(text: str) -> tuple[ImportProblem, ...]:
    """What REDCap's error text says.

    The text is either sentences, or CSV lines of record, field, value and message (sometimes
    without the value). A last line that was cut off keeps what there is of it.
    """
    if text.lstrip().startswith('"'):
        # A quote within a value is doubled or escaped by a backslash, depending on the version.
        lines = csv.reader(io.StringIO(text.replace('\\"', '""'), newline=""))
        try:
            problems = [_problem([column.strip() for column in line]) for line in lines if line]
        except csv.Error:
            problems = _sentences(text)
    else:
        problems = _sentences(text)
    return tuple(problems) or (ImportProblem("", "", "", "it gave no reason"),)


def _problem(columns: list[str]) -> ImportProblem:
    match columns:
        case [record, field, value, *message] if message:
            told = ", ".join(message)
            return ImportProblem(record, field, value, told or "(the message was cut off)")
        case [record, field, message]:
            return ImportProblem(record, field, "", message)
        case _:
            return ImportProblem("", "", "", ", ".join(columns))


def _sentences(text: str) -> list[ImportProblem]:
    return [ImportProblem("", "", "", line.strip()) for line in text.splitlines() if line.strip()]
