import argparse
from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.values import GenerationMode
from drivers.dicom import read_ct_series
from simulators.projection.cli import register


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["ct", *words])
    return int(args.run(args))


def test_a_scan_goes_out_as_npz_and_as_a_series_marked_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--recipe", "seedless", "--slices", "1.25", "--length", "3.75", "--size", "48"]

    assert _run("--out", str(tmp_path), "--seed", "3", "--dicom", *asked) == 0

    series = read_ct_series((tmp_path / "seedless-3-1.25mm").iterdir())
    with np.load(tmp_path / "seedless-3-1.25mm.npz") as data:
        assert np.array_equal(series.volume.values, data["volume_hu"])
        assert series.volume.affine[:3, 3][::-1] == pytest.approx(data["origin_zyx"], abs=1e-3)
        assert data["seeds_xyz"].shape == (0, 3)
    assert series.mode is GenerationMode.DEMO
    assert "3 images" in capsys.readouterr().out


def test_an_empty_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--out", str(tmp_path), "--ct", str(tmp_path)) == 2

    assert "holds no files" in capsys.readouterr().err
