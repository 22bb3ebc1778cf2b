from io import BytesIO

import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RTStructureSetStorage,
    generate_uid,
)

from dosimetry_core.values import GenerationMode
from drivers.dicom import mark, mode_of

SIMULATED = [GenerationMode.TEST, GenerationMode.DEMO]


def ct() -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.SeriesDescription = "Liver 3 mm"
    return dataset


def written_and_read(dataset: Dataset, transfer_syntax: str) -> Dataset:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    buffer.seek(0)
    return dcmread(buffer)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_mark_survives_a_file(mode: GenerationMode, syntax: str) -> None:
    dataset = ct()
    mark(dataset, mode)
    assert mode_of(written_and_read(dataset, syntax)) is mode


@pytest.mark.parametrize("mode", SIMULATED)
def test_simulated_images_show_it_to_programs_that_do_not_know_the_mark(
    mode: GenerationMode,
) -> None:
    dataset = ct()
    mark(dataset, mode)
    assert dataset.QualityControlImage == "YES"
    assert dataset.SeriesDescription == f"{mode.value} Liver 3 mm"


def test_real_leaves_public_attributes_alone() -> None:
    dataset = ct()
    mark(dataset, GenerationMode.REAL)
    assert "QualityControlImage" not in dataset
    assert dataset.SeriesDescription == "Liver 3 mm"


def test_marking_again_replaces_the_prefix() -> None:
    dataset = ct()
    mark(dataset, GenerationMode.TEST)
    mark(dataset, GenerationMode.DEMO)
    assert mode_of(dataset) is GenerationMode.DEMO
    assert dataset.SeriesDescription == "DEMO Liver 3 mm"


def test_description_is_cut_to_what_lo_may_hold() -> None:
    dataset = ct()
    dataset.SeriesDescription = "x" * 64
    mark(dataset, GenerationMode.DEMO)
    assert dataset.SeriesDescription == "DEMO " + "x" * 59


def test_description_is_made_where_there_is_none() -> None:
    dataset = Dataset()
    mark(dataset, GenerationMode.TEST)
    assert dataset.SeriesDescription == "TEST"


def test_structure_sets_get_no_image_attribute() -> None:
    dataset = Dataset()
    dataset.SOPClassUID = RTStructureSetStorage
    mark(dataset, GenerationMode.DEMO)
    assert "QualityControlImage" not in dataset
    assert mode_of(dataset) is GenerationMode.DEMO


@pytest.mark.parametrize("mode", SIMULATED)
def test_simulated_never_becomes_real(mode: GenerationMode) -> None:
    dataset = ct()
    mark(dataset, mode)
    with pytest.raises(ValueError, match="cannot be marked REAL"):
        mark(dataset, GenerationMode.REAL)


def test_without_a_mark_quality_control_images_are_tests_and_others_real() -> None:
    dataset = ct()
    assert mode_of(dataset) is GenerationMode.REAL
    dataset.QualityControlImage = "NO"
    assert mode_of(dataset) is GenerationMode.REAL
    dataset.QualityControlImage = "YES"
    assert mode_of(dataset) is GenerationMode.TEST


def test_private_mark_wins_over_quality_control() -> None:
    dataset = ct()
    mark(dataset, GenerationMode.REAL)
    dataset.QualityControlImage = "YES"
    assert mode_of(dataset) is GenerationMode.REAL


def test_an_unknown_mark_is_not_taken_for_real() -> None:
    dataset = ct()
    dataset.private_block(0x0071, "PROCEDURE NODE", create=True).add_new(0x01, "LO", "GENUINE")
    assert mode_of(dataset) is GenerationMode.TEST


def test_a_mark_that_cannot_be_decoded_is_test() -> None:
    dataset = ct()
    mark(dataset, GenerationMode.REAL)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    # The mark as numbers of eight bytes, which its four are not.
    broken = buffer.getvalue().replace(b"LO\x04\x00REAL", b"FD\x04\x00REAL")
    assert broken != buffer.getvalue()
    assert mode_of(dcmread(BytesIO(broken))) is GenerationMode.TEST
