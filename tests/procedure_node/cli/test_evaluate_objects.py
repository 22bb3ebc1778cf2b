"""``evaluate`` on plans, segmentations, registrations and doses, with edits and exports."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import SpatialRegistrationStorage, generate_uid

from procedure_node.cli import main
from tests.drivers.dicom.segmentations import save, segmentation
from tests.drivers.dicom.synthetic import write
from tests.procedure_node.imaging import small_ct

MODEL = ["--seed-model", "Amersham6711", "--prescription-gy", "20"]
STRENGTH = ["--strength-u", "0.8"]
IMPLANTED = ["--implanted", "2026-03-02T12:00Z"]
L1 = small_ct.cube("L1", (0.0, 2.0, 1.0), 20.0)
OTHER_FRAME = "1.2.826.0.1.3680043.8.498.99"
SHIFT_MM = np.array([7.0, -4.0, 10.0])


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seeds in ``ct``, one lesion in ``structures.dcm``. Not to be changed."""
    folder = tmp_path_factory.mktemp("patient")
    series = small_ct.scan(folder / "ct", small_ct.SEEDS)
    small_ct.structures(folder / "structures.dcm", series, [L1])
    return folder


Evaluate = Callable[..., dict[str, Any]]


@pytest.fixture
def evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Evaluate:
    """Run it and return its JSON, with what it printed under ``printed``."""

    def run(*words: object) -> dict[str, Any]:
        out = tmp_path / "out.json"
        status = main(["evaluate", *map(str, words), *MODEL, "--json", str(out)])
        told = capsys.readouterr()
        assert status == 0, told.err
        return {**json.loads(out.read_text(encoding="utf-8")), "printed": told.out}

    return run


@pytest.fixture
def refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: object) -> str:
        out = tmp_path / "out.json"
        assert main(["evaluate", *map(str, words), *MODEL, "--json", str(out)]) == 2
        assert not out.exists()
        return capsys.readouterr().err

    return run


def lesion(result: dict[str, Any]) -> dict[str, Any]:
    (found,) = (one for one in result["structures"] if one["name"] == "L1")
    return found


@pytest.fixture
def on_ct(patient: Path) -> list[object]:
    return ["--ct", patient / "ct", "--structures", patient / "structures.dcm"]


def test_figures_come_with_errors_bands_and_places(evaluate: Evaluate, on_ct: list[object]) -> None:
    result = evaluate(*on_ct, *STRENGTH)
    found = lesion(result)
    assert found["numerical_error"]["d90_gy"] < 0.01 * found["d90_gy"]
    assert found["volume_error_cc"] > 0.0
    band = found["band_5_to_95_percent"]["d90_gy"]
    assert band["low"] < found["d90_gy"] < band["high"]
    cold = found["cold"]
    assert cold["total_percent"] == pytest.approx(100.0 - found["v100_percent"], abs=0.7)
    (seed, *_) = cold["regions"][0]["extremes"][0]["nearest_seeds"]
    center = result["seeds"][seed["index"]]["center_mm"]
    place = cold["regions"][0]["extremes"][0]["place_mm"]
    assert np.linalg.norm(np.subtract(center, place)) == pytest.approx(seed["distance_mm"])
    assert 0.0 < found["conformity_index"] < 1.0
    assert f"{found['d90_gy']:.1f} ({band['low']:.0f} to {band['high']:.0f})" in result["printed"]
    assert "L1: cold, below 20 Gy: " in result["printed"]


def test_activity_and_reference_time_give_the_strength_at_implantation(
    evaluate: Evaluate, on_ct: list[object]
) -> None:
    """59.4 days, a half-life of iodine-125, before implantation: half of 1 mCi is left."""
    result = evaluate(*on_ct, "--strength-mci", 1, "--strength-at", "2026-01-02T02:24Z", *IMPLANTED)
    assert {round(seed["strength_u"], 3) for seed in result["seeds"]} == {0.635}


def test_what_was_given_by_a_time_is_told(evaluate: Evaluate, on_ct: list[object]) -> None:
    """59.4 days, a half-life, after implantation: half of the dose, at half of the first rate."""
    result = evaluate(*on_ct, *STRENGTH, *IMPLANTED, "--until", "2026-04-30T21:36Z")
    assert result["delivered"]["share_of_total"] == pytest.approx(0.5)
    found = lesion(result)
    assert found["delivered"]["d90_gy"] == pytest.approx(found["d90_gy"] / 2)
    first_cgy_per_h = found["d90_gy"] * 100.0 * np.log(2.0) / (59.4 * 24.0)
    assert found["delivered"]["d90_rate_cgy_per_h"] == pytest.approx(first_cgy_per_h / 2, rel=1e-6)
    assert "given by 2026-04-30T21:36+00:00: 50.0 %" in result["printed"]


def test_seeds_put_in_and_taken_out_are_compared_with_before(
    evaluate: Evaluate, on_ct: list[object]
) -> None:
    whole = lesion(evaluate(*on_ct, *STRENGTH))
    more = evaluate(*on_ct, *STRENGTH, "--add-seed", "5,9,-6,0,0,1")
    less = evaluate(*on_ct, *STRENGTH, "--remove-seed", 1)
    assert lesion(more)["before_editing"]["d90_gy"] == pytest.approx(whole["d90_gy"], rel=1e-9)
    assert lesion(less)["d90_gy"] < whole["d90_gy"] < lesion(more)["d90_gy"]
    assert [seed["origin"] for seed in more["seeds"]] == ["FOUND"] * 3 + ["ADDED"]
    assert len(less["seeds"]) == 2
    assert "before editing" in less["printed"]


def test_a_seed_without_an_axis_is_a_point_source(evaluate: Evaluate, on_ct: list[object]) -> None:
    result = evaluate(*on_ct, *STRENGTH, "--add-seed", "5,9,-6")
    assert result["seeds"][-1]["axis"] is None
    assert any("point source" in warning for warning in result["warnings"])


def test_an_exported_implant_evaluates_to_the_same(
    evaluate: Evaluate, on_ct: list[object], patient: Path, tmp_path: Path
) -> None:
    plan, dose = tmp_path / "plan.dcm", tmp_path / "dose.dcm"
    first = evaluate(*on_ct, *STRENGTH, *IMPLANTED, "--rtplan-out", plan, "--rtdose-out", dose)
    again = evaluate("--plan", plan, "--structures", patient / "structures.dcm", "--dose", dose)
    assert [seed["origin"] for seed in again["seeds"]] == ["PLANNED"] * 3
    assert again["generation_mode"] == "DEMO"
    for figure in ("d90_gy", "v100_percent", "d2cc_gy", "volume_cc"):
        assert lesion(again)[figure] == pytest.approx(lesion(first)[figure], rel=1e-4)
    in_grid = lesion(again)["in_dose_grid"]
    assert in_grid["d90_gy"] == pytest.approx(lesion(first)["d90_gy"], rel=0.01)
    assert in_grid["v100_percent"] == pytest.approx(lesion(first)["v100_percent"], abs=1.0)
    assert f"{dose}: " in first["printed"], "doses at seeds do not fit 16 bits"

    written = dcmread(dose)
    assert (
        written.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == dcmread(plan).SOPInstanceUID
    )
    dvh = written.DVHSequence[0]
    assert float(dvh.DVHMeanDose) == pytest.approx(lesion(first)["mean_gy"], rel=1e-6)
    uids = [dcmread(file).SOPInstanceUID for file in (plan, dose)]
    evaluate(*on_ct, *STRENGTH, *IMPLANTED, "--rtplan-out", plan, "--rtdose-out", dose)
    assert [dcmread(file).SOPInstanceUID for file in (plan, dose)] == uids


def test_a_seed_is_taken_out_by_the_number_that_it_was_told_with(
    evaluate: Evaluate, on_ct: list[object], patient: Path, tmp_path: Path
) -> None:
    """A plan whose first seed has no axis, which puts it last."""
    plan, mixed = tmp_path / "plan.dcm", tmp_path / "mixed.dcm"
    evaluate(*on_ct, *STRENGTH, *IMPLANTED, "--rtplan-out", plan)
    dataset = dcmread(plan)
    for point in dataset.ApplicationSetupSequence[0].ChannelSequence[0].BrachyControlPointSequence:
        del point.ControlPointOrientation
    dataset.save_as(mixed)
    drawn = ["--plan", mixed, "--structures", patient / "structures.dcm"]
    told = evaluate(*drawn)["seeds"]
    assert [seed["axis"] is None for seed in told] == [False, False, True]
    left = evaluate(*drawn, "--remove-seed", 1)["seeds"]
    assert left == told[1:]


def test_a_segmentation_does_for_a_structure_set(
    evaluate: Evaluate, on_ct: list[object], patient: Path, tmp_path: Path
) -> None:
    """Voxels of 0.8 mm whose centres are in the cube."""
    k, j, i = np.indices(small_ct.SHAPE_KJI)
    x, y, z = (
        origin + spacing * index
        for origin, spacing, index in zip(
            small_ct.ORIGIN_MM, small_ct.SPACING_MM[::-1], (i, j, k), strict=True
        )
    )
    mask = (abs(x) < 10) & (abs(y - 2.0) < 10) & (abs(z - 1.0) < 10)
    images = SimpleNamespace(paths=sorted((patient / "ct").iterdir()))
    drawn = segmentation(images, mask[..., None].astype(np.uint8), ["L1"])  # type: ignore[arg-type]
    path = save(drawn, tmp_path)
    by_mask = lesion(evaluate("--ct", patient / "ct", "--structures", path, *STRENGTH))
    by_contour = lesion(evaluate(*on_ct, *STRENGTH))
    assert by_mask["volume_cc"] == pytest.approx(by_contour["volume_cc"], rel=0.03)
    assert by_mask["d90_gy"] == pytest.approx(by_contour["d90_gy"], rel=0.03)


def moved_structures(folder: Path) -> Path:
    """The lesion drawn in another frame of reference, off by ``SHIFT_MM``."""
    who = small_ct.identity(frame=OTHER_FRAME, name="planning")
    series = small_ct.scan(folder / "planning", who=who)
    drawn = small_ct.structure("L1", (0.0, 2.0, 1.0), 20.0, [])
    polygons = tuple(polygon - SHIFT_MM for polygon in L1.structure.polygons_mm)
    moved = type(L1.structure)("L1", polygons)
    path = folder / "planning.dcm"
    small_ct.structures(path, series, [replace(drawn, structure=moved)], who)
    return path


def registration(folder: Path) -> Path:
    """From the planning CT's frame of reference to the room's: a shift."""
    matrix = np.eye(4)
    matrix[:3, 3] = SHIFT_MM
    one = Dataset()
    one.FrameOfReferenceTransformationMatrix = matrix.ravel().tolist()
    one.FrameOfReferenceTransformationMatrixType = "RIGID"
    sequence = Dataset()
    sequence.MatrixSequence = [one]
    item = Dataset()
    item.FrameOfReferenceUID = OTHER_FRAME
    item.MatrixRegistrationSequence = [sequence]
    dataset = Dataset()
    dataset.SOPClassUID = SpatialRegistrationStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "REG"
    dataset.FrameOfReferenceUID = small_ct.FRAME
    dataset.RegistrationSequence = [item]
    return write(dataset, folder)


def test_a_registration_carries_structures_to_the_scan(
    evaluate: Evaluate,
    refusal: Callable[..., str],
    on_ct: list[object],
    patient: Path,
    tmp_path: Path,
) -> None:
    drawn = ["--ct", patient / "ct", "--structures", moved_structures(tmp_path), *STRENGTH]
    assert "another frame of reference than the CT's" in refusal(*drawn)
    carried = lesion(evaluate(*drawn, "--registration", registration(tmp_path)))
    there = lesion(evaluate(*on_ct, *STRENGTH))
    assert carried["d90_gy"] == pytest.approx(there["d90_gy"], rel=0.005)
    assert carried["volume_cc"] == pytest.approx(there["volume_cc"], rel=1e-6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "give --ct, a CT that shows the seeds, or --plan"),
        (["--ct", "{ct}"], "give the seeds' strength"),
        (["--ct", "{ct}", "--strength-at", "2026-03-02T12:00Z"], "--strength-at needs"),
        (["--ct", "{ct}", *STRENGTH, "--remove-seed", "4"], "there is no seed 4: seeds are"),
        (["--ct", "{ct}", *STRENGTH, "--rtplan-out", "p.dcm"], "needs --structures"),
        (["--ct", "{ct}", *STRENGTH, "--until", "2000-01-01T00:00Z"], "were implanted after"),
        (["--ct", "{ct}", *STRENGTH, "--dose", "{structures}"], "cannot be used:\n  "),
        (["--plan", "{structures}"], "cannot be used:\n  "),
    ],
)
def test_what_does_not_fit_together_is_told(
    refusal: Callable[..., str], patient: Path, words: list[str], told: str
) -> None:
    files = {"ct": patient / "ct", "structures": patient / "structures.dcm"}
    assert told in refusal(*(word.format(**files) for word in words))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--implanted", "2026-03-02T12:00"),
        ("--strength-at", "yesterday"),
        ("--add-seed", "1,2"),
        ("--add-seed", "1,2,3,0,0,0"),
        ("--registration-sd-mm", "-1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_option(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *MODEL, "--json", "out.json", f"{option}={value}"])
    assert ended.value.code == 2
    assert option in capsys.readouterr().err
