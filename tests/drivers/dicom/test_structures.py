import numpy as np
import pytest

from drivers.dicom import StructureSetRefused, read_structures
from tests.drivers.dicom.segmentations import save, segmentation
from tests.drivers.dicom.synthetic import (
    contour,
    ct_image,
    square,
    structure_set,
    write,
    write_series,
)


def test_a_structure_set_and_a_segmentation_are_read_alike(tmp_path):
    """The same square: 10 by 10 pixels drawn as a contour and set as pixels."""
    series = write_series(tmp_path / "ct", 3)
    masks = np.zeros((3, 24, 32, 1), dtype=np.uint8)
    masks[:, 6:16, 8:18] = 1
    painted = read_structures(save(segmentation(series, masks, ["GTV"]), tmp_path))
    center = (-20 + 0.8 * 12.5, -15 + 0.7 * 10.5)
    planes = [contour(square((*center, -100 + 2.5 * k), 8.0)) for k in range(3)]
    drawn = read_structures(write(structure_set(series, {"GTV": planes}), tmp_path))
    assert painted.frame_of_reference_uid == drawn.frame_of_reference_uid
    assert painted.referenced_series_uids == drawn.referenced_series_uids
    for one, other in zip(painted.structures, drawn.structures, strict=True):
        assert one.name == other.name
        for pixels, line in zip(one.polygons_mm, other.polygons_mm, strict=True):
            middles = (pixels.min(axis=0) + pixels.max(axis=0)) / 2
            np.testing.assert_allclose(middles, (line.min(axis=0) + line.max(axis=0)) / 2)
            np.testing.assert_allclose(np.ptp(pixels, axis=0), [8.0, 7.0, 0.0])


def test_anything_else_is_refused(tmp_path):
    path = write(ct_image(0, "1.2", "1.3", "1.4"), tmp_path)
    with pytest.raises(StructureSetRefused) as caught:
        read_structures(path)
    told = "it is a CT Image Storage, not an RT Structure Set or a Segmentation"
    assert caught.value.reasons == (told,)


def test_a_file_that_is_not_dicom_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no structures")
    with pytest.raises(StructureSetRefused, match="the file cannot be read"):
        read_structures(path)
