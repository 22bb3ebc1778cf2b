import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.dicom import read_ct_series, read_structure_set
from simulators.phantom.cli import register


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["phantom", *words])
    return int(args.run(args))


def test_the_baseline_comes_with_its_structure_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("--scan", "0", "--out", str(tmp_path), "--start", "2026-03-02T08:00") == 0

    series = read_ct_series((tmp_path / "scan_0").iterdir())
    assert series.image_count == 41
    assert series.acquired_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    drawn = read_structure_set(tmp_path / "structures" / "RTSTRUCT.dcm")
    assert drawn.referenced_series_uids == (series.series_uid,)
    assert "Baseline, 0 seeds, 41 images" in capsys.readouterr().out


def test_a_later_scan_is_later_and_of_the_same_frame_of_reference(tmp_path: Path) -> None:
    assert _run("--scan", "2", "--out", str(tmp_path), "--start", "2026-03-02T08:00+01:00") == 0

    series = read_ct_series((tmp_path / "scan_2").iterdir())
    assert series.acquired_at == datetime(2026, 3, 2, 7, 24, tzinfo=UTC)
    assert [path.name for path in tmp_path.iterdir()] == ["scan_2"]


def test_a_scan_that_does_not_exist_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("--scan", "9", "--out", str(tmp_path)) == 2

    assert "no scan '9'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_start_that_is_no_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _run("--scan", "0", "--out", "x", "--start", "noon")

    assert "not an ISO 8601 time" in capsys.readouterr().err
