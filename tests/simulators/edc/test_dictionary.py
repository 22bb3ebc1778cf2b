from pathlib import Path

import pytest

from simulators.edc import DictionaryError, EdcFaultKind, EdcFaultPlan, read_project

HEADER = ",".join(f"c{n}" for n in range(18))


def written(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no data dictionary"),
        (HEADER + "\n", "is no data dictionary"),
        (HEADER + "\nrecord_id,form,too,short\n", "is no data dictionary"),
        (HEADER + "\n" + 2 * ("a,f" + 16 * "," + "\n"), "fields stand twice: a"),
    ],
)
def test_a_bad_dictionary_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DictionaryError, match=message):
        read_project(written(tmp_path, text))


def test_a_missing_dictionary_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"nowhere\.csv: cannot be read"):
        read_project(tmp_path / "nowhere.csv")


def test_a_repeating_form_must_be_in_the_dictionary(tmp_path: Path) -> None:
    dictionary = written(tmp_path, HEADER + "\nrecord_id,visit" + 16 * "," + "\n")
    repeating = tmp_path / "repeating.csv"
    repeating.write_text("form_name\nneedle\n", encoding="utf-8")
    with pytest.raises(DictionaryError, match="not in the data dictionary: needle"):
        read_project(dictionary, repeating)


def test_a_fault_plan_is_read_from_toml(tmp_path: Path) -> None:
    plan = EdcFaultPlan.read(written(tmp_path, '[[faults]]\nkind = "SERVER_ERROR"\nrequests = 3\n'))
    assert [(fault.kind, fault.requests) for fault in plan.faults] == [
        (EdcFaultKind.SERVER_ERROR, 3)
    ]


def test_a_bad_fault_plan_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"file\.csv: is no fault plan"):
        EdcFaultPlan.read(written(tmp_path, '[[faults]]\nkind = "EARTHQUAKE"\n'))
