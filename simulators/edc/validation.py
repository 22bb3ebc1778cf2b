"""What REDCap checks before it takes rows, and how it words what it finds.

Sentences and line formats are those that REDCap's own users quote; see docs/record.md.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from simulators.edc.dictionary import EdcProject, ProjectField, status_field

REPEAT_INSTRUMENT = "redcap_repeat_instrument"
REPEAT_INSTANCE = "redcap_repeat_instance"
_WRONG_FORMAT = (
    "The value you provided could not be validated because it does not follow the expected format. "
    "Please try again."
)
_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_LONGEST_RECORD_ID = 100

Row = Mapping[str, str]


def import_error(project: EdcProject, rows: Sequence[Row]) -> str | None:
    """REDCap's error text for rows that it refuses, or None if it takes them all.

    Unknown fields are named in one sentence; every other problem is a CSV line of record, field,
    value and message.
    """
    known = {*project.fields, *(f"{form}_complete" for form in project.forms)}
    unknown = dict.fromkeys(
        name
        for row in rows
        for name in row
        if name not in known and name not in {REPEAT_INSTRUMENT, REPEAT_INSTANCE}
    )
    if unknown:
        return (
            "The following fields were not found in the project as real data fields: "
            f"{', '.join(unknown)}"
        )
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        writer.writerows(_problems(project, row))
    return text.getvalue().rstrip("\n") or None


def _problems(project: EdcProject, row: Row) -> Iterator[tuple[str, str, str, str]]:
    id_field = project.record_id_field
    record = row.get(id_field, "")
    if not 0 < len(record) <= _LONGEST_RECORD_ID or record != record.strip():
        yield record, id_field, record, "The record name is blank or is not valid"
    form = row.get(REPEAT_INSTRUMENT, "")
    instance = row.get(REPEAT_INSTANCE, "")
    if form and form not in project.repeating:
        yield record, REPEAT_INSTRUMENT, form, "The value is not a valid repeating instrument"
    if bool(form) != bool(instance) or (instance and not re.fullmatch(r"[1-9]\d{0,4}", instance)):
        yield record, REPEAT_INSTANCE, instance, "The value is not a valid repeat instance"
    for name, value in row.items():
        if not value or name in {id_field, REPEAT_INSTRUMENT, REPEAT_INSTANCE}:
            continue
        field = project.fields.get(name) or status_field(name.removesuffix("_complete"))
        if (field.form in project.repeating) != bool(form) or (form and field.form != form):
            yield record, name, value, "The field is not on the form that the row is of"
        else:
            message = _refusal(project, field, value)
            if message:
                yield record, name, value, message


def _refusal(project: EdcProject, field: ProjectField, value: str) -> str | None:
    if value in project.missing_data_codes and not field.name.endswith("_complete"):
        return None
    if field.choices:
        if value not in field.choices:
            return f"The value is not a valid category for {field.name}"
        return None
    follows = _FORMATS.get(field.validation)
    return _WRONG_FORMAT if follows is not None and not follows(value) else None


def _is_date(value: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_datetime(value: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_number(value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None


def _is_integer(value: str) -> bool:
    return _INTEGER.fullmatch(value) is not None


_FORMATS = {
    "number": _is_number,
    "integer": _is_integer,
    "date_ymd": _is_date,
    "datetime_seconds_ymd": _is_datetime,
}
