from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import RLELossless, SurfaceSegmentationStorage

from dosimetry_core.values import GenerationMode
from drivers.dicom import StructureSet, StructureSetRefused, mark, read_segmentation
from tests.drivers.dicom.segmentations import PIXEL_MM2, save, segmentation, slab_areas_mm2
from tests.drivers.dicom.synthetic import COLUMNS, ROWS, ct_image, write, write_series

DATA = Path(__file__).parent / "data" / "segmentations"
COUNT = 6


@pytest.fixture
def series(tmp_path):
    return write_series(tmp_path / "ct", COUNT)


@pytest.fixture
def masks():
    """A ball and a box that overlap; the box leaves out slice 3."""
    k, j, i = np.indices((COUNT, ROWS, COLUMNS))
    ball = ((k - 2) / 2) ** 2 + ((j - 11) / 8) ** 2 + ((i - 13) / 9) ** 2 <= 1
    box = (abs(j - 9) < 5) & (abs(i - 20) < 7) & (k > 0) & (k != 3)
    return np.stack([ball, box], axis=-1).astype(np.uint8)


def read(dataset: Dataset, folder: Path) -> StructureSet:
    return read_segmentation(save(dataset, folder))


def refusal(dataset: Dataset, folder: Path) -> str:
    with pytest.raises(StructureSetRefused) as caught:
        read(dataset, folder)
    return "\n".join(caught.value.reasons)


def shared(dataset: Dataset) -> Dataset:
    return dataset.SharedFunctionalGroupsSequence[0]


def frames(dataset: Dataset) -> list[Dataset]:
    return dataset.PerFrameFunctionalGroupsSequence


def assert_as_drawn(found: StructureSet, masks: np.ndarray) -> None:
    """Every plane has the area of its pixels, so the volume is that of the voxels."""
    assert [one.name for one in found.structures] == ["Ball", "Box"]
    for number, structure in enumerate(found.structures):
        counts = masks[..., number].sum(axis=(1, 2))
        expected = {-100.0 + 2.5 * k: count * PIXEL_MM2 for k, count in enumerate(counts) if count}
        areas = slab_areas_mm2(structure)
        assert sorted(areas) == sorted(expected)
        for z, area in areas.items():
            assert area == pytest.approx(expected[z], rel=1e-9)


def test_names_references_and_voxels_are_read(series, masks, tmp_path):
    drawn = segmentation(series, masks, ["Ball", "Box"])
    found = read(drawn, tmp_path)
    assert_as_drawn(found, masks)
    assert found.sop_instance_uid == drawn.SOPInstanceUID
    assert found.frame_of_reference_uid == series.frame_of_reference_uid
    assert found.referenced_series_uids == (series.series_uid,)
    assert found.roi_numbers == (None, None)
    assert found.plane_spacing_mm == pytest.approx(2.5)
    assert found.mode is GenerationMode.REAL
    assert found.warnings == ()


def test_polygons_lie_on_the_pixels_edges(series, tmp_path):
    masks = np.zeros((COUNT, ROWS, COLUMNS, 1), dtype=np.uint8)
    masks[1, 2:5, 7:9] = 1
    (polygon,) = read(segmentation(series, masks, ["GTV"]), tmp_path).structures[0].polygons_mm
    np.testing.assert_allclose(polygon.min(axis=0), [-20 + 6.5 * 0.8, -15 + 1.5 * 0.7, -97.5])
    np.testing.assert_allclose(polygon.max(axis=0), [-20 + 8.5 * 0.8, -15 + 4.5 * 0.7, -97.5])


def test_frames_in_any_order(series, masks, tmp_path):
    drawn = segmentation(series, masks, ["Ball", "Box"])
    count = int(drawn.NumberOfFrames)
    order = np.random.default_rng(1).permutation(count)
    pixels = drawn.pixel_array[order]
    drawn.PerFrameFunctionalGroupsSequence = [frames(drawn)[n] for n in order]
    drawn.PixelData = np.packbits(pixels.ravel(), bitorder="little").tobytes()
    assert_as_drawn(read(drawn, tmp_path), masks)


def test_what_is_said_of_each_frame_may_be_said_once_for_all(series, masks, tmp_path):
    """One segment, identified in the shared functional groups; orientation in each frame's own."""
    drawn = segmentation(series, masks[..., :1], ["Ball"])
    assert "SegmentIdentificationSequence" in shared(drawn)
    for frame in frames(drawn):
        assert "SegmentIdentificationSequence" not in frame
        for macro in ("PlaneOrientationSequence", "PixelMeasuresSequence"):
            setattr(frame, macro, deepcopy(shared(drawn)[macro].value))
    del shared(drawn).PlaneOrientationSequence
    del shared(drawn).PixelMeasuresSequence
    areas = slab_areas_mm2(read(drawn, tmp_path).structures[0])
    assert sum(areas.values()) == pytest.approx(masks[..., 0].sum() * PIXEL_MM2)


def test_fractions_count_from_one_half(series, masks, tmp_path):
    values = masks * np.float32(0.6)
    values[2, :, :13, 0] *= np.float32(0.5)
    drawn = segmentation(series, values, ["Ball", "Box"], "FRACTIONAL")
    masks[2, :, :13, 0] = 0
    found = read(drawn, tmp_path)
    assert_as_drawn(found, masks)
    assert found.warnings == (
        "its pixels hold a probability: those of at least one half were taken",
    )


def test_compressed_frames_are_read(series, masks, tmp_path):
    drawn = segmentation(
        series, masks.astype(np.float32), ["Ball", "Box"], "FRACTIONAL", transfer_syntax=RLELossless
    )
    assert_as_drawn(read(drawn, tmp_path), masks)


def test_a_simulated_segmentation_stays_one(series, masks, tmp_path):
    drawn = segmentation(series, masks, ["Ball", "Box"])
    mark(drawn, GenerationMode.DEMO)
    assert read(drawn, tmp_path).mode is GenerationMode.DEMO


def test_empty_unnamed_and_repeated_segments_are_told(series, masks, tmp_path):
    drawn = segmentation(series, masks, ["Ball", "Box"])
    drawn.SegmentSequence[1].SegmentLabel = "Ball"
    empty = deepcopy(drawn.SegmentSequence[0])
    empty.SegmentNumber = 9
    empty.SegmentLabel = ""
    drawn.SegmentSequence.append(empty)
    assert read(drawn, tmp_path).warnings == (
        "(unnamed, segment 9): has no set pixel; left out",
        "Ball: 2 structures have this name; all are kept",
    )


def test_one_plane_has_the_spacing_that_it_states(series, masks, tmp_path):
    masks[:2] = masks[3:] = 0
    drawn = segmentation(series, masks, ["Ball", "Box"])
    shared(drawn).PixelMeasuresSequence[0].SpacingBetweenSlices = "2.5"
    assert read(drawn, tmp_path).plane_spacing_mm == 2.5
    del shared(drawn).PixelMeasuresSequence[0].SpacingBetweenSlices
    assert read(drawn, tmp_path).plane_spacing_mm is None


def test_oblique_planes(series, masks, tmp_path):
    """Positions and orientation turned by 30 degrees about x, as of an oblique reformat."""
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    straight = read(segmentation(series, masks, ["Ball", "Box"]), tmp_path)
    drawn = segmentation(series, masks, ["Ball", "Box"])
    orientation = shared(drawn).PlaneOrientationSequence[0]
    orientation.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, round(c, 12), round(s, 12)]
    for frame in frames(drawn):
        place = frame.PlanePositionSequence[0]
        place.ImagePositionPatient = (turn @ place.ImagePositionPatient).round(9).tolist()
    found = read(drawn, tmp_path)
    assert found.plane_spacing_mm == pytest.approx(2.5)
    for before, after in zip(straight.structures, found.structures, strict=True):
        for flat, oblique in zip(before.polygons_mm, after.polygons_mm, strict=True):
            np.testing.assert_allclose(oblique, flat @ turn.T, atol=1e-6)


class TestSegmentationsOfDcmqi:
    def test_one_segment(self):
        path = DATA / "one_segment.dcm"
        found = read_segmentation(path)
        counts = dcmread(path).pixel_array.sum(axis=(1, 2))
        (liver,) = found.structures
        assert liver.name == "Liver"
        assert found.plane_spacing_mm == pytest.approx(1.0)
        areas = slab_areas_mm2(liver)
        np.testing.assert_allclose([areas[z] for z in sorted(areas)], counts * 0.810547**2)

    def test_five_overlapping_segments(self):
        path = DATA / "five_segments.dcm"
        found = read_segmentation(path)
        assert [one.name for one in found.structures] == [
            "GREEN",
            "ORANGE",
            "PURPLE",
            "LIGHT_BLUE",
            "DARK_BLUE",
        ]
        counts = dcmread(path).pixel_array.sum(axis=(1, 2), dtype=int)
        segments = ((0,), (1,), (2, 3, 4), (5,), (6,))
        for structure, own in zip(found.structures, segments, strict=True):
            areas = slab_areas_mm2(structure)
            np.testing.assert_allclose(
                [areas[z] for z in sorted(areas)], [counts[n] * 0.810547**2 for n in own]
            )


class TestRefusals:
    @pytest.fixture
    def drawn(self, series, masks):
        return segmentation(series, masks, ["Ball", "Box"])

    def test_all_reasons_at_once(self, drawn, tmp_path):
        drawn.FrameOfReferenceUID = ""
        drawn.SegmentSequence[1].SegmentNumber = 1
        shared(drawn).PixelMeasuresSequence[0].PixelSpacing = [0.0, 0.8]
        del drawn.PixelData
        count = drawn.NumberOfFrames
        assert refusal(drawn, tmp_path).splitlines() == [
            "several segments share the number 1: whose frames are whose?",
            "it has no valid FrameOfReferenceUID",
            "it has no PixelData",
            f"{count} of {count} frames have a PixelSpacing that is not within 0.001 to 1000 mm",
        ]

    def test_frames_of_a_segment_that_is_not_there(self, drawn, tmp_path):
        frames(drawn)[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 5
        assert "segments that are not there: 5" in refusal(drawn, tmp_path)

    def test_planes_off_the_grid(self, drawn, tmp_path):
        del shared(drawn).PixelMeasuresSequence[0].SpacingBetweenSlices
        for frame in frames(drawn):
            place = frame.PlanePositionSequence[0].ImagePositionPatient
            place[2] = -100.0 + (place[2] + 100.0) ** 1.2
        assert "planes lie on no even grid" in refusal(drawn, tmp_path)

    def test_planes_within_a_tenth_of_a_millimetre_are_on_the_grid(self, drawn, masks, tmp_path):
        for n, frame in enumerate(frames(drawn)):
            place = frame.PlanePositionSequence[0].ImagePositionPatient
            place[2] = float(place[2]) + (0.004 if n % 2 else -0.004)
        assert read(drawn, tmp_path).plane_spacing_mm == pytest.approx(2.5, abs=5e-3)

    def test_different_orientations(self, drawn, tmp_path):
        turned = deepcopy(shared(drawn).PlaneOrientationSequence)
        turned[0].ImageOrientationPatient = [0, 1, 0, -1, 0, 0]
        frames(drawn)[2].PlaneOrientationSequence = turned
        assert "frames have different orientations" in refusal(drawn, tmp_path)

    def test_two_frames_of_a_segment_in_one_plane(self, drawn, tmp_path):
        for frame in frames(drawn)[:2]:
            frame.PlanePositionSequence[0].ImagePositionPatient = [-20.0, -15.0, -100.0]
        assert refusal(drawn, tmp_path) == "Ball: has several frames in 1 of its planes"

    def test_more_frames_than_described(self, drawn, tmp_path):
        del frames(drawn)[-1]
        assert f"says {drawn.NumberOfFrames} frames but describes" in refusal(drawn, tmp_path)

    def test_pixels_cut_short(self, drawn, tmp_path):
        drawn.PixelData = drawn.PixelData[:-60]
        assert "pixels cannot be decoded" in refusal(drawn, tmp_path)

    def test_nothing_set(self, drawn, tmp_path):
        drawn.PixelData = bytes(len(drawn.PixelData))
        assert refusal(drawn, tmp_path) == "it has no segment with a set pixel"

    def test_a_surface(self, drawn, tmp_path):
        drawn.SOPClassUID = SurfaceSegmentationStorage
        told = "it is a Surface Segmentation Storage, not a Segmentation"
        assert refusal(drawn, tmp_path) == told

    def test_another_type(self, drawn, tmp_path):
        drawn.SegmentationType = "LABELMAP"
        assert "segmentation type LABELMAP, not BINARY or FRACTIONAL" in refusal(drawn, tmp_path)

    def test_another_object(self, tmp_path):
        path = write(ct_image(0, "1.2", "1.3", "1.4"), tmp_path)
        with pytest.raises(StructureSetRefused, match="is a CT Image Storage, not a Segmentation"):
            read_segmentation(path)

    def test_a_file_that_is_not_dicom(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no segmentation")
        with pytest.raises(StructureSetRefused, match="the file cannot be read"):
            read_segmentation(path)
