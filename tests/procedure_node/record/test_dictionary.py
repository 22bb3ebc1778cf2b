import csv
import io
import re
from pathlib import Path

from procedure_node.record import (
    FORMS,
    MISSING_DATA_CODES,
    data_dictionary_csv,
    repeating_forms_csv,
)

CONFIG = Path(__file__).parents[3] / "config/redcap"


def fields() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data_dictionary_csv())))


def test_the_committed_files_are_current() -> None:
    """If this fails: procedure-node record dictionary --out ... --repeating ..."""
    committed = (CONFIG / "data_dictionary.csv").read_text(encoding="utf-8")
    assert committed == data_dictionary_csv()
    assert (CONFIG / "repeating_forms.csv").read_text(encoding="utf-8") == repeating_forms_csv()


def test_it_has_redcaps_columns_and_the_records_forms() -> None:
    assert len(fields()[0]) == 18
    assert list(dict.fromkeys(row["Form Name"] for row in fields())) == [
        "procedure",
        "lesion",
        "seed_batch",
        "seed",
        "seed_history",
        "seed_edit",
        "seed_count",
        "probe",
        "freeze_cycle",
        "lesion_cycle",
        "ice_ball",
        "lethal_zone",
        "dosimetry",
        "registration",
        "deviation",
        "alarm",
        "ae_prompt",
        "ct_dose",
        "audit",
    ]
    assert fields()[0]["Variable / Field Name"] == "record_id"
    assert [form.name for form in FORMS if not form.repeats] == ["procedure"]


def test_names_are_valid_and_unique() -> None:
    names = [row["Variable / Field Name"] for row in fields()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,25}", name) for name in names)
    assert all("__" not in name and not name.endswith("_") for name in names)
    assert not any(name.endswith("_complete") for name in names)


def test_no_choice_reads_as_a_missing_data_code() -> None:
    codes = {code for code, _ in MISSING_DATA_CODES}
    used = {code for form in FORMS for _, field in form.fields() for code, _ in field.choices}
    assert used
    assert not codes & used


def test_types_and_validations_are_redcaps() -> None:
    kinds = {
        (row["Field Type"], row["Text Validation Type OR Show Slider Number"]) for row in fields()
    }
    assert kinds == {
        ("text", ""),
        ("notes", ""),
        ("dropdown", ""),
        ("yesno", ""),
        ("text", "number"),
        ("text", "integer"),
        ("text", "date_ymd"),
        ("text", "datetime_seconds_ymd"),
    }
    for row in fields():
        choices = row["Choices, Calculations, OR Slider Labels"]
        assert bool(choices) == (row["Field Type"] == "dropdown")


def test_a_unit_stands_in_name_and_label() -> None:
    units = {
        "mm": "_mm",
        "Gy": "_gy",
        "degC": "_c",
        "cc": "_cc",
        "deg": "_deg",
        "%": "_percent",
        "s": "_s",
        "kPa": "_kpa",
        "degC/min": "_c_per_min",
        "U": "_u",
        "mGy": "_mgy",
        "mGy cm": "_mgycm",
        "UTC": "_utc",
    }
    for form in FORMS:
        for _, field in form.fields():
            if field.unit:
                assert field.name.endswith(units[field.unit]), field.name


def test_every_value_says_where_its_originator_time_and_evidence_stand() -> None:
    by_name = {row["Variable / Field Name"]: row for row in fields()}
    for form in FORMS:
        for group, field in form.fields():
            assert by_name[field.name]["Field Annotation"].startswith(
                f"originator, time and evidence: {group.name}_*"
            )
            for part in ("originator", "by", "utc", "evidence", "why"):
                assert by_name[f"{group.name}_{part}"]["Form Name"] == form.name


def test_nothing_is_marked_as_an_identifier() -> None:
    assert {row["Identifier?"] for row in fields()} == {""}
