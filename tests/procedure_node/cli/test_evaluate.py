"""``evaluate``: the imaging half of the node on one folder, and what it refuses."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from procedure_node.cli import main
from procedure_node.seed_library import load_seed_models
from procedure_node.settings.paths import default_config_dir
from simulators.phantom import Shaft
from tests.procedure_node.imaging import small_ct

FIGURES = {
    "name",
    "volume_cc",
    "d90_gy",
    "v100_percent",
    "v150_percent",
    "v200_percent",
    "d2cc_gy",
    "d0_1cc_gy",
}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One series with three seeds in ``ct``, and structures on it. Not to be changed."""
    folder = tmp_path_factory.mktemp("patient")
    series = small_ct.scan(folder / "ct", small_ct.SEEDS)
    small_ct.structures(
        folder / "structures.dcm",
        series,
        [
            small_ct.cube("L1", (0.0, 2.0, 1.0), 20.0),
            small_ct.cube("Marker", (20.0, 20.0, 0.0), 4.0),
            small_ct.structure("Point", (0.0, 25.0, 0.0), 2.0, [0.0]),
        ],
    )
    return folder


class Run:
    """One run: its exit status, what it printed, and its JSON."""

    def __init__(self, status: int, told: Any, path: Path) -> None:
        self.status, self.out, self.err = status, told.out, told.err
        self.result: dict[str, Any] | None = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        )


Evaluate = Callable[..., Run]


@pytest.fixture
def evaluate(patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Evaluate:
    def run(*more: str, ct: Path = patient / "ct", model: str = "Amersham6711") -> Run:
        out = tmp_path / "out.json"
        fixed = ["--seed-model", model, "--strength-u", "0.8", "--prescription-gy", "110"]
        status = main(["evaluate", "--ct", str(ct), *fixed, "--json", str(out), *more])
        return Run(status, capsys.readouterr(), out)

    return run


def test_seeds_dose_and_warnings_under_the_promised_keys(evaluate: Evaluate, patient: Path) -> None:
    run = evaluate("--structures", str(patient / "structures.dcm"))
    assert run.status == 0
    result = run.result
    assert result is not None
    assert {"seeds", "structures", "warnings"} <= result.keys()
    assert len(result["seeds"]) == 3
    for seed in result["seeds"]:
        assert seed.keys() >= {"center_mm", "axis", "confidence"}
        assert np.linalg.norm(seed["axis"]) == pytest.approx(1.0)
        assert 0.0 < seed["confidence"] <= 1.0
    assert {"L1", "Marker"} <= {s["name"] for s in result["structures"]}
    for structure in result["structures"]:
        assert structure.keys() >= FIGURES
    assert result["generation_mode"] == "DEMO"
    placed = np.array(sorted(seed.center_mm for seed in small_ct.SEEDS))
    found = np.array(sorted(seed["center_mm"] for seed in result["seeds"]))
    assert np.abs(found - placed).max() < 0.5
    assert run.out.startswith("3 seeds, ")


def test_the_figures_are_those_of_the_seeds_that_were_found(
    evaluate: Evaluate, patient: Path
) -> None:
    """D90 of L1 from points inside it, drawn by chance."""
    result = evaluate("--structures", str(patient / "structures.dcm")).result
    assert result is not None
    implant = ImplantedSources(
        model=load_seed_models(default_config_dir() / "seed_models")["Amersham6711"],
        centers_mm=np.array([seed["center_mm"] for seed in result["seeds"]]),
        axes=np.array([seed["axis"] for seed in result["seeds"]]),
        strengths_u=np.full(3, 0.8),
    )
    center = np.array([0.0, 2.0, 1.25])
    points = np.random.default_rng(1).uniform(center - 10.0, center + 10.0, (20_000, 3))
    dose = total_dose_gy([implant], points)
    (lesion,) = (s for s in result["structures"] if s["name"] == "L1")
    assert lesion["volume_cc"] == pytest.approx(8.0, rel=0.01)
    assert lesion["d90_gy"] == pytest.approx(np.percentile(dose, 10), rel=0.02)
    assert lesion["v100_percent"] == pytest.approx(100 * np.mean(dose >= 110), abs=1.0)
    assert lesion["d2cc_gy"] == pytest.approx(np.percentile(dose, 75), rel=0.02)


def test_a_small_structure_has_no_hottest_two_cubic_centimetres(
    evaluate: Evaluate, patient: Path
) -> None:
    result = evaluate("--structures", str(patient / "structures.dcm")).result
    assert result is not None
    (marker,) = (s for s in result["structures"] if s["name"] == "Marker")
    assert marker["d2cc_gy"] is None
    assert marker["volume_cc"] < 0.1
    assert marker["d0_1cc_gy"] is None


def test_needles_are_told_with_their_tips_and_what_they_may_be(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    needle = Shaft((-5.0, -9.0, -2.0), (0.0, 1.0, 0.0), 60.0, 1.27)
    small_ct.scan(tmp_path / "ct", small_ct.SEEDS, shafts=[needle])
    run = evaluate(ct=tmp_path / "ct")
    assert run.result is not None
    (told,) = run.result["needles"]
    assert told["tip_mm"] == pytest.approx(needle.tip_mm, abs=1.0)
    assert told["tip_is_sure"]
    assert told["confidence"] + sum(told["alternatives"].values()) == pytest.approx(1.0)
    (line,) = (line for line in run.out.splitlines() if line.startswith("straight metal"))
    assert "needle" in line
    assert ", tip at (-" in line


def test_without_structures_the_seeds_are_told_alone(evaluate: Evaluate) -> None:
    run = evaluate()
    assert run.result is not None
    assert (run.status, len(run.result["seeds"]), run.result["structures"]) == (0, 3, [])


def test_data_that_are_no_consensus_are_warned_of(evaluate: Evaluate) -> None:
    models = load_seed_models(default_config_dir() / "seed_models")
    other = next(m.name for m in models.values() if m.quality != "consensus")
    run = evaluate(model=other)
    assert run.result is not None
    assert (
        f"{other} has {models[other].quality} data, not AAPM consensus data"
        in (run.result["warnings"])
    )
    assert f"warning: {other} has" in run.out


def test_of_several_series_one_must_be_named(
    evaluate: Evaluate, patient: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(patient / "ct", folder / "first")
    second = small_ct.scan(folder / "second", number=2)
    shutil.copy(patient / "structures.dcm", folder)
    (folder / "README.txt").write_text("not DICOM")
    run = evaluate(ct=folder)
    assert (run.status, run.result) == (2, None)
    assert "has several CT series, name one by --series: " in run.err
    assert f"{second.series_uid} (24 images)" in run.err

    named = evaluate("--series", second.series_uid, ct=folder)
    assert named.result is not None
    assert (named.status, named.result["seeds"]) == (0, [])

    other = evaluate("--series", "1.2.3", ct=folder)
    assert other.status == 2
    assert "has no CT series 1.2.3; it has: " in other.err


def test_a_folder_without_a_ct_is_told(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "there is no CT image in it" in evaluate(ct=tmp_path / "empty").err
    missing = evaluate(ct=tmp_path / "none")
    assert missing.status == 2
    assert missing.err == f"{tmp_path / 'none'} is not a folder\n"


def test_a_geometry_that_cannot_be_used_is_refused_with_its_reasons(
    evaluate: Evaluate, patient: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(patient / "ct", tmp_path / "gap"))
    sorted(folder.iterdir())[10].unlink()
    run = evaluate(ct=folder)
    assert (run.status, run.result) == (2, None)
    assert f"{folder}: cannot be used for dosimetry:\n  1 slice missing between" in run.err


def test_structures_on_another_frame_of_reference_are_refused(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    moved = small_ct.identity(frame="1.2.3.4")
    series = small_ct.scan(tmp_path / "moved", who=moved)
    path = tmp_path / "moved.dcm"
    small_ct.structures(path, series, [small_ct.cube("L1", (0.0, 0.0, 0.0), 20.0)], moved)
    run = evaluate("--structures", str(path))
    assert (run.status, run.result) == (2, None)
    assert f"{path}: is drawn on another frame of reference than the CT's" in run.err


@pytest.mark.parametrize("content", [None, "an image", "text"])
def test_what_is_no_structure_set_is_refused(
    evaluate: Evaluate, patient: Path, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "structures.dcm"
    if content == "an image":
        shutil.copy(next((patient / "ct").iterdir()), path)
    elif content == "text":
        path.write_text("contours")
    run = evaluate("--structures", str(path))
    assert (run.status, run.result) == (2, None)
    assert run.err.startswith(f"{path}: cannot be used:\n  ")


def test_a_structure_without_a_sound_shape_is_left_out_with_a_warning(
    evaluate: Evaluate, patient: Path, tmp_path: Path
) -> None:
    path = tmp_path / "twice.dcm"
    dataset = dcmread(patient / "structures.dcm")
    marker = dataset.ROIContourSequence[1].ContourSequence
    marker.append(marker[0])
    dataset.save_as(path)
    run = evaluate("--structures", str(path))
    assert run.result is not None
    assert run.status == 0
    assert "Marker" not in [s["name"] for s in run.result["structures"]]
    (told,) = (w for w in run.result["warnings"] if w.startswith("left out: Marker: "))
    assert "is there twice" in told
    assert f"warning: {told}" in run.out


def test_an_unknown_model_is_answered_with_those_that_are_known(evaluate: Evaluate) -> None:
    run = evaluate(model="Amersham")
    assert (run.status, run.result) == (2, None)
    assert "seed model 'Amersham' is not known; known are: Amersham6702, " in run.err


@pytest.mark.parametrize("strength", ["0", "-1", "nan", "inf", "strong"])
def test_a_strength_that_cannot_be_is_refused(
    strength: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--ct", str(tmp_path), "--seed-model", "Amersham6711", "--prescription-gy", "110"]
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *words, "--json", "out.json", f"--strength-u={strength}"])
    assert ended.value.code == 2
    assert "--strength-u" in capsys.readouterr().err


def test_a_result_that_cannot_be_written_is_told(evaluate: Evaluate, tmp_path: Path) -> None:
    run = evaluate("--json", str(tmp_path / "none" / "out.json"))
    assert run.status == 2
    assert "No such file or directory" in run.err
    assert "Traceback" not in run.err
