"""Structure sets and segmentations that the node writes, read by others and by itself."""

import subprocess

import highdicom as hd
import numpy as np
import pytest
from pydicom import dcmread

from dosimetry_core.structures import mask_on, volume_cc
from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom import (
    WrittenStructure,
    read_ct_series,
    read_structures,
    read_study_context,
    write_segmentation,
    write_structures,
)
from tests.drivers.dicom.implants import identity
from tests.drivers.dicom.synthetic import write_series

SLICES = 8


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    written = write_series(tmp_path_factory.mktemp("series"), SLICES)
    return read_ct_series(written.paths), read_study_context(written.paths[0])


def ring(series) -> ContouredStructure:
    """A shell in three slices: outer and inner outlines combine by exclusive-or."""
    volume = series[0].volume
    angle = 2 * np.pi * np.arange(60) / 60
    polygons = []
    for k in (2, 3, 4):
        middle = volume.to_patient_mm(np.array([k, 12.0, 16.0]))
        for radius in (6.0, 3.0):
            around = np.stack([np.cos(angle), np.sin(angle), np.zeros(60)], axis=1)
            polygons.append(middle + radius * around)
    return ContouredStructure("L3_PERIPHERY", tuple(polygons))


def written(one: ContouredStructure) -> WrittenStructure:
    return WrittenStructure(one, "CTV", (240, 160, 40), "SEMIAUTOMATIC")


def errors(path) -> list[str]:
    verdict = subprocess.run(["dciodvfy", str(path)], check=False, capture_output=True, text=True)
    told = (verdict.stderr + verdict.stdout).splitlines()
    assert any("RTStructureSet" in line or "Segmentation" in line for line in told)
    return [line for line in told if line.startswith("Error")]


def test_a_structure_set_comes_back_as_it_was(series, tmp_path):
    path, shell = tmp_path / "zones.dcm", ring(series)
    write_structures([written(shell)], "Zones", *series, identity("zones"), path)
    back = read_structures(path)
    assert back.mode is GenerationMode.TEST
    assert back.referenced_series_uids == (series[0].series_uid,)
    assert [one.name for one in back.structures] == ["L3_PERIPHERY"]
    assert volume_cc(back.structures[0]) == pytest.approx(volume_cc(shell), rel=1e-4)
    assert dcmread(path).StructureSetLabel == "TEST Zones"


def test_a_structure_set_is_valid(series, tmp_path):
    path = tmp_path / "zones.dcm"
    write_structures([written(ring(series))], "Zones", *series, identity("zones"), path)
    assert errors(path) == []


def test_a_polygon_between_images_is_refused(series, tmp_path):
    shell = ring(series)
    off = ContouredStructure("off", tuple(p + np.array([0.0, 0.0, 0.6]) for p in shell.polygons_mm))
    with pytest.raises(ValueError, match=r"a polygon of off at z = .* lies in no image"):
        write_structures([written(off)], "Zones", *series, identity("zones"), tmp_path / "z.dcm")
    with pytest.raises(ValueError, match="label of 16 characters"):
        write_structures([], "Zones", *series, identity("zones"), tmp_path / "z.dcm")


def test_a_segmentation_is_read_by_highdicom_and_by_us(series, tmp_path):
    volume = series[0].volume
    shell = mask_on(ring(series), volume.affine, volume.values.shape)
    core = np.zeros_like(shell)
    core[3, 11:14, 15:18] = True
    path = tmp_path / "zones.dcm"
    masks = {"L3_CORE": core, "L3_PERIPHERY": shell & ~core}
    write_segmentation(masks, "Zones", *series, identity("segmentation"), path)
    theirs = hd.seg.segread(path)
    assert [theirs.get_segment_description(n).segment_label for n in (1, 2)] == list(masks)
    pixels = theirs.get_pixels_by_source_instance(
        list(series[0].sop_instance_uids), assert_missing_frames_are_empty=True
    )
    for n, mask in enumerate(masks.values()):
        np.testing.assert_array_equal(pixels[..., n].astype(bool), mask)
    ours = read_structures(path)
    assert ours.mode is GenerationMode.TEST
    assert volume_cc(ours.structures[1], plane_spacing_mm=ours.plane_spacing_mm) == pytest.approx(
        masks["L3_PERIPHERY"].sum() * volume.voxel_volume_mm3 / 1000, rel=0.2
    )


def test_a_segmentation_is_valid(series, tmp_path):
    volume = series[0].volume
    mask = mask_on(ring(series), volume.affine, volume.values.shape)
    path = tmp_path / "zones.dcm"
    write_segmentation({"L3": mask}, "Zones", *series, identity("segmentation"), path)
    assert errors(path) == []


def test_empty_and_foreign_masks_are_refused(series, tmp_path):
    shape = series[0].volume.values.shape
    of = *series, identity("segmentation"), tmp_path / "z.dcm"
    with pytest.raises(ValueError, match="no empty one"):
        write_segmentation({"L3": np.zeros(shape, bool)}, "Zones", *of)
    with pytest.raises(ValueError, match="not on the grid"):
        write_segmentation({"L3": np.ones((2, 2, 2), bool)}, "Zones", *of)
