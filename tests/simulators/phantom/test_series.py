import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from dosimetry_core.values import GenerationMode, Volume
from drivers.dicom import mode_of
from simulators.phantom import StudyIdentity, WrittenSeries, write_series

STARTED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TAKEN = datetime(2026, 3, 2, 10, 30, 5, tzinfo=timezone(timedelta(hours=1)))
IDENTITY = StudyIdentity("1.2.3", "1.2.3.4", STARTED, seed="test")


@pytest.fixture
def template(liver: Volume) -> list[Dataset]:
    return [_image(k, liver) for k in range(liver.values.shape[0])]


def _image(k: int, volume: Volume) -> Dataset:
    image = Dataset()
    image.PatientName = "SOMEBODY^ELSE"
    image.PatientPosition = "FFS"
    image.KVP = "120"
    image.SliceThickness = "5"
    image.ImagePositionPatient = [-40, -40, -100 + 5 * k]
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.PositionReferenceIndicator = "XY"
    image.PixelSpacing = [0.8, 0.8]
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    _, image.Rows, image.Columns = volume.values.shape
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 1
    image.RescaleIntercept, image.RescaleSlope = "-1024", "1"
    image.RescaleType = "HU"
    return image


def _write(volume: Volume, template: list[Dataset], directory: Path, **more: str) -> WrittenSeries:
    return write_series(
        volume,
        template,
        StudyIdentity("1.2.3", "1.2.3.4", STARTED, seed=more.get("seed", "test")),
        number=7,
        description="Control",
        derivation="Made for a test",
        acquired_at=TAKEN,
        directory=directory,
    )


def test_pixels_geometry_and_times_come_through(
    liver: Volume, template: list[Dataset], tmp_path: Path
) -> None:
    liver.values[3, 20, 30] = 3071
    liver.values[4, 20, 30] = -1024

    written = _write(liver, template, tmp_path)

    images = [dcmread(file) for file in written.files]
    stored = np.stack([image.pixel_array for image in images])
    assert np.array_equal(stored.astype(int) - 1024, liver.values)
    assert [float(image.ImagePositionPatient[2]) for image in images] == list(written.positions_mm)
    assert images[0].AcquisitionDate + images[0].AcquisitionTime == "20260302093005"
    assert images[0].StudyTime == "080000"
    assert images[0].TimezoneOffsetFromUTC == "+0000"
    assert images[0].FrameOfReferenceUID == "1.2.3.4"
    assert sorted(int(image.InstanceNumber) for image in images) == list(range(1, 22))


def test_every_image_is_marked_and_carries_a_pseudonym(
    liver: Volume, template: list[Dataset], tmp_path: Path
) -> None:
    for file in _write(liver, template, tmp_path).files:
        image = dcmread(file)
        assert mode_of(image) is GenerationMode.DEMO
        assert image.QualityControlImage == "YES"
        assert image.SeriesDescription == "DEMO Control"
        assert str(image.PatientName) == "DEMO^PATIENT"
        assert b"SOMEBODY" not in file.read_bytes()


def test_uids_depend_on_the_seed_alone(
    liver: Volume, template: list[Dataset], tmp_path: Path
) -> None:
    once = _write(liver, template, tmp_path / "a")
    again = _write(liver, template, tmp_path / "b")
    other = _write(liver, template, tmp_path / "c", seed="other")

    assert once.series_uid == again.series_uid
    assert once.sop_instance_uids == again.sop_instance_uids
    assert not set(once.sop_instance_uids) & set(other.sop_instance_uids)
    assert len(set(once.sop_instance_uids)) == 21


def test_other_programs_find_no_fault(
    liver: Volume, template: list[Dataset], tmp_path: Path
) -> None:
    file = _write(liver, template, tmp_path).files[0]

    subprocess.run(["dcmdump", str(file)], check=True, capture_output=True)
    verdict = subprocess.run(["dciodvfy", str(file)], check=False, capture_output=True, text=True)
    assert "CTImage" in verdict.stderr
    assert "Error" not in verdict.stderr


def test_what_does_not_fit_is_refused(
    liver: Volume, template: list[Dataset], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="21 slices"):
        _write(liver, template[:-1], tmp_path)
    small = Volume(liver.values[:, :-1], liver.affine)
    with pytest.raises(ValueError, match="size"):
        _write(small, template, tmp_path)
    beyond = Volume(np.full_like(liver.values, 32_000), liver.affine)
    with pytest.raises(ValueError, match="cannot hold"):
        _write(beyond, template, tmp_path)


def test_an_identity_is_a_pseudonym_at_a_known_time() -> None:
    with pytest.raises(ValueError, match="aware"):
        StudyIdentity("1.2.3", "1.2.3.4", datetime(2026, 3, 2), seed="x")  # noqa: DTZ001
    with pytest.raises(ValueError, match="DEMO"):
        StudyIdentity("1.2.3", "1.2.3.4", STARTED, seed="x", patient_name="DOE^JANE")
