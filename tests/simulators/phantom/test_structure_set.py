import subprocess
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom import WrittenStructure, mode_of, read_structure_set
from simulators.phantom import StudyIdentity, WrittenSeries, write_structure_set

STARTED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
IDENTITY = StudyIdentity("1.2.3", "1.2.3.4", STARTED, seed="test")
SERIES = WrittenSeries("1.2.3.5", ("1.2.3.5.1", "1.2.3.5.2"), (-10.0, -5.0), ())
SQUARE = np.array([[0.0, 0.0, -5.0], [10.0, 0.0, -5.0], [10.0, 10.0, -5.0], [0.0, 10.0, -5.0]])
HOLE = SQUARE * (0.5, 0.5, 1.0) + (2.5, 2.5, 0.0)
_drawn = partial(WrittenStructure, made_by="SEMIAUTOMATIC")
DRAWN = (
    _drawn(ContouredStructure("L3_PERIPHERY", (SQUARE, HOLE)), "CTV", (255, 0, 0)),
    _drawn(ContouredStructure("STOMACH", (SQUARE - (0.0, 0.0, 5.0),)), "ORGAN", (0, 9, 0)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "rs" / "rs.dcm"
    write_structure_set(DRAWN, SERIES, IDENTITY, number=100, drawn_at=STARTED, path=file)
    return file


def test_contours_come_back_as_they_were(path: Path) -> None:
    read = read_structure_set(path)

    assert read.referenced_series_uids == (SERIES.series_uid,)
    assert read.frame_of_reference_uid == IDENTITY.frame_of_reference_uid
    assert read.warnings == ()
    for drawn, one in zip(DRAWN, read.structures, strict=True):
        assert one.name == drawn.structure.name
        for wanted, polygon in zip(drawn.structure.polygons_mm, one.polygons_mm, strict=True):
            assert np.array_equal(polygon, wanted)


def test_types_and_images_are_said(path: Path) -> None:
    dataset = dcmread(path)

    types = [one.RTROIInterpretedType for one in dataset.RTROIObservationsSequence]
    assert types == ["CTV", "ORGAN"]
    images = [
        contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        for roi in dataset.ROIContourSequence
        for contour in roi.ContourSequence
    ]
    assert images == ["1.2.3.5.2", "1.2.3.5.2", "1.2.3.5.1"]
    assert mode_of(dataset) is GenerationMode.DEMO
    assert dataset.SeriesDescription.startswith("DEMO ")
    assert str(dataset.PatientName) == "DEMO^PATIENT"


def test_other_programs_find_no_fault(path: Path) -> None:
    subprocess.run(["dcmdump", str(path)], check=True, capture_output=True)
    verdict = subprocess.run(["dciodvfy", str(path)], check=False, capture_output=True, text=True)
    assert "RTStructureSet" in verdict.stderr
    assert "Error" not in verdict.stderr


def test_a_contour_between_images_is_refused(tmp_path: Path) -> None:
    between = ContouredStructure("L1", (SQUARE - np.array([0.0, 0.0, -2.0]),))
    drawn = _drawn(between, "GTV", (1, 2, 3))

    with pytest.raises(ValueError, match="L1 at z = -3 mm lies in no image"):
        write_structure_set(
            [drawn], SERIES, IDENTITY, number=1, drawn_at=STARTED, path=tmp_path / "rs.dcm"
        )
