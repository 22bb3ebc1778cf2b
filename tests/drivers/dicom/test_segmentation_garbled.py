"""Whatever a file has become, readers of structures and registrations refuse it with reasons."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.dicom import (
    RegistrationRefused,
    StructureSetRefused,
    read_registration,
    read_structures,
)
from tests.drivers.dicom.garbling import encoded, garbled
from tests.drivers.dicom.segmentations import segmentation
from tests.drivers.dicom.synthetic import Series, contour, square, structure_set, write_series
from tests.drivers.dicom.test_registration import IDENTITY, QUARTER, item, registration

THOROUGH = settings(max_examples=80, deadline=None)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("garbled") / "object.dcm"


@pytest.fixture(scope="module")
def drawn_segmentation(tmp_path_factory) -> bytes:
    series = write_series(tmp_path_factory.mktemp("ct"), 3)
    masks = np.zeros((3, 24, 32, 2), dtype=np.uint8)
    masks[:, 4:9, 5:12, 0] = masks[1:, 7:15, 9:14, 1] = 1
    return encoded(segmentation(series, masks, ["Ball", "Box"]))


@pytest.fixture(scope="module")
def drawn_structure_set() -> bytes:
    planes = [contour(square((0.0, 0.0, 5.0 * n), 10.0)) for n in range(2)]
    series = Series("1.2.1", "1.2.2", "1.2.3", ())
    return encoded(structure_set(series, {"GTV": planes, "Liver": planes}))


@pytest.fixture(scope="module")
def drawn_registration() -> bytes:
    return encoded(registration(item("1.2.3", QUARTER, IDENTITY), item("1.2.5", IDENTITY)))


def reasons_against(
    content: bytes, file: Path, read: Callable[[Path], object]
) -> tuple[str, ...] | None:
    """What a reader says against a file; None where it reads it.

    pydicom warns of much in broken files; no reader may stop at a warning.
    """
    file.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(file)
        except (StructureSetRefused, RegistrationRefused) as refused:
            return refused.reasons
    return None


def is_read_or_refused_with_reasons(
    content: bytes, file: Path, read: Callable[[Path], object]
) -> bool:
    reasons = reasons_against(content, file, read)
    return reasons is None or (len(reasons) > 0 and all(reasons))


@THOROUGH
@given(data=st.data())
def test_structure_sets(data, file, drawn_structure_set):
    content = data.draw(garbled(drawn_structure_set))
    assert is_read_or_refused_with_reasons(content, file, read_structures)


@THOROUGH
@given(data=st.data())
def test_segmentations(data, file, drawn_segmentation):
    content = data.draw(garbled(drawn_segmentation))
    assert is_read_or_refused_with_reasons(content, file, read_structures)


@THOROUGH
@given(data=st.data())
def test_registrations(data, file, drawn_registration):
    content = data.draw(garbled(drawn_registration))
    assert is_read_or_refused_with_reasons(content, file, read_registration)


def test_what_is_not_garbled_is_read(
    file, drawn_structure_set, drawn_segmentation, drawn_registration
):
    assert reasons_against(drawn_structure_set, file, read_structures) is None
    assert reasons_against(drawn_segmentation, file, read_structures) is None
    assert reasons_against(drawn_registration, file, read_registration) is None
