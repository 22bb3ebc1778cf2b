"""``ice``: the ice in a folder's scan, with and without a baseline, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.values import Volume
from procedure_node.cli import main
from simulators.phantom import IceEllipsoid
from tests.procedure_node.imaging import small_ct

HEADER = "probe,tip_x_mm,tip_y_mm,tip_z_mm,ux,uy,uz\n"
BALL = IceEllipsoid((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 13.0, 11.0)
TRUE_CC = 4.0 / 3.0 * np.pi * 13.0 * 11.0 * 11.0 / 1000.0


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan ``before`` a freeze, and one ``during`` it. Not to be changed."""
    folder = tmp_path_factory.mktemp("patient")
    small_ct.scan(folder / "before", number=1)
    small_ct.scan(folder / "during", ice=[BALL], number=2)
    small_ct.scan(folder / "elsewhere", number=3, who=small_ct.identity(frame="1.2.3.4"))
    both = folder / "both"
    both.mkdir()
    for name in ("before", "during"):
        for path in (folder / name).iterdir():
            (both / f"{name}-{path.name}").write_bytes(path.read_bytes())
    (folder / "probes.csv").write_text(f"{HEADER}A,0,5,0,0,2,0\n", encoding="utf-8")
    return folder


class Run:
    """One run: its exit status, what it printed, its JSON and its mask."""

    def __init__(self, status: int, told: Any, folder: Path) -> None:
        self.status, self.out, self.err = status, told.out, told.err
        out, mask = folder / "out.json", folder / "mask.npz"
        self.result: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
        self.mask = dict(np.load(mask)) if mask.exists() else {}


Ice = Callable[..., Run]


@pytest.fixture
def ice(patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ice:
    def run(
        *more: str, scan: Path = patient / "during", probes: str | None = None, baseline: str = ""
    ) -> Run:
        table = patient / "probes.csv"
        if probes is not None:
            table = tmp_path / "probes.csv"
            table.write_text(probes, encoding="utf-8")
        words = ["ice", "--scan", str(scan), "--probes", str(table)]
        words += ["--baseline", str(patient / baseline)] if baseline else []
        words += ["--json", str(tmp_path / "out.json"), "--mask", str(tmp_path / "mask.npz")]
        return Run(main([*words, *more]), capsys.readouterr(), tmp_path)

    return run


def test_ice_since_a_baseline(ice: Ice) -> None:
    run = ice(baseline="before")
    assert run.status == 0, run.err
    assert run.result["volume_cc"] == pytest.approx(TRUE_CC, rel=0.12)
    assert 0.0 < run.result["surface_error_mm"] < 1.5
    assert run.result["generation_mode"] == "DEMO"
    assert run.result["evidence"] == "IMAGED"
    assert not any("no baseline" in warning for warning in run.result["warnings"])
    assert "cc of ice" in run.out


def test_the_mask_lies_on_the_scan(ice: Ice) -> None:
    run = ice(baseline="before")
    mask, affine = run.mask["mask"], run.mask["affine"]
    assert mask.dtype == np.bool_
    assert mask.shape == small_ct.SHAPE_KJI
    frame = Volume(mask, affine)
    assert affine == pytest.approx(small_ct.volume().affine)
    middle = frame.to_patient_mm(np.argwhere(mask).mean(axis=0))
    assert np.abs(middle).max() < 1.0
    assert mask.sum() * frame.voxel_volume_mm3 / 1000.0 == pytest.approx(run.result["volume_cc"])


def test_without_a_baseline_it_says_how_much_less_sure_it_is(ice: Ice) -> None:
    sure, unsure = ice(baseline="before"), ice()
    assert unsure.status == 0, unsure.err
    assert unsure.result["volume_cc"] == pytest.approx(TRUE_CC, rel=0.3)
    assert unsure.result["surface_error_mm"] > 1.5 * sure.result["surface_error_mm"]
    assert any(warning.startswith("no baseline") for warning in unsure.result["warnings"])
    assert unsure.result["baseline_series_uid"] is None


def test_the_direction_may_point_either_way(ice: Ice) -> None:
    there = ice(baseline="before").mask["mask"]
    back = ice(baseline="before", probes=f"{HEADER}A,0,5,0,0,-1,0\n").mask["mask"]
    assert (there & back).sum() / (there | back).sum() > 0.95


def test_no_ice_has_no_surface(ice: Ice, patient: Path) -> None:
    run = ice(scan=patient / "before", baseline="elsewhere")
    assert run.status == 0, run.err
    assert run.result["volume_cc"] == 0.0
    assert run.result["surface_error_mm"] is None
    assert any("no ice was found" in warning for warning in run.result["warnings"])
    assert any("another frame of reference" in warning for warning in run.result["warnings"])


def test_one_of_several_series_is_named(ice: Ice, patient: Path) -> None:
    during = ice(baseline="before").result["scan_series_uid"]
    before = ice(baseline="before").result["baseline_series_uid"]
    both = patient / "both"
    run = ice("--series", during, "--baseline-series", before, scan=both, baseline="both")
    assert run.status == 0, run.err
    assert run.result["volume_cc"] == pytest.approx(TRUE_CC, rel=0.12)


@pytest.mark.parametrize(
    ("probes", "told"),
    [
        ("probe,tip_x_mm\nA,1\n", "line 1: the header must have each of probe,tip_x_mm"),
        (HEADER, "line 2: there is no row"),
        (f"{HEADER}A,0,5,zero,0,1,0\n", "line 2: tip_z_mm: 'zero' is not a finite number"),
        (f"{HEADER}A,0,5,0,0,0,0\n", "line 2: the direction (ux, uy, uz) is zero"),
        (f"{HEADER},0,5,0,0,1,0\n", "line 2: probe is empty"),
        (f"{HEADER}A,0,5,0,0,1,0\nA,1,5,0,0,1,0\n", "line 3: probe 'A' is in line 2 already"),
        (f"{HEADER}A,900,5,0,0,1,0\n", "none of the 1 probe tips is inside the scan"),
    ],
)
def test_probes_that_cannot_be_used_are_refused(ice: Ice, probes: str, told: str) -> None:
    run = ice(probes=probes, baseline="before")
    assert run.status == 2
    assert told in run.err
    assert not run.result
    assert not run.mask


def test_folders_that_cannot_be_used_are_refused(ice: Ice, patient: Path, tmp_path: Path) -> None:
    for run, told in (
        (ice(scan=tmp_path / "gone"), "is not a folder"),
        (ice(scan=tmp_path), "there is no CT image in it"),
        (ice(scan=patient / "both"), "name one by --series"),
        (ice(baseline="both"), "name one by --baseline-series"),
        (ice(baseline="during"), "the baseline is the scan itself"),
        (ice("--baseline-series", "1.2"), "--baseline-series needs --baseline"),
        (ice(baseline="before", probes=None, scan=patient / "probes.csv"), "is not a folder"),
    ):
        assert run.status == 2
        assert told in run.err
        assert len(run.err.strip().splitlines()) == 1
        assert not run.result


def test_what_cannot_be_written_is_told(ice: Ice, tmp_path: Path) -> None:
    run = ice("--json", str(tmp_path / "no" / "out.json"), baseline="before")
    assert run.status == 2
    assert "out.json: No such file" in run.err
