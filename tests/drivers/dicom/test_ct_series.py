from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from dosimetry_core.values import GenerationMode
from drivers.dicom import SeriesRefused, mark, read_ct_series
from tests.drivers.dicom.synthetic import (
    PITCH_MM,
    Change,
    ct_image,
    stored_values,
    write,
    write_series,
)

DATA = Path(__file__).parent / "data"
LOSSLESS = [
    "deflated",
    "explicit_big_endian",
    "jpeg2000_lossless",
    "jpeg_lossless",
    "jpeg_lossless_sv1",
    "jpegls_lossless",
    "rle",
]
LOSSY = ["jpeg2000_lossy", "jpeg_baseline", "jpegls_lossy"]


def refusal(paths) -> str:
    with pytest.raises(SeriesRefused) as caught:
        read_ct_series(paths)
    return "\n".join(caught.value.reasons)


def refusal_of(folder: Path, change: Change, count: int = 8) -> str:
    return refusal(write_series(folder, count, change).paths)


def only(k: int, change: Change) -> Change:
    return lambda image, n: change(image, n) if n == k else None


def set_value(keyword: str, value: object) -> Change:
    return lambda image, _k: setattr(image, keyword, value)


class TestSoundSeries:
    def test_slices_are_stacked_by_position_whatever_the_order_of_files(self, tmp_path):
        series = write_series(tmp_path, 5)
        shuffled = [series.paths[n] for n in (3, 0, 4, 2, 1)]
        ct = read_ct_series(shuffled)
        expected = np.stack([stored_values(k) - 1024 for k in range(5)])
        np.testing.assert_array_equal(ct.volume.values, expected)
        assert ct.volume.values.dtype == np.int16
        assert ct.sop_instance_uids == tuple(path.stem for path in series.paths)
        assert ct.image_count == 5

    def test_affine_puts_voxels_where_the_headers_say(self, tmp_path):
        ct = read_ct_series(write_series(tmp_path, 5).paths)
        assert ct.volume.spacing_mm == pytest.approx((PITCH_MM, 0.7, 0.8))
        np.testing.assert_allclose(
            ct.volume.to_patient_mm(np.array([2.0, 3.0, 4.0])),
            [-20.0 + 4 * 0.8, -15.0 + 3 * 0.7, -100.0 + 2 * PITCH_MM],
        )

    def test_coronal_slices_have_their_own_axes(self, tmp_path):
        def coronal(image: Dataset, k: int) -> None:
            image.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
            image.ImagePositionPatient = [-20.0, 50.0 + 2.0 * k, 100.0]

        ct = read_ct_series(write_series(tmp_path, 4, coronal).paths)
        np.testing.assert_allclose(ct.volume.to_patient_mm(np.zeros(3)), [-20.0, 50.0, 100.0])
        np.testing.assert_allclose(
            ct.volume.to_patient_mm(np.array([3.0, 2.0, 1.0])), [-19.2, 56.0, 100.0 - 1.4]
        )

    def test_uids_mode_and_first_acquisition_are_told(self, tmp_path):
        series = write_series(tmp_path, 3)
        ct = read_ct_series(series.paths)
        assert ct.series_uid == series.series_uid
        assert ct.study_uid == series.study_uid
        assert ct.frame_of_reference_uid == series.frame_of_reference_uid
        assert ct.mode is GenerationMode.TEST
        assert ct.acquired_at == datetime(2025, 3, 4, 10, 15, 0, 250000, tzinfo=UTC)

    def test_times_without_an_offset_are_of_the_local_zone(self, tmp_path):
        ct = read_ct_series(write_series(tmp_path, 3).paths, timezone(timedelta(hours=2)))
        assert ct.acquired_at == datetime(2025, 3, 4, 8, 15, 0, 250000, tzinfo=UTC)

    @pytest.mark.parametrize(
        "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian], ids=lambda s: s.name
    )
    def test_encoding_changes_neither_volume_nor_digest(self, tmp_path, syntax):
        series = write_series(tmp_path / "explicit", 3)
        for path in series.paths:
            write(dcmread(path), tmp_path / "other", syntax)
        one = read_ct_series(series.paths)
        other = read_ct_series((tmp_path / "other").iterdir())
        np.testing.assert_array_equal(one.volume.values, other.volume.values)
        assert one.content_sha256 == other.content_sha256

    def test_one_changed_voxel_changes_the_digest(self, tmp_path):
        series = write_series(tmp_path, 3)
        before = read_ct_series(series.paths).content_sha256
        image = dcmread(series.paths[1])
        pixels = image.pixel_array.copy()
        pixels[5, 6] += 1
        image.PixelData = pixels.tobytes()
        write(image, tmp_path)
        assert read_ct_series(series.paths).content_sha256 != before


class TestHounsfield:
    def test_unsigned_values_of_twelve_bits_ignore_what_lies_above_them(self, tmp_path):
        def twelve_bits(image: Dataset, k: int) -> None:
            image.PixelRepresentation = 0
            image.BitsStored, image.HighBit = 12, 11
            image.PixelData = ((stored_values(k) % 4096).astype("<u2") | 0xF000).tobytes()

        ct = read_ct_series(write_series(tmp_path, 3, twelve_bits).paths)
        np.testing.assert_array_equal(ct.volume.values[2], stored_values(2) % 4096 - 1024)

    def test_signed_values_of_twelve_bits_keep_their_sign(self, tmp_path):
        def twelve_bits(image: Dataset, _k: int) -> None:
            image.BitsStored, image.HighBit = 12, 11
            image.RescaleIntercept = 0
            image.PixelData = np.full((24, 32), 0x0FFE, "<u2").tobytes()

        ct = read_ct_series(write_series(tmp_path, 3, twelve_bits).paths)
        assert set(ct.volume.values.ravel()) == {-2}

    def test_high_unsigned_values_do_not_wrap(self, tmp_path):
        def high(image: Dataset, _k: int) -> None:
            image.PixelRepresentation = 0
            image.RescaleIntercept = -32768
            image.PixelData = np.full((24, 32), 60000, "<u2").tobytes()

        ct = read_ct_series(write_series(tmp_path, 3, high).paths)
        assert set(ct.volume.values.ravel()) == {60000 - 32768}

    def test_fractional_rescale_is_rounded_to_whole_hu(self, tmp_path):
        def fractional(image: Dataset, k: int) -> None:
            image.RescaleSlope, image.RescaleIntercept = 0.5, -10.25
            image.PixelData = stored_values(k).tobytes()

        ct = read_ct_series(write_series(tmp_path, 3, fractional).paths)
        np.testing.assert_array_equal(
            ct.volume.values[1], np.rint(stored_values(1) * 0.5 - 10.25).astype(int)
        )

    @pytest.mark.parametrize("value", [-2000, 63536], ids=["signed", "written as unsigned"])
    def test_padding_below_air_becomes_air(self, tmp_path, value):
        def padded(image: Dataset, k: int) -> None:
            pixels = stored_values(k).copy()
            pixels[:3] = -2000
            image.PixelData = pixels.tobytes()
            image.add_new("PixelPaddingValue", "SS" if value < 0 else "US", value)

        ct = read_ct_series(write_series(tmp_path, 3, padded).paths)
        assert set(ct.volume.values[:, :3].ravel()) == {-1024}
        np.testing.assert_array_equal(ct.volume.values[1, 3:], stored_values(1)[3:] - 1024)

    def test_padding_value_that_could_be_tissue_is_left_alone(self, tmp_path):
        def padded(image: Dataset, _k: int) -> None:
            image.RescaleIntercept = 0
            image.PixelData = np.zeros((24, 32), "<i2").tobytes()
            image.add_new("PixelPaddingValue", "SS", 0)

        ct = read_ct_series(write_series(tmp_path, 3, padded).paths)
        assert set(ct.volume.values.ravel()) == {0}

    def test_values_beyond_sixteen_bits_are_refused(self, tmp_path):
        told = refusal_of(tmp_path, set_value("RescaleSlope", 20))
        assert "each of 7 of 8 images has values beyond -32768 to 32767 HU" in told

    def test_pixel_data_that_is_cut_short_is_refused(self, tmp_path):
        series = write_series(tmp_path, 3)
        path = series.paths[1]
        path.write_bytes(path.read_bytes()[:-100])
        told = refusal(series.paths)
        assert "has pixel data that ends after 1436 of 1536 bytes" in told
        assert path.name in told


class TestRealEncodings:
    """One real chest CT image, each encoding at three positions."""

    def series(self, name: str, folder: Path) -> list[Path]:
        paths = []
        for k in range(3):
            image = dcmread(DATA / "transfer_syntaxes" / f"{name}.dcm")
            image.SOPInstanceUID = f"1.2.826.0.1.{k + 1}"
            image.ImagePositionPatient = [-161.4, -148.8, 4.7 + 5.0 * k]
            paths.append(write(image, folder, image.file_meta.TransferSyntaxUID))
        return paths

    @pytest.mark.parametrize("name", LOSSLESS)
    def test_lossless_encodings_give_the_same_series(self, tmp_path, name):
        plain = read_ct_series(self.series("implicit_little_endian", tmp_path / "plain"))
        packed = read_ct_series(self.series(name, tmp_path / "packed"))
        np.testing.assert_array_equal(packed.volume.values, plain.volume.values)
        assert packed.content_sha256 == plain.content_sha256

    @pytest.mark.parametrize("name", LOSSY)
    def test_lossy_encodings_are_refused(self, tmp_path, name):
        told = refusal(self.series(name, tmp_path))
        assert "every image is compressed with loss" in told
        assert "every image was once compressed with loss" in told

    def test_what_was_once_lossy_stays_refused_when_it_is_decompressed(self, tmp_path):
        told = refusal_of(tmp_path, set_value("LossyImageCompression", "01"))
        assert told == "every image was once compressed with loss (Lossy Image Compression is 01)"

    def test_broken_compressed_pixels_are_refused(self, tmp_path):
        series = write_series(tmp_path, 3, transfer_syntax=RLELossless, change=_broken_rle)
        assert "every image has pixels that cannot be decoded" in refusal(series.paths)


def _broken_rle(image: Dataset, _k: int) -> None:
    image.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00abcd"
    image["PixelData"].is_undefined_length = True


class TestGeometry:
    def test_real_tilted_uneven_series_is_refused_with_both_reasons(self):
        told = refusal((DATA / "gantry_tilt_ge").iterdir())
        assert "every image was taken with the gantry tilted by 18.5 degrees" in told
        assert "not stacked straight" in told
        assert "(18.5 degrees)" in told
        assert "uneven slices: 1.08 mm instead of 4.00 mm between the slices at 18.36" in told

    def test_shear_without_the_tilt_attribute_is_refused(self, tmp_path):
        def sheared(image: Dataset, k: int) -> None:
            image.ImagePositionPatient = [-20.0, -15.0 + 0.5 * k, -100.0 + PITCH_MM * k]

        told = refusal_of(tmp_path, sheared)
        assert "at -82.50 mm lies 3.50 mm aside of the first (11.3 degrees)" in told

    def test_missing_slices_are_placed(self, tmp_path):
        series = write_series(tmp_path, 12)
        told = refusal([p for n, p in enumerate(series.paths) if n not in {4, 7, 8}])
        assert "1 slice missing between the slices at -92.50 and -87.50 mm" in told
        assert "2 slices missing between the slices at -85.00 and -77.50 mm" in told

    def test_one_slice_out_of_place_is_uneven(self, tmp_path):
        def moved(image: Dataset, k: int) -> None:
            image.ImagePositionPatient = [-20.0, -15.0, -100.0 + PITCH_MM * k + 0.6 * (k == 3)]

        told = refusal_of(tmp_path, moved)
        assert "3.10 mm instead of 2.50 mm between the slices at -95.00 and -91.90 mm" in told
        assert "1.90 mm instead of 2.50 mm between the slices at -91.90 and -90.00 mm" in told

    def test_slowly_drifting_spacing_is_refused(self, tmp_path):
        def drifting(image: Dataset, k: int) -> None:
            image.ImagePositionPatient = [-20.0, -15.0, -100.0 + PITCH_MM * k + 0.004 * k * k]

        assert "the slice spacing drifts" in refusal_of(tmp_path, drifting, count=20)

    def test_positions_rounded_to_a_tenth_are_even(self, tmp_path):
        def rounded(image: Dataset, k: int) -> None:
            image.ImagePositionPatient = [-20.0, -15.0, round(-100.0 + 1.25 * k, 1)]

        ct = read_ct_series(write_series(tmp_path, 9, rounded).paths)
        assert ct.volume.spacing_mm[0] == pytest.approx(1.25)

    def test_duplicate_positions_are_placed(self, tmp_path):
        series = write_series(tmp_path, 6)
        again = dcmread(series.paths[2])
        again.SOPInstanceUID = generate_uid()
        assert "several slices lie at the same position: -95.00 mm" in refusal(
            [*series.paths, write(again, tmp_path)]
        )

    def test_the_same_image_twice_is_told(self, tmp_path):
        series = write_series(tmp_path / "a", 4)
        copy = write(dcmread(series.paths[0]), tmp_path / "b")
        assert "1 slices repeat the SOP Instance UID" in refusal([*series.paths, copy])

    def test_two_slices_are_too_few(self, tmp_path):
        assert "2 slices are too few" in refusal(write_series(tmp_path, 2).paths)

    def test_no_file_at_all_is_refused(self):
        assert "0 slices are too few" in refusal([])


class TestMixtures:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (set_value("FrameOfReferenceUID", "1.2.3"), "are of 2 frames of reference"),
            (set_value("SeriesInstanceUID", "1.2.3"), "are of 2 series"),
            (set_value("StudyInstanceUID", "1.2.3"), "are of 2 studies"),
            (
                set_value("ImageOrientationPatient", [0, 1, 0, -1, 0, 0]),
                "have different orientations",
            ),
            (set_value("PixelSpacing", [0.7, 0.81]), "have 2 different pixel spacings"),
            (set_value("RescaleIntercept", -1000), "have 2 different rescales"),
            (set_value("Rows", 12), "have 2 different matrix sizes"),
            (lambda image, _k: mark(image, GenerationMode.DEMO), "mix real and simulated"),
        ],
    )
    def test_one_slice_that_differs_is_told(self, tmp_path, change, words):
        assert f"the slices {words}" in refusal_of(tmp_path, only(3, change))


class TestSingleImages:
    def test_localiser_among_the_slices_is_named(self, tmp_path):
        series = write_series(
            tmp_path, 6, only(5, set_value("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]))
        )
        assert refusal(series.paths) == (
            f"1 of 6 images is a localiser, not a slice: {series.paths[5].name}"
        )

    def test_other_objects_are_named(self, tmp_path):
        told = refusal_of(tmp_path, set_value("SOPClassUID", SecondaryCaptureImageStorage))
        assert "every image is a Secondary Capture Image Storage, not a CT Image" in told

    @pytest.mark.parametrize(
        "keyword",
        [
            "BitsStored",
            "FrameOfReferenceUID",
            "ImageOrientationPatient",
            "ImagePositionPatient",
            "PixelData",
            "PixelSpacing",
            "RescaleIntercept",
            "RescaleSlope",
            "Rows",
        ],
    )
    def test_missing_attribute_is_named(self, tmp_path, keyword):
        told = refusal_of(tmp_path, lambda image, _k: delattr(image, keyword), count=3)
        assert f"every image has no valid {keyword}" in told or f"has no {keyword}" in told

    def test_identifiers_that_were_taken_out_are_not_needed(self, tmp_path):
        """Anonymisers blank them in the dataset and leave the file meta (TotalSegmentator's do)."""
        paths = write_series(tmp_path, 3).paths
        for path in paths:
            image = dcmread(path)
            for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
                setattr(image, keyword, "")
            image.StudyInstanceUID = ""
            image.save_as(path)
        read = read_ct_series(paths)
        assert read.image_count == len(set(read.sop_instance_uids)) == 3
        assert (read.series_uid, read.study_uid) == ("", "")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (set_value("Modality", "MR"), "has the modality MR, not CT"),
            (set_value("GantryDetectorTilt", -12.0), "gantry tilted by -12 degrees"),
            (set_value("PhotometricInterpretation", "MONOCHROME1"), "MONOCHROME1, not MONOCHROME2"),
            (set_value("HighBit", 14), "unsupported pixel format"),
            (set_value("NumberOfFrames", 2), "several frames"),
            (set_value("RescaleType", "HU_MOD"), "values in HU_MOD, not in HU"),
            (set_value("PixelSpacing", [0.0, 0.8]), "PixelSpacing that is not positive"),
            (set_value("RescaleSlope", 0), "RescaleSlope of 0"),
            (set_value("ImageOrientationPatient", [1, 0, 0, 0.5, 1, 0]), "perpendicular"),
        ],
    )
    def test_unusable_attribute_is_told(self, tmp_path, change, words):
        assert words in refusal_of(tmp_path, change, count=3)

    def test_a_tilt_of_hundredths_is_no_tilt(self, tmp_path):
        series = write_series(tmp_path, 3, set_value("GantryDetectorTilt", 0.02))
        assert read_ct_series(series.paths).image_count == 3

    def test_files_that_are_not_dicom_are_named(self, tmp_path):
        series = write_series(tmp_path, 4)
        other = tmp_path / "report.pdf"
        other.write_bytes(b"%PDF-1.4 no image")
        told = refusal([*series.paths, other])
        assert "1 of 5 images cannot be read" in told
        assert told.endswith(": report.pdf")

    def test_all_reasons_come_at_once(self, tmp_path):
        def wrong(image: Dataset, k: int) -> None:
            image.GantryDetectorTilt = 10.0
            image.LossyImageCompression = "01"
            if k == 2:
                image.FrameOfReferenceUID = "1.2.3"
            if k == 5:
                image.ImagePositionPatient = [-20.0, -15.0, -86.7]

        told = refusal_of(tmp_path, wrong)
        for words in ("tilted", "with loss", "frames of reference", "uneven slices"):
            assert words in told

    def test_text_in_a_number_is_a_missing_number(self, tmp_path):
        series = write_series(tmp_path, 3)
        for path in series.paths:
            path.write_bytes(path.read_bytes().replace(b"-1024", b"-10x4"))
        assert "every image has no valid RescaleIntercept" in refusal(series.paths)


def test_unmarked_images_are_real(tmp_path):
    paths = []
    for k in range(3):
        image = ct_image(k, "1.2.1", "1.2.2", "1.2.3")
        del image[0x00710010], image[0x00711001], image["QualityControlImage"]
        paths.append(write(image, tmp_path))
    assert read_ct_series(paths).mode is GenerationMode.REAL
