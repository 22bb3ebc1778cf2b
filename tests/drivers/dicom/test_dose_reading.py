from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    RTStructureSetStorage,
)

from dosimetry_core.values import GenerationMode
from drivers.dicom import DoseGrid, DoseRefused, mark, read_dose
from tests.drivers.dicom.garbling import encoded, garbled
from tests.drivers.dicom.planning_system import (
    DOSE,
    FRAME,
    PLAN,
    STRUCTURES,
    STUDY,
    dose,
    histogram,
    reference,
)
from tests.drivers.dicom.synthetic import ct_image, write

STORED = np.arange(4 * 5 * 6).reshape(4, 5, 6) * 500
# Columns, rows and planes of 2.5, 2 and 3 mm from (-20, 10, -110).
AFFINE = np.array([[2.5, 0, 0, -20], [0, 2, 0, 10], [0, 0, 3, -110], [0, 0, 0, 1.0]])


def read(dataset: Dataset, folder: Path, syntax: str | None = None) -> DoseGrid:
    return read_dose(write(dataset, folder, syntax) if syntax else write(dataset, folder))


def refusal(dataset: Dataset, folder: Path) -> str:
    with pytest.raises(DoseRefused) as caught:
        read(dataset, folder)
    return "\n".join(caught.value.reasons)


@pytest.mark.parametrize("bits", [16, 32])
def test_16_and_32_bits(bits, tmp_path):
    found = read(dose(STORED, bits=bits), tmp_path)
    assert found.volume.values.dtype == np.float32
    np.testing.assert_allclose(found.volume.values, STORED * 0.001, rtol=1e-6)
    np.testing.assert_array_equal(found.volume.affine, AFFINE)
    assert found.largest_rounding_gy == 0.0005


def test_32_bits_hold_more_than_16(tmp_path):
    found = read(dose(STORED * 50_000, scaling="1e-6"), tmp_path)
    np.testing.assert_allclose(found.volume.values, STORED * 0.05, rtol=1e-6)


def test_what_a_dose_says_of_itself(tmp_path):
    one = dose(STORED)
    one.DoseComment = "at the end"
    mark(one, GenerationMode.TEST)
    found = read(one, tmp_path)
    assert found.sop_instance_uid == DOSE
    assert found.study_uid == STUDY
    assert found.frame_of_reference_uid == FRAME
    assert found.plan_uid == PLAN
    assert found.structure_set_uid is None
    assert (found.summation, found.comment) == ("PLAN", "at the end")
    assert found.mode is GenerationMode.TEST
    assert found.histograms == ()
    assert found.warnings == ()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_other_encodings_read_the_same(syntax, tmp_path):
    one = dose(STORED, bits=16)
    np.testing.assert_array_equal(
        read(one, tmp_path / "other", syntax).volume.values,
        read(dose(STORED, bits=16), tmp_path).volume.values,
    )


def test_run_length_encoded(tmp_path):
    one = dose(STORED, bits=16)
    path = write(one, tmp_path)
    one.compress(RLELossless, generate_instance_uid=False)
    one.save_as(path, enforce_file_format=True)
    np.testing.assert_allclose(read_dose(path).volume.values, STORED * 0.001, rtol=1e-6)


@pytest.mark.parametrize(
    ("summation", "told"), [("FRACTION", "of FRACTION"), (None, "of an unstated sum")]
)
def test_a_part_of_a_plan_is_read_and_told(summation, told, tmp_path):
    one = dose(STORED)
    one.DoseSummationType = summation
    found = read(one, tmp_path)
    assert found.summation == (summation or "")
    assert found.warnings == (f"its doses are {told}, not of a whole PLAN",)


@pytest.mark.parametrize("name", ["rtdose.dcm", "rtdose_expb.dcm", "rtdose_rle.dcm"])
def test_a_planning_systems_own_file(name, tmp_path):
    """pydicom's 32-bit sample in three encodings, refused as relative and read once it is in Gy."""
    sample = dcmread(get_testdata_file(name, download=False))
    path = tmp_path / name
    sample.save_as(path)
    with pytest.raises(DoseRefused, match="its doses are in RELATIVE, not in GY"):
        read_dose(path)
    sample.DoseUnits = "GY"
    sample.save_as(path)
    found = read_dose(path)
    np.testing.assert_allclose(
        found.volume.values, sample.pixel_array * float(sample.DoseGridScaling), rtol=1e-6
    )
    assert found.volume.spacing_mm == (5.0, 10.0, 10.0)
    np.testing.assert_allclose(
        found.volume.to_patient_mm(np.array([14, 0, 9])), [279.43125, 199.43125, -691.87]
    )
    assert found.warnings == ("its doses are of BEAM, not of a whole PLAN",)


class TestPlanes:
    def test_absolute_offsets(self, tmp_path):
        """PS3.3 C.8.8.3.2, option b: the patient's z of each plane."""
        one = dose(STORED)
        one.GridFrameOffsetVector = [-110.0, -107.0, -104.0, -101.0]
        found = read(one, tmp_path)
        np.testing.assert_array_equal(found.volume.affine, AFFINE)
        np.testing.assert_allclose(found.volume.values, STORED * 0.001, rtol=1e-6)

    @pytest.mark.parametrize("offsets", [[0.0, -3.0, -6.0, -9.0], [-110.0, -113.0, -116.0, -119.0]])
    def test_planes_towards_the_feet(self, offsets, tmp_path):
        one = dose(STORED)
        one.GridFrameOffsetVector = offsets
        volume = read(one, tmp_path).volume
        assert np.linalg.det(volume.affine[:3, :3]) > 0.0
        np.testing.assert_allclose(volume.to_patient_mm(np.array([3, 0, 0])), [-20, 10, -110])
        np.testing.assert_allclose(volume.values[::-1], STORED * 0.001, rtol=1e-6)

    @pytest.mark.parametrize(
        "orientation",
        [
            [0, 1, 0, 0, 0, -1],  # sagittal
            [1, 0, 0, 0, 0, -1],  # coronal
            [-1, 0, 0, 0, -1, 0],  # prone
            [0.8, 0.6, 0, -0.48, 0.64, 0.6],  # oblique
        ],
    )
    def test_any_orientation(self, orientation, tmp_path):
        one = dose(STORED)
        one.ImageOrientationPatient = orientation
        row, column = np.array(orientation, dtype=float).reshape(2, 3)
        volume = read(one, tmp_path).volume
        where = np.array([-20, 10, -110]) + 4 * 2.5 * row + 3 * 2 * column
        where = where + 2 * 3 * np.cross(row, column)
        np.testing.assert_allclose(volume.to_patient_mm(np.array([2, 3, 4])), where)
        assert volume.values[2, 3, 4] == pytest.approx(STORED[2, 3, 4] * 0.001)

    def test_offsets_that_begin_nowhere(self, tmp_path):
        one = dose(STORED)
        one.GridFrameOffsetVector = [5.0, 8.0, 11.0, 14.0]
        assert "begins with 5 mm, which is neither 0" in refusal(one, tmp_path)

    def test_absolute_offsets_of_a_grid_that_is_not_axial(self, tmp_path):
        one = dose(STORED)
        one.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        one.GridFrameOffsetVector = [-110.0, -107.0, -104.0, -101.0]
        assert "begins with -110 mm" in refusal(one, tmp_path)

    def test_uneven_planes(self, tmp_path):
        one = dose(STORED)
        one.GridFrameOffsetVector = [0.0, 3.0, 6.0, 10.0]
        assert refusal(one, tmp_path) == "its planes are not evenly spaced: 3 to 4 mm apart"

    def test_offsets_of_two_decimals_are_even(self, tmp_path):
        one = dose(STORED)
        one.GridFrameOffsetVector = [0.0, 0.83, 1.67, 2.5]
        assert read(one, tmp_path).volume.spacing_mm[0] == pytest.approx(2.5 / 3)

    @pytest.mark.parametrize("offsets", [[0.0, 3.0, 3.0, 6.0], [0.0, 3.0, -3.0, 6.0]])
    def test_planes_that_repeat_or_turn_back(self, offsets, tmp_path):
        one = dose(STORED)
        one.GridFrameOffsetVector = offsets
        assert refusal(one, tmp_path) == "its planes do not lie one after the other"

    def test_another_number_of_offsets(self, tmp_path):
        one = dose(STORED)
        one.GridFrameOffsetVector = [0.0, 3.0, 6.0]
        assert refusal(one, tmp_path) == "it has 4 planes but the offsets of 3"

    def test_one_plane_is_no_volume(self, tmp_path):
        one = dose(STORED[:1])
        assert refusal(one, tmp_path) == "has no valid GridFrameOffsetVector"

    def test_directions_that_are_not_perpendicular(self, tmp_path):
        one = dose(STORED)
        one.ImageOrientationPatient = [1, 0, 0, 0.6, 0.8, 0]
        assert "not two perpendicular unit vectors" in refusal(one, tmp_path)


class TestRefusals:
    @pytest.mark.parametrize(
        ("keyword", "value", "told"),
        [
            ("DoseUnits", "RELATIVE", "its doses are in RELATIVE, not in GY"),
            ("DoseType", "EFFECTIVE", "its doses are EFFECTIVE, not PHYSICAL"),
            ("DoseType", "ERROR", "its doses are ERROR, not PHYSICAL"),
            ("DoseGridScaling", "0", "has a Dose Grid Scaling that is not above 0"),
            ("DoseGridScaling", None, "has no valid DoseGridScaling"),
            ("FrameOfReferenceUID", "", "has no valid FrameOfReferenceUID"),
            ("LossyImageCompression", "01", "was once compressed with loss"),
            ("PixelRepresentation", 1, "a dose has one unsigned sample of 16 or 32 bits"),
            ("BitsStored", 12, "a dose has one unsigned sample of 16 or 32 bits"),
            ("PixelSpacing", [0.0, 2.0], "its Pixel Spacing is no distance"),
            ("PixelSpacing", ["1e-6", "1e-6"], "its Pixel Spacing is no distance"),
            ("GridFrameOffsetVector", ["0", "1e-6", "2e-6", "3e-6"], "planes do not lie one after"),
            ("Rows", 7, "has doses that cannot be decoded: there are 480 bytes where 672"),
        ],
    )
    def test_what_is_wrong_is_told(self, keyword, value, told, tmp_path):
        one = dose(STORED)
        setattr(one, keyword, value)
        assert told in refusal(one, tmp_path)

    def test_all_reasons_come_at_once(self, tmp_path):
        one = dose(STORED)
        one.DoseUnits = "RELATIVE"
        one.DoseType = "EFFECTIVE"
        del one.DoseGridScaling
        del one.ImagePositionPatient
        assert len(refusal(one, tmp_path).splitlines()) == 4

    def test_histograms_without_a_grid(self, tmp_path):
        one = dose(STORED)
        del one.PixelData
        assert refusal(one, tmp_path) == "has no PixelData"

    def test_doses_beyond_what_32_bit_floats_hold(self, tmp_path):
        assert "no finite numbers" in refusal(dose(STORED, scaling="1e38"), tmp_path)

    def test_two_plans(self, tmp_path):
        one = dose(STORED)
        one.ReferencedRTPlanSequence.append(reference(RTStructureSetStorage, "1.9"))
        assert refusal(one, tmp_path) == "refers to 2 plans: which is meant?"

    def test_another_object(self, tmp_path):
        told = refusal(ct_image(0, "1.2", "1.3", "1.4"), tmp_path)
        assert told == "it is a CT Image Storage, not an RT Dose"

    def test_a_file_that_is_not_dicom(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no dose")
        with pytest.raises(DoseRefused, match="the file cannot be read"):
            read_dose(path)


def test_histograms_are_read_with_their_structure_set(tmp_path):
    one = dose(STORED)
    one.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, STRUCTURES)]
    one.DVHSequence = [histogram([0.0, 30.0, 5.0, 30.0, 5.0, 12.0]), histogram([1.0], roi=7)]
    found = read(one, tmp_path)
    assert found.structure_set_uid == STRUCTURES
    assert found.histograms[0].dose_gy == (0.0, 10.0, 20.0)
    assert found.warnings == ("histogram 2 has no pairs of dose and volume; left out",)


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_garbled_files_are_refused_or_read_and_nothing_else(data, tmp_path):
    one = dose(STORED, bits=data.draw(st.sampled_from([16, 32])))
    one.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, STRUCTURES)]
    one.DVHSequence = [histogram([0.0, 30.0, 5.0, 30.0, 5.0, 12.0])]
    mark(one, GenerationMode.TEST)
    path = tmp_path / "garbled.dcm"
    path.write_bytes(data.draw(garbled(encoded(one))))
    try:
        found = read_dose(path)
    except DoseRefused:
        return
    assert np.isfinite(found.volume.values).all()
