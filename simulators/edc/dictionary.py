"""A REDCap project as its data dictionary describes it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

METADATA_KEYS = (
    "field_name",
    "form_name",
    "section_header",
    "field_type",
    "field_label",
    "select_choices_or_calculations",
    "field_note",
    "text_validation_type_or_show_slider_number",
    "text_validation_min",
    "text_validation_max",
    "identifier",
    "branching_logic",
    "required_field",
    "custom_alignment",
    "question_number",
    "matrix_group_name",
    "matrix_ranking",
    "field_annotation",
)
"""What REDCap's API calls the 18 columns of a data dictionary, in the file's order."""

DEFAULT_MISSING_DATA_CODES = {"UNKNOWN": "UNKNOWN", "NOT_APPLICABLE": "Not applicable"}
COMPLETE_CODES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


class DictionaryError(ValueError):
    """A data dictionary or list of repeating forms cannot be used."""


@dataclass(frozen=True, slots=True)
class ProjectField:
    """One field: its form, type, validation and the codes that it may hold."""

    name: str
    form: str
    label: str
    section: str
    type: str
    validation: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EdcProject:
    """A classic (not longitudinal) project with repeating instruments.

    Attributes:
        title: what the project is called.
        fields: by name, in the dictionary's order; the first is the record id.
        forms: form names in order.
        repeating: names of the forms that repeat.
        missing_data_codes: codes that every field accepts, with their labels.
        metadata: the dictionary as the API exports it.
    """

    title: str
    fields: Mapping[str, ProjectField]
    forms: tuple[str, ...]
    repeating: frozenset[str]
    missing_data_codes: Mapping[str, str]
    metadata: tuple[Mapping[str, str], ...] = field(repr=False)

    @property
    def record_id_field(self) -> str:
        """Name of the field that holds the record id."""
        return next(iter(self.fields))

    def fields_of(self, form: str) -> tuple[ProjectField, ...]:
        """The fields of a form with its status, without the record id."""
        own = [f for f in self.fields.values() if f.form == form and f.name != self.record_id_field]
        return (*own, status_field(form))


def status_field(form: str) -> ProjectField:
    """The field that says whether a form is complete; every form has one."""
    return ProjectField(
        name=f"{form}_complete",
        form=form,
        label="Complete?",
        section="",
        type="dropdown",
        validation="",
        choices=COMPLETE_CODES,
    )


def read_project(
    dictionary: Path,
    repeating_forms: Path | None = None,
    *,
    title: str = "DEMO procedure record",
    missing_data_codes: Mapping[str, str] = DEFAULT_MISSING_DATA_CODES,
) -> EdcProject:
    """The project of a data dictionary (CSV, 18 columns) and a list of repeating forms (CSV).

    Args:
        dictionary: the file that one uploads to REDCap.
        repeating_forms: CSV with a column ``form_name``; no form repeats without it.
        title: the project's title.
        missing_data_codes: codes with labels that any field accepts.

    Raises:
        DictionaryError: a file cannot be read, or does not hold what it should.
    """
    metadata = _read_metadata(dictionary)
    fields = {row["field_name"]: _field(row) for row in metadata}
    forms = tuple(dict.fromkeys(row["form_name"] for row in metadata))
    repeating = _read_repeating(repeating_forms) if repeating_forms else frozenset[str]()
    if not repeating <= set(forms):
        raise DictionaryError(
            f"{repeating_forms}: not in the data dictionary: "
            f"{', '.join(sorted(repeating - set(forms)))}"
        )
    return EdcProject(title, fields, forms, repeating, missing_data_codes, metadata)


def _read_metadata(path: Path) -> tuple[Mapping[str, str], ...]:
    lines = list(csv.reader(_text(path).splitlines(keepends=True)))
    rows = [line for line in lines[1:] if line]
    if not rows or any(len(line) != len(METADATA_KEYS) for line in [lines[0], *rows]):
        raise DictionaryError(
            f"{path}: is no data dictionary: a header and at least one field are needed, each with "
            f"{len(METADATA_KEYS)} columns"
        )
    names = [row[0] for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DictionaryError(f"{path}: fields stand twice: {', '.join(twice)}")
    return tuple(dict(zip(METADATA_KEYS, row, strict=True)) for row in rows)


def _read_repeating(path: Path) -> frozenset[str]:
    rows = csv.DictReader(_text(path).splitlines())
    if "form_name" not in (rows.fieldnames or ()):
        raise DictionaryError(f"{path}: needs a column 'form_name'")
    return frozenset(row["form_name"] for row in rows)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DictionaryError(f"{path}: cannot be read: {error}") from error


def _field(row: Mapping[str, str]) -> ProjectField:
    choices = {"1": "Yes", "0": "No"} if row["field_type"] == "yesno" else _choices(row)
    return ProjectField(
        name=row["field_name"],
        form=row["form_name"],
        label=row["field_label"],
        section=row["section_header"],
        type=row["field_type"],
        validation=row["text_validation_type_or_show_slider_number"],
        choices=choices,
    )


def _choices(row: Mapping[str, str]) -> Mapping[str, str]:
    if row["field_type"] not in {"dropdown", "radio"}:
        return {}
    pairs = (choice.partition(",") for choice in row["select_choices_or_calculations"].split("|"))
    return {code.strip(): label.strip() for code, _, label in pairs}
