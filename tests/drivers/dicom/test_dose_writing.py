from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from dosimetry_core.values import GenerationMode, Volume
from drivers.dicom import read_dose, write_dose
from tests.drivers.dicom.implants import (
    DOSE_UID,
    EXACT_FROM_GY,
    PLAN_UID,
    affine,
    dose_content,
    dose_volume,
    histograms,
    identity,
    study,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "dose.dcm"


def test_our_reader_reads_it_back(made, path):
    written = write_dose(dose_content(made), made.context, identity("dose"), path)
    found = read_dose(path)
    expected = dose_volume()
    assert written.clipped_voxels == 0
    assert found.largest_rounding_gy == written.largest_rounding_gy
    # Half a step, and what a 32-bit float is off at 900 Gy.
    off_gy = np.abs(found.volume.values - expected.values).max()
    assert off_gy <= written.largest_rounding_gy + 1e-4
    np.testing.assert_allclose(found.volume.affine, expected.affine, atol=1e-9)
    assert found.sop_instance_uid == DOSE_UID
    assert found.study_uid == made.context.study_uid
    assert found.frame_of_reference_uid == made.context.frame_of_reference_uid
    assert found.plan_uid == PLAN_UID
    assert found.structure_set_uid == made.structure_set_uid
    assert found.summation == "PLAN"
    assert found.mode is GenerationMode.TEST
    assert found.warnings == ()


def test_histograms_come_back(made, path):
    write_dose(dose_content(made), made.context, identity("dose"), path)
    for found, written in zip(read_dose(path).histograms, histograms(), strict=True):
        assert found.dose_gy == pytest.approx(written.dose_gy, abs=1e-6)
        assert found.volume == pytest.approx(written.volume, rel=1e-8)
        assert replace(found, dose_gy=written.dose_gy, volume=written.volume) == written


class TestRounding:
    """What matters is exact to 0.1 %, and what is cut for that is told."""

    def test_doses_near_a_seed_are_cut_and_counted(self, made, path):
        volume = dose_volume(highest_gy=50_000.0)
        written = write_dose(dose_content(made, volume), made.context, identity("dose"), path)
        ceiling_gy = 2e-3 * 65_535 * EXACT_FROM_GY
        assert written.ceiling_gy == pytest.approx(ceiling_gy, rel=1e-6)
        assert written.highest_gy == volume.values.max()
        assert written.clipped_voxels == np.count_nonzero(volume.values > ceiling_gy) > 0
        found = read_dose(path)
        assert found.volume.values.max() == pytest.approx(ceiling_gy, rel=1e-6)
        cut = f"{written.clipped_voxels} voxels cut to 1900.52 Gy"
        assert found.comment == f"TEST TG-43, advisory; {cut}"
        matters = (volume.values >= EXACT_FROM_GY) & (volume.values <= ceiling_gy)
        error = np.abs(found.volume.values / volume.values - 1.0)[matters]
        assert error.max() <= 1.001e-3

    def test_histograms_keep_their_true_doses(self, made, path):
        write_dose(dose_content(made, dose_volume(50_000.0)), made.context, identity("dose"), path)
        assert read_dose(path).histograms[0].maximum_gy == 1234.5

    def test_low_doses_are_rounded_finer(self, made, path):
        low = Volume(dose_volume(20.0).values, affine())
        written = write_dose(dose_content(made, low), made.context, identity("dose"), path)
        assert written.largest_rounding_gy == pytest.approx(20.0 / 65_535 / 2, rel=1e-6)
        assert read_dose(path).comment == "TEST TG-43, advisory, research use"

    def test_no_dose_at_all(self, made, path):
        none = Volume(np.zeros((3, 4, 5)), affine())
        write_dose(dose_content(made, none), made.context, identity("dose"), path)
        assert not read_dose(path).volume.values.any()

    @given(
        dose_gy=st.lists(st.floats(0.0, 1e6), min_size=24, max_size=24),
        exact_from_gy=st.floats(0.1, 1e3),
    )
    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_any_dose(self, dose_gy, exact_from_gy, made, path):
        volume = Volume(np.array(dose_gy).reshape(2, 3, 4), affine())
        content = replace(dose_content(made, volume), exact_from_gy=exact_from_gy)
        written = write_dose(content, made.context, identity("dose"), path)
        found = read_dose(path).volume.values.astype(np.float64)
        kept = np.minimum(volume.values, written.ceiling_gy)
        assert written.largest_rounding_gy <= 1e-3 * exact_from_gy * (1 + 1e-9)
        # Besides half a step, a 32-bit float is off by 6e-8.
        allowed = written.largest_rounding_gy * (1 + 1e-9) + kept * 1e-7
        assert (np.abs(found - kept) <= allowed).all()


class TestGrid:
    def test_oblique(self, made, path):
        matrix = affine()
        matrix[:3, :3] = (
            np.array([[0.8, -0.48, 0.36], [0.6, 0.64, -0.48], [0.0, 0.6, 0.8]]) @ matrix[:3, :3]
        )
        volume = Volume(dose_volume().values, matrix)
        write_dose(dose_content(made, volume), made.context, identity("dose"), path)
        np.testing.assert_allclose(read_dose(path).volume.affine, matrix, atol=1e-9)

    def test_k_towards_the_feet_is_turned_round(self, made, path):
        downwards = affine()
        downwards[:3, 3] += downwards[:3, 2] * 8
        downwards[:3, 2] *= -1.0
        volume = Volume(dose_volume().values[::-1], downwards)
        written = write_dose(dose_content(made, volume), made.context, identity("dose"), path)
        found = read_dose(path).volume
        np.testing.assert_allclose(found.affine, affine(), atol=1e-9)
        np.testing.assert_allclose(
            found.values, dose_volume().values, atol=written.largest_rounding_gy + 1e-4
        )

    def test_sheared_axes(self, made, path):
        sheared = affine()
        sheared[1, 2] = 0.5
        volume = Volume(dose_volume().values, sheared)
        with pytest.raises(ValueError, match="must be perpendicular"):
            write_dose(dose_content(made, volume), made.context, identity("dose"), path)

    def test_one_plane(self, made, path):
        volume = Volume(dose_volume().values[:1], affine())
        with pytest.raises(ValueError, match="at least two planes"):
            write_dose(dose_content(made, volume), made.context, identity("dose"), path)


def test_what_another_system_finds_in_it(made, path):
    write_dose(dose_content(made), made.context, identity("dose"), path)
    dose = dcmread(path)
    assert dose.PatientID == "PHANTOM-1"
    assert dose.SeriesDescription == "TEST Seed dose: advisory, research use"
    assert dose.QualityControlImage == "YES"
    assert (dose.DoseUnits, dose.DoseType, dose.DoseSummationType) == ("GY", "PHYSICAL", "PLAN")
    assert dose.GridFrameOffsetVector[:3] == [0.0, 2.5, 5.0]
    assert dose.BitsAllocated == 16
    np.testing.assert_allclose(
        dose.pixel_array * float(dose.DoseGridScaling), dose_volume().values, atol=0.01
    )
    (structure,) = dose.DVHSequence[1].DVHReferencedROISequence
    assert structure.ReferencedROINumber == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"volume": Volume(np.full((2, 2, 2), np.nan), np.eye(4))}, "finite and not below 0"),
        ({"volume": Volume(np.full((2, 2, 2), -1.0), np.eye(4))}, "finite and not below 0"),
        ({"volume": Volume(np.zeros((0, 2, 2)), np.eye(4))}, "finite and not below 0"),
        ({"exact_from_gy": 0.0}, "a dose above 0 Gy"),
        ({"histograms": (*histograms(), *histograms())}, "each structure has one histogram"),
    ],
)
def test_what_cannot_be_written_is_told(change, why, made):
    with pytest.raises(ValueError, match=why):
        replace(dose_content(made), **change)


def test_a_reference_that_is_no_uid(made, path):
    content = replace(dose_content(made), plan_uid="")
    with pytest.raises(ValueError, match="'' is not a UID"):
        write_dose(content, made.context, identity("dose"), path)
    assert not path.exists()


def test_simulated_images_make_no_real_dose(made, path):
    with pytest.raises(ValueError, match="a result of TEST images cannot be REAL"):
        write_dose(dose_content(made), made.context, identity("dose", GenerationMode.REAL), path)
