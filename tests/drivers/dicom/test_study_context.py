from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from pydicom import dcmread

from dosimetry_core.values import GenerationMode
from drivers.dicom import ContextRefused, read_study_context, write_implant_plan
from tests.drivers.dicom.implants import identity, plan_content, study
from tests.drivers.dicom.synthetic import (
    Series,
    contour,
    square,
    structure_set,
    write,
    write_series,
)

SERIES = Series("1.2.1", "1.2.2", "1.2.3", ())


def drawn():
    return structure_set(SERIES, {"GTV": [contour(square((0.0, 0.0, 0.0), 10.0))]})


def test_of_an_image(tmp_path):
    series = write_series(tmp_path, 3)
    context = read_study_context(series.paths[1])
    assert context.study_uid == series.study_uid
    assert context.frame_of_reference_uid == series.frame_of_reference_uid
    assert context.mode is GenerationMode.TEST
    assert dict(context.attributes)["PatientID"] == "PHANTOM-1"


def test_of_a_structure_set(tmp_path):
    context = read_study_context(write(drawn(), tmp_path))
    assert (context.study_uid, context.frame_of_reference_uid) == ("1.2.1", "1.2.3")


def test_a_structure_without_contours_lies_nowhere(tmp_path):
    one = structure_set(SERIES, {"GTV": [contour(square((0.0, 0.0, 0.0), 10.0))], "Empty": []})
    one.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.9"
    assert read_study_context(write(one, tmp_path)).frame_of_reference_uid == "1.2.3"


def test_names_nobody_in_print(tmp_path):
    context = read_study_context(write(drawn(), tmp_path))
    assert "PHANTOM" not in repr(context).upper()


@pytest.mark.parametrize(
    ("stated", "expected"), [("+0530", timedelta(hours=5.5)), (None, timedelta(hours=-4))]
)
def test_zone_is_the_objects_own_else_the_local_one_of_its_day(stated, expected, tmp_path):
    def change(image, _k):
        image.AcquisitionDate = "20250704"  # summer: New York is 4 hours behind
        if stated:
            image.TimezoneOffsetFromUTC = stated

    series = write_series(tmp_path, 1, change)
    context = read_study_context(series.paths[0], ZoneInfo("America/New_York"))
    assert context.zone == timezone(expected)


def test_times_of_a_result_are_in_the_zone_of_its_study(tmp_path):
    made = study(tmp_path)

    def change(image, _k):
        image.TimezoneOffsetFromUTC = "-0500"

    series = write_series(tmp_path / "other", 1, change)
    context = read_study_context(series.paths[0])
    write_implant_plan(plan_content(made), context, identity("plan"), tmp_path / "plan.dcm")
    plan = dcmread(tmp_path / "plan.dcm")
    assert plan.TimezoneOffsetFromUTC == "-0500"
    assert plan.StudyTime == "101500"
    assert plan.SeriesTime == "052233.444000"
    assert plan.SourceSequence[0].SourceStrengthReferenceTime == "070000.250000"


def test_what_is_written_is_as_the_images_have_it(tmp_path):
    """Longer than the standard allows, and in letters of another script."""

    def change(image, _k):
        image.SpecificCharacterSet = "ISO_IR 100"
        image.PatientName = "Prüfling^Größe"
        image["AccessionNumber"]._value = "2025-03-04-KRANKENHAUS-17"
        image.PatientIdentityRemoved = "YES"  # without a method: not to be said alone

    series = write_series(tmp_path, 1, change)
    made = study(tmp_path / "study")
    context = read_study_context(series.paths[0])
    write_implant_plan(plan_content(made), context, identity("plan"), tmp_path / "plan.dcm")
    plan = dcmread(tmp_path / "plan.dcm")
    assert plan.PatientName == "Prüfling^Größe"
    assert plan.AccessionNumber == "2025-03-04-KRANKENHAUS-17"
    assert "PatientIdentityRemoved" not in plan


class TestRefusals:
    def refusal(self, path) -> str:
        with pytest.raises(ContextRefused) as caught:
            read_study_context(path)
        return "\n".join(caught.value.reasons)

    def test_no_study_and_no_frame_of_reference(self, tmp_path):
        one = drawn()
        one.StudyInstanceUID = ""
        del one.ReferencedFrameOfReferenceSequence
        del one.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
        assert self.refusal(write(one, tmp_path)).splitlines() == [
            "it has no valid StudyInstanceUID",
            "it is on 0 frames of reference, exactly one is needed",
        ]

    def test_two_frames_of_reference(self, tmp_path):
        contours = [contour(square((0.0, 0.0, 0.0), 10.0))]
        one = structure_set(SERIES, {"GTV": contours, "Liver": contours})
        one.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.9"
        assert "is on 2 frames of reference" in self.refusal(write(one, tmp_path))

    def test_a_file_that_is_not_dicom(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no image")
        assert "the file cannot be read" in self.refusal(path)


def test_a_result_names_its_software_and_time():
    with pytest.raises(ValueError, match="must be aware"):
        type(identity("plan"))("1.2", "1.3", 1, datetime(2026, 1, 1), "1", GenerationMode.TEST)  # noqa: DTZ001
    with pytest.raises(ValueError, match="names the software"):
        type(identity("plan"))("1.2", "1.3", 1, datetime.now(UTC), "", GenerationMode.TEST)
    with pytest.raises(ValueError, match="'x' is not a UID"):
        type(identity("plan"))("1.2", "x", 1, datetime.now(UTC), "1", GenerationMode.TEST)
