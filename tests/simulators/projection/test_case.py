import json
from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.values import Volume
from simulators.projection import (
    STANDARD,
    FanBeam,
    Kernel,
    Setup,
    Variant,
    changed,
    draw_case,
    draw_setup,
    project_anatomy,
    scan_case,
    write_npz,
)

_KEYS = {
    "volume_hu",
    "spacing_zyx",
    "origin_zyx",
    "seeds_xyz",
    "seeds_dir",
    "seeds_kind",
    "needles_json",
    "distractors_json",
    "tumour_center_axes",
    "meta_json",
}


def _setup(volume: Volume, seed: int = 1) -> Setup:
    return draw_setup(volume, seed, length_mm=10.0, size=64)


def test_a_case_becomes_files_with_their_truth(
    abdomen: Volume, coarse: FanBeam, tmp_path: Path
) -> None:
    case = draw_case(_setup(abdomen), STANDARD, 1, kernel=Kernel.STANDARD, size=64)

    thin, thick = scan_case(abdomen, case, (1.25, 2.5), origin="made up", geometry=coarse)
    write_npz(thick, tmp_path / "new" / "one.npz")

    assert thin.volume.values.shape == (8, 64, 64)
    assert thin.volume.values.dtype == np.int16
    assert thick.volume.spacing_mm[0] == 2.5
    with np.load(tmp_path / "new" / "one.npz") as data:
        assert set(data.files) >= _KEYS
        assert data["volume_hu"].shape == thick.volume.values.shape
        assert data["seeds_xyz"].shape == data["seeds_dir"].shape == (40, 3)
        assert np.linalg.norm(data["seeds_dir"], axis=1) == pytest.approx(1.0)
        origin = thick.volume.to_patient_mm(np.zeros(3))
        assert data["origin_zyx"] == pytest.approx(origin[::-1])
        needles = json.loads(str(data["needles_json"]))
        assert len(needles) == 6
        assert set(needles[0]) >= {"tip", "dir", "length", "od"}
        assert len(json.loads(str(data["distractors_json"]))) == 6
        meta = json.loads(str(data["meta_json"]))
        assert (meta["base"], meta["kernel"], meta["slice_mm"]) == ("made up", "standard", 2.5)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["one.npz"]


def test_line_integrals_are_kept_by_content(
    abdomen: Volume, coarse: FanBeam, tmp_path: Path
) -> None:
    asked = {"z_first_mm": 0.0, "slices": 2, "geometry": coarse, "cache": tmp_path}

    first = project_anatomy(abdomen, axis_mm=(0.0, 0.0), **asked)  # pyright: ignore[reportArgumentType]
    kept = next(tmp_path.iterdir())
    written = kept.stat().st_mtime_ns
    again = project_anatomy(abdomen, axis_mm=(0.0, 0.0), **asked)  # pyright: ignore[reportArgumentType]
    project_anatomy(abdomen, axis_mm=(5.0, 0.0), **asked)  # pyright: ignore[reportArgumentType]

    assert np.array_equal(first.lengths, again.lengths)
    assert kept.stat().st_mtime_ns == written
    assert len(list(tmp_path.iterdir())) == 2


def test_a_setup_lies_in_soft_tissue_and_differs_from_seed_to_seed(abdomen: Volume) -> None:
    setups = [_setup(abdomen, seed) for seed in range(4)]

    assert _setup(abdomen, 2) == setups[2]
    assert len({setup.lesion_center_mm for setup in setups}) == 4
    assert len({setup.axis_mm for setup in setups}) == 4
    for setup in setups:
        k, j, i = np.rint(abdomen.to_index(np.array(setup.lesion_center_mm))).astype(int)
        assert abdomen.values[k, j, i] == 60
        assert np.linalg.norm(setup.approach) == pytest.approx(1.0)
        assert setup.approach[1] > 0.0  # from the front or a side


def test_air_holds_no_lesion(abdomen: Volume) -> None:
    air = Volume(np.full_like(abdomen.values, -1000), abdomen.affine)

    with pytest.raises(ValueError, match="no soft tissue holds a lesion"):
        _setup(air)


def test_slices_that_are_no_multiple_are_refused(abdomen: Volume) -> None:
    case = draw_case(_setup(abdomen), None, 1, size=64)

    with pytest.raises(ValueError, match=r"multiples of 1.25 mm, got 2 mm"):
        scan_case(abdomen, case, (2.0,), origin="made up")


def test_slices_beyond_the_patient_are_refused(abdomen: Volume) -> None:
    with pytest.raises(ValueError, match="do not lie in the volume"):
        project_anatomy(abdomen, z_first_mm=70.0, slices=9, axis_mm=(0.0, 0.0))


def test_a_changed_patient_keeps_his_place(abdomen: Volume) -> None:
    abdomen.values[3, 60, 100] = 1000

    mirrored = changed(abdomen, Variant(mirrored=True, upside_down=True))
    larger = changed(abdomen, Variant(scale=1.5))
    denser = changed(abdomen, Variant(bone=2.0))
    turned = changed(abdomen, Variant(turn_deg=90.0))

    assert mirrored.values[-4, 60, -101] == 1000
    assert np.array_equal(mirrored.affine, abdomen.affine)
    assert larger.spacing_mm == pytest.approx((5.0, 3.0, 3.0))
    middle = np.array([14.5, 59.5, 79.5])
    assert larger.to_patient_mm(middle) == pytest.approx(abdomen.to_patient_mm(middle))
    spine = abdomen.values == 500
    assert (denser.values[spine] == 880).all()
    assert (denser.values[abdomen.values == 60] == 60).all()
    assert (turned.values[0] == 500).sum() == pytest.approx(
        (abdomen.values[0] == 500).sum(), rel=0.1
    )
