"""The record's forms as REDCap takes them: data dictionary and list of repeating forms, as CSV."""

import csv
import io
from collections.abc import Iterator

from procedure_node.record.fields import Field, FieldKind, Form
from procedure_node.record.forms import FORMS
from procedure_node.record.provenance import companions

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""The 18 columns of a REDCap data dictionary, in their order."""

_TYPES = {
    FieldKind.TEXT: ("text", ""),
    FieldKind.NOTES: ("notes", ""),
    FieldKind.NUMBER: ("text", "number"),
    FieldKind.INTEGER: ("text", "integer"),
    FieldKind.DATE: ("text", "date_ymd"),
    FieldKind.UTC: ("text", "datetime_seconds_ymd"),
    FieldKind.CHOICE: ("dropdown", ""),
    FieldKind.YES_NO: ("yesno", ""),
}
"""REDCap's field type and text validation of each kind."""


def data_dictionary_csv() -> str:
    """The data dictionary of all forms, ready to be uploaded to a REDCap project."""
    return _csv(COLUMNS, _dictionary_rows())


def repeating_forms_csv() -> str:
    """The forms that repeat, as REDCap's API takes them (content=repeatingFormsEvents)."""
    return _csv(
        ("form_name", "custom_form_label"), ((form.name, "") for form in FORMS if form.repeats)
    )


def field_names() -> frozenset[str]:
    """Every field of the data dictionary."""
    return frozenset(row[0] for row in _dictionary_rows())


def _dictionary_rows() -> Iterator[tuple[str, ...]]:
    record_id = Field("record_id", "Record (the procedure's opaque id)")
    yield _row(FORMS[0], record_id, section="", annotation="")
    for form in FORMS:
        for group in form.groups:
            section = group.title
            for field in group.fields:
                yield _row(form, field, section, _annotation(field, group.name))
                section = ""
            for field in companions(group):
                yield _row(form, field, "", f"provenance of {group.title}")


def _row(form: Form, field: Field, section: str, annotation: str) -> tuple[str, ...]:
    field_type, validation = _TYPES[field.kind]
    label = f"{field.label} ({field.unit})" if field.unit else field.label
    choices = " | ".join(f"{code}, {text}" for code, text in field.choices)
    filled = {
        "Variable / Field Name": field.name,
        "Form Name": form.name,
        "Section Header": section,
        "Field Type": field_type,
        "Field Label": label,
        "Choices, Calculations, OR Slider Labels": choices,
        "Text Validation Type OR Show Slider Number": validation,
        "Field Annotation": annotation,
    }
    return tuple(filled.get(column, "") for column in COLUMNS)


def _annotation(field: Field, group: str) -> str:
    parts = [f"originator, time and evidence: {group}_*"]
    if field.sdtm:
        parts.append(f"SDTM: {field.sdtm}")
    return "; ".join(parts)


def _csv(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
