"""A rigid registration as a DICOM Spatial Registration."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import SpatialRegistrationStorage

from drivers.dicom.result_object import (
    ADVISORY,
    ResultIdentity,
    date_of,
    decimal,
    marked,
    new_result,
    save,
    time_of,
)
from drivers.dicom.rigid_matrix import NotRigidError, rigid_matrix_of
from drivers.dicom.study_context import StudyContext
from drivers.dicom.uids import is_uid

_SERIAL_NUMBER = "none"  # the module asks for a serial number; a program has none


@dataclass(frozen=True, slots=True, eq=False)
class RegistrationContent:
    """What a Spatial Registration is written from.

    Attributes:
        matrix: shape (4, 4), rigid; takes (x, y, z, 1), LPS mm of ``from_frame_uid``, to the frame
            of reference of the study that it is written into.
        from_frame_uid: Frame of Reference UID of the planning CT.

    Raises:
        ValueError: the above does not hold.
    """

    matrix: NDArray[np.float64]
    from_frame_uid: str

    def __post_init__(self) -> None:
        if not is_uid(self.from_frame_uid):
            raise ValueError(f"{self.from_frame_uid!r} is not a UID")
        if self.matrix.shape != (4, 4):
            raise ValueError(f"a registration's matrix is 4x4, got {self.matrix.shape}")
        try:
            rigid_matrix_of(_item(self.from_frame_uid, self.matrix))
        except NotRigidError as error:
            raise ValueError(f"not a rigid registration: {'; '.join(error.reasons)}") from error


def write_registration(
    content: RegistrationContent, context: StudyContext, identity: ResultIdentity, path: Path
) -> None:
    """Write a Spatial Registration (PS3.3 sections A.39.1 and C.20.2).

    The registered frame of reference is that of the context, the scan's. Frames of reference alone
    are named, no images. One matrix cannot tell two positions in one frame of reference apart, so
    a patient who moved within a frame of reference cannot be written.

    Raises:
        ValueError: both frames of reference are the same, the images are simulated and the result
            claims to be REAL, or a UID is none.
        OSError: the file cannot be written.
    """
    if content.from_frame_uid == context.frame_of_reference_uid:
        raise ValueError(
            "both CTs lie in one frame of reference: a Spatial Registration relates two of them"
        )
    result = new_result(SpatialRegistrationStorage, "REG", "Registration", context, identity)
    result.Laterality = ""
    result.DeviceSerialNumber = _SERIAL_NUMBER
    result.ContentDate = date_of(identity.made_at, context)
    result.ContentTime = time_of(identity.made_at, context)
    result.ContentLabel = "RIGID"
    result.ContentDescription = marked(f"Planning CT to scan: {ADVISORY}", identity.mode)
    result.ContentCreatorName = ""
    result.RegistrationSequence = [
        _item(context.frame_of_reference_uid, np.eye(4)),
        _item(content.from_frame_uid, content.matrix),
    ]
    save(result, path)


def _item(frame_uid: str, matrix: NDArray[np.float64]) -> Dataset:
    """How points of a frame of reference come to the registered one."""
    values = Dataset()
    values.FrameOfReferenceTransformationMatrixType = "RIGID"
    values.FrameOfReferenceTransformationMatrix = [decimal(value) for value in matrix.ravel()]
    registration = Dataset()
    registration.RegistrationTypeCodeSequence = []
    registration.MatrixSequence = [values]
    item = Dataset()
    item.FrameOfReferenceUID = frame_uid
    item.MatrixRegistrationSequence = [registration]
    return item
