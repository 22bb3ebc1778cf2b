from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import ImplicitVRLittleEndian

from dosimetry_core.values import GenerationMode
from drivers.dicom import StructureSet, StructureSetRefused, read_structure_set
from tests.drivers.dicom.synthetic import (
    Series,
    contour,
    ct_image,
    square,
    structure_set,
    write,
    write_series,
)

SERIES = Series("1.2.1", "1.2.2", "1.2.3", ())
GTV = [contour(square((0.0, 0.0, 5.0 * n), 10.0)) for n in range(3)]


def read(contours: dict[str, list[Dataset]], folder: Path) -> StructureSet:
    return read_structure_set(write(structure_set(SERIES, contours), folder))


def refusal(dataset: Dataset, folder: Path) -> str:
    with pytest.raises(StructureSetRefused) as caught:
        read_structure_set(write(dataset, folder))
    return "\n".join(caught.value.reasons)


def refusal_of(contours: dict[str, list[Dataset]], folder: Path) -> str:
    return refusal(structure_set(SERIES, contours), folder)


def test_polygons_names_and_references_are_read(tmp_path):
    drawn = structure_set(SERIES, {"GTV 1": GTV, "Liver": GTV[:1]})
    found = read_structure_set(write(drawn, tmp_path))
    assert found.sop_instance_uid == drawn.SOPInstanceUID
    assert found.frame_of_reference_uid == "1.2.3"
    assert found.referenced_series_uids == ("1.2.2",)
    assert found.mode is GenerationMode.TEST
    assert found.warnings == ()
    assert [structure.name for structure in found.structures] == ["GTV 1", "Liver"]
    assert found.roi_numbers == (1, 2)
    assert len(found.structures[0].polygons_mm) == 3
    np.testing.assert_allclose(
        found.structures[0].polygons_mm[1], [[-5, -5, 5], [5, -5, 5], [5, 5, 5], [-5, 5, 5]]
    )


def test_implicit_vr_reads_the_same(tmp_path):
    drawn = structure_set(SERIES, {"GTV": GTV})
    found = read_structure_set(write(drawn, tmp_path, ImplicitVRLittleEndian))
    assert len(found.structures[0].polygons_mm) == 3
    assert found.mode is GenerationMode.TEST


def test_contours_of_more_than_64_kb_are_read(tmp_path):
    angles = np.linspace(0.0, 2.0 * np.pi, 4000, endpoint=False)
    points = np.stack([50 * np.cos(angles), 50 * np.sin(angles), 0 * angles], axis=1)
    drawn = structure_set(SERIES, {"Body": [contour([round(v, 6) for v in points.ravel()])]})
    with pytest.warns(UserWarning, match="64 kByte"):
        path = write(drawn, tmp_path)
    found = read_structure_set(path)
    np.testing.assert_allclose(found.structures[0].polygons_mm[0], points, atol=1e-5)


def test_a_hole_and_an_island_are_polygons_of_their_own(tmp_path):
    ring = [contour(square((0, 0, 0), 20.0)), contour(square((0, 0, 0), 8.0))]
    found = read({"Ring": ring}, tmp_path)
    assert len(found.structures[0].polygons_mm) == 2


def test_a_keyhole_polygon_is_kept_point_by_point(tmp_path):
    keyhole = [0, 0, 0, 9, 0, 0, 9, 9, 0, 0, 9, 0, 0, 5, 0, 3, 5, 0]
    keyhole += [3, 6, 0, 6, 6, 0, 6, 4, 0, 3, 4, 0, 3, 5, 0, 0, 5, 0]
    found = read({"GTV": [contour([float(v) for v in keyhole])]}, tmp_path)
    np.testing.assert_array_equal(
        found.structures[0].polygons_mm[0], np.array(keyhole, float).reshape(-1, 3)
    )


def test_a_repeated_first_point_is_dropped(tmp_path):
    points = square((0, 0, 0), 10.0)
    found = read({"GTV": [contour([*points, *points[:3]])]}, tmp_path)
    assert found.structures[0].polygons_mm[0].shape == (4, 3)


def test_what_encloses_nothing_is_left_out_by_name(tmp_path):
    line = contour([0.0, 0.0, 0.0, 5.0, 5.0, 0.0, 9.0, 9.0, 0.0])
    pair = contour([0.0, 0.0, 0.0, 5.0, 5.0, 0.0])
    found = read({"GTV": [*GTV, line, pair]}, tmp_path)
    assert len(found.structures[0].polygons_mm) == 3
    assert found.warnings == ("GTV: 2 contours that enclose no area; left out",)


def test_points_and_open_lines_are_left_out_by_name(tmp_path):
    marker = contour([1.0, 2.0, 3.0], "POINT")
    needle = contour([0.0, 0.0, 0.0, 5.0, 5.0, 5.0], "OPEN_NONPLANAR")
    found = read({"GTV": GTV, "Isocentre": [marker], "Needle": [needle]}, tmp_path)
    assert [structure.name for structure in found.structures] == ["GTV"]
    assert found.warnings == (
        "Isocentre: 1 contours of type POINT, not closed planar; left out",
        "Needle: 1 contours of type OPEN_NONPLANAR, not closed planar; left out",
    )
    assert len(found.roi_numbers) == 1


def test_empty_and_repeated_names_are_warned_of(tmp_path):
    drawn = structure_set(SERIES, {"GTV": GTV, "Other": GTV, "Empty": []})
    drawn.StructureSetROISequence[1].ROIName = "GTV"
    found = read_structure_set(write(drawn, tmp_path))
    assert found.warnings == (
        "Empty: has no contours; left out",
        "GTV: 2 structures have this name; all are kept",
    )


def test_oblique_contours_lie_in_their_own_plane(tmp_path):
    tilted = [0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 10.0, 8.0, 6.0, 0.0, 8.0, 6.0]
    assert read({"GTV": [contour(tilted)]}, tmp_path).structures[0].polygons_mm[0].shape == (4, 3)


class TestRefusals:
    def test_two_frames_of_reference(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV, "Liver": GTV})
        drawn.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.4"
        assert "lie on 2 frames of reference" in refusal(drawn, tmp_path)

    def test_no_frame_of_reference(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV})
        del drawn.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
        del drawn.ReferencedFrameOfReferenceSequence
        assert "lie on 0 frames of reference" in refusal(drawn, tmp_path)

    def test_frame_named_only_for_the_whole_set_counts(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV})
        del drawn.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
        found = read_structure_set(write(drawn, tmp_path))
        assert found.frame_of_reference_uid == "1.2.3"

    def test_contour_that_leaves_its_plane(self, tmp_path):
        bent = [0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 10.0, 10.0, 3.0, 0.0, 10.0, 0.0]
        told = refusal_of({"GTV": [*GTV, contour(bent)]}, tmp_path)
        assert "GTV: a contour's points leave its plane" in told

    def test_contour_with_another_number_of_points_than_it_says(self, tmp_path):
        short = contour(square((0, 0, 0), 10.0))
        short.NumberOfContourPoints = 5
        told = refusal_of({"GTV": [short]}, tmp_path)
        assert "GTV: a contour says 5 points but has 4 (1 such contours)" in told

    def test_contour_of_incomplete_triples(self, tmp_path):
        told = refusal_of({"GTV": [contour([0.0, 1.0, 2.0, 3.0])]}, tmp_path)
        assert "GTV: a contour's data is not finite x, y, z triples" in told

    def test_contour_of_words(self, tmp_path):
        path = write(structure_set(SERIES, {"GTV": GTV}), tmp_path)
        path.write_bytes(path.read_bytes().replace(b"-5.0\\-5.0\\10.0", b"-5.0\\-5.0\\1x.0"))
        with pytest.raises(StructureSetRefused, match="not numbers"):
            read_structure_set(path)

    def test_structures_that_share_a_number(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV, "Liver": GTV})
        drawn.StructureSetROISequence[1].ROINumber = 1
        told = refusal(drawn, tmp_path)
        assert "2 structures share the number 1" in told
        assert "contours refer to structures that are not there: 2" in told

    def test_nothing_closed(self, tmp_path):
        told = refusal_of({"Needle": [contour([0.0] * 6, "OPEN_PLANAR")]}, tmp_path)
        assert "has no structure with a closed planar contour" in told

    def test_another_object(self, tmp_path):
        told = refusal(ct_image(0, "1.2", "1.3", "1.4"), tmp_path)
        assert told == "it is a CT Image Storage, not an RT Structure Set"

    def test_a_file_that_is_not_dicom(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no structure set")
        with pytest.raises(StructureSetRefused, match="the file cannot be read"):
            read_structure_set(path)


def test_structures_lie_where_the_series_does(tmp_path):
    series = write_series(tmp_path / "ct", 3)
    drawn = structure_set(series, {"GTV": GTV})
    found = read_structure_set(write(drawn, tmp_path))
    assert found.frame_of_reference_uid == series.frame_of_reference_uid
    assert found.referenced_series_uids == (series.series_uid,)


class TestExportsAsTheyAreMet:
    def test_numbers_with_blanks_signs_and_sixteen_characters(self, tmp_path):
        """Written as bytes without VR, since pydicom would not write such numbers."""
        drawn = structure_set(SERIES, {"GTV": GTV})
        met = b"-5. \\ -5\\1e+1\\+5.0\\-5.0000000000000\\10\\5\\ 5.0\\10.0\\-5.0\\5 \\10 "
        last = drawn.ROIContourSequence[0].ContourSequence[2]
        last[0x30060050] = DataElement(0x30060050, "OB", met)
        path = write(drawn, tmp_path, ImplicitVRLittleEndian)
        (gtv,) = read_structure_set(path).structures
        corners = [[-5, -5, 10], [5, -5, 10], [5, 5, 10], [-5, 5, 10]]
        np.testing.assert_array_equal(gtv.polygons_mm[2], corners)

    def test_counts_and_numbers_with_leading_zeros(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": [contour(square((0, 0, 0), 10.0))], "Liver": GTV})
        drawn.ROIContourSequence[0].ContourSequence[0].NumberOfContourPoints = "04"
        drawn.ROIContourSequence[0].ReferencedROINumber = "01"
        found = read_structure_set(write(drawn, tmp_path))
        assert [one.name for one in found.structures] == ["GTV", "Liver"]
        assert found.roi_numbers == (1, 2)

    def test_contours_without_images_and_counts(self, tmp_path):
        bare = contour(square((0, 0, 0), 10.0))
        del bare.NumberOfContourPoints
        assert "ContourImageSequence" not in bare
        assert len(read({"GTV": [bare]}, tmp_path).structures) == 1

    def test_an_entry_without_contours_for_a_structure_that_was_deleted(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV})
        left = Dataset()
        left.ReferencedROINumber = 7
        drawn.ROIContourSequence.append(left)
        assert len(read_structure_set(write(drawn, tmp_path)).structures) == 1

    def test_an_empty_structure_on_another_frame_of_reference(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV, "Empty": []})
        drawn.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.4"
        found = read_structure_set(write(drawn, tmp_path))
        assert found.frame_of_reference_uid == "1.2.3"
        assert found.warnings == ("Empty: has no contours; left out",)

    def test_contours_of_one_structure_in_two_entries(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV[:2], "More": GTV[2:]})
        del drawn.StructureSetROISequence[1]
        drawn.ROIContourSequence[1].ReferencedROINumber = 1
        (gtv,) = read_structure_set(write(drawn, tmp_path)).structures
        assert len(gtv.polygons_mm) == 3

    def test_a_blank_series_is_not_a_reference(self, tmp_path):
        drawn = structure_set(SERIES, {"GTV": GTV})
        frame = drawn.ReferencedFrameOfReferenceSequence[0]
        series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
        series.SeriesInstanceUID = ""
        assert read_structure_set(write(drawn, tmp_path)).referenced_series_uids == ()
