import argparse
from pathlib import Path

import pytest

from procedure_node.cli import record
from procedure_node.record import data_dictionary_csv, repeating_forms_csv


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    record.register(parser.add_subparsers())
    args = parser.parse_args(["record", *arguments])
    return args.run(args)


def test_it_writes_the_dictionary_and_the_repeating_forms(tmp_path: Path) -> None:
    out, repeating = tmp_path / "dictionary.csv", tmp_path / "repeating.csv"
    assert run("dictionary", "--out", str(out), "--repeating", str(repeating)) == 0
    assert out.read_text(encoding="utf-8") == data_dictionary_csv()
    assert repeating.read_text(encoding="utf-8") == repeating_forms_csv()


def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dictionary", "--out", str(tmp_path / "nowhere" / "d.csv")) == 1
    assert "d.csv: cannot be written: No such file or directory" in capsys.readouterr().err
