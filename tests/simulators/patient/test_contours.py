import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.structures import contains, mask_on, sample_structure, volume_cc
from dosimetry_core.values import ContouredStructure
from simulators.patient import PatientCt, contours

VOLUMES_CC = {
    "L1": (3.0, 6.0),
    "L2": (0.5, 2.0),
    "L3": (10.0, 20.0),
    "L3_CORE": (1.5, 4.0),
    "L3_PERIPHERY": (8.0, 16.0),
    "GALLBLADDER": (15.0, 40.0),
    "STOMACH": (150.0, 400.0),
}


@pytest.fixture(scope="module")
def structures() -> dict[str, ContouredStructure]:
    return {one.structure.name: one.structure for one in contours()}


def _mask(structure: ContouredStructure, ct: PatientCt) -> NDArray[np.bool_]:
    return mask_on(structure, ct.volume.affine, (41, 512, 512), plane_spacing_mm=5.0)


def test_volumes_are_plausible(structures: dict[str, ContouredStructure]) -> None:
    assert set(structures) == set(VOLUMES_CC)
    for name, (least, most) in VOLUMES_CC.items():
        assert least < volume_cc(structures[name]) < most, name


def test_polygons_are_closed_curves_in_the_planes_of_images(
    structures: dict[str, ContouredStructure], ct: PatientCt
) -> None:
    planes_mm = [float(one.ImagePositionPatient[2]) for one in ct.datasets]
    for name, structure in structures.items():
        for polygon in structure.polygons_mm:
            assert set(polygon[:, 2]) <= set(planes_mm), name
            assert len(np.unique(polygon[:, 2])) == 1
            assert len(polygon) >= 12
            # The last point is followed by the first at no more than the usual step.
            steps = np.linalg.norm(np.roll(polygon, -1, axis=0) - polygon, axis=1)
            assert steps.min() > 0.0
            assert steps.max() < 8.0, name


def test_structures_lie_in_the_patient_and_on_what_they_are_named_for(
    structures: dict[str, ContouredStructure], ct: PatientCt
) -> None:
    def hu(name: str) -> NDArray[np.int16]:
        return ct.volume.values[_mask(structures[name], ct)]

    for name in ("L1", "L2", "L3"):
        assert np.percentile(hu(name), 2) > -100, name
    assert 40 < np.median(hu("L3_CORE")) < 90  # darker than liver at 119 HU
    assert 100 < np.median(hu("L3_PERIPHERY")) < 130
    faint = replace(structures["L2"], polygons_mm=structures["L2"].polygons_mm[1:2])
    assert np.median(ct.volume.values[_mask(faint, ct)]) < 112
    assert 0 < np.median(hu("GALLBLADDER")) < 45  # bile
    stomach = hu("STOMACH")
    assert 0.1 < np.mean(stomach < -300) < 0.6  # air over contrast
    assert np.mean(stomach > 100) > 0.3


def test_core_and_periphery_make_up_the_bulky_lesion(
    structures: dict[str, ContouredStructure],
) -> None:
    whole = sample_structure(structures["L3"], point_count=5_000).points_mm
    whole = whole[contains(structures["L3"], whole)]  # cells on the edge may stick out
    in_core = contains(structures["L3_CORE"], whole)
    in_periphery = contains(structures["L3_PERIPHERY"], whole)

    # Each is interpolated by itself: in the planes they fit exactly, between them to a slab's step.
    assert (in_core ^ in_periphery).mean() > 0.95
    core = sample_structure(structures["L3_CORE"], point_count=2_000).points_mm
    assert contains(structures["L3"], core).mean() > 0.99


def test_names_are_those_of_the_demonstration_protocol(
    structures: dict[str, ContouredStructure], config_directory: Path
) -> None:
    file = config_directory / "protocols" / "demonstration.toml"
    protocol = tomllib.loads(file.read_text(encoding="utf-8"))

    organs = {organ["name"] for organ in protocol["organs"]}
    assert {n for n in structures if not re.match(protocol["structures"]["target"], n)} == organs


def test_every_structure_says_what_it_is() -> None:
    types = {one.structure.name: one.interpreted_type for one in contours()}

    assert types["STOMACH"] == types["GALLBLADDER"] == "ORGAN"
    assert types["L3_CORE"] == "GTV"
    assert types["L1"] == "CTV"
