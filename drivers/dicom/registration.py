"""DICOM Spatial Registrations: how one frame of reference lies in another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, DeformableSpatialRegistrationStorage, SpatialRegistrationStorage

from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import UnreadableError, items_of, read_dataset, text_of
from drivers.dicom.rigid_matrix import NotRigidError, inverse_of, is_same, rigid_matrix_of
from drivers.dicom.structure_set import StructureSet
from drivers.dicom.uids import is_uid


@dataclass(frozen=True, slots=True, eq=False)
class SpatialRegistration:
    """A rigid map of points of one frame of reference to another.

    Attributes:
        matrix: shape (4, 4); takes (x, y, z, 1), LPS mm of ``from_frame_uid``, to ``to_frame_uid``.
        from_image_uids: the images that it says it was made for on the side of ``from_frame_uid``;
            none where it names the frame of reference only.
    """

    sop_instance_uid: str
    from_frame_uid: str
    to_frame_uid: str
    matrix: NDArray[np.float64]
    from_image_uids: tuple[str, ...]
    mode: GenerationMode

    def to_points(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (..., 3) of ``from_frame_uid`` in ``to_frame_uid``, LPS mm."""
        points = np.asarray(points_mm, dtype=np.float64)
        return points @ self.matrix[:3, :3].T + self.matrix[:3, 3]


class RegistrationRefused(Exception):  # noqa: N818 - a verdict on the data, not a failure of the reader
    """A registration cannot be used; ``reasons`` says all that is wrong with it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read_registration(path: Path) -> tuple[SpatialRegistration, ...]:
    """Read a rigid Spatial Registration (PS3.3 section C.20.2).

    Each of its items gives the matrix that takes points of the item's frame of reference to the
    registered one, which the object itself names.

    Returns:
        One for every ordered pair of its frames of reference, the registered one among them.

    Raises:
        RegistrationRefused: it is not a rigid registration, is broken, or contradicts itself.
    """
    try:
        dataset = read_dataset(path)
        return _read(dataset)
    except UnreadableError as error:
        raise RegistrationRefused((f"the file cannot be read: {error}",)) from error


def registered(structures: StructureSet, registration: SpatialRegistration) -> StructureSet:
    """Carry a structure set to the other frame of reference of a registration.

    The direction follows from the frame of reference that the structures lie on. What is carried by
    a simulated registration is simulated as well.

    Raises:
        RegistrationRefused: the structures lie on neither frame of reference.
    """
    frame = structures.frame_of_reference_uid
    ends = (registration.from_frame_uid, registration.to_frame_uid)
    if frame not in ends:
        raise RegistrationRefused(
            ("the structures lie on a frame of reference that the registration does not name",)
        )
    forward = frame == registration.from_frame_uid
    matrix = registration.matrix if forward else inverse_of(registration.matrix)
    is_real = structures.mode is GenerationMode.REAL
    return replace(
        structures,
        frame_of_reference_uid=ends[1] if forward else ends[0],
        structures=tuple(
            ContouredStructure(
                one.name,
                tuple(points @ matrix[:3, :3].T + matrix[:3, 3] for points in one.polygons_mm),
            )
            for one in structures.structures
        ),
        mode=registration.mode if is_real else structures.mode,
        warnings=(*structures.warnings, "carried here from another frame of reference"),
    )


def _read(dataset: Dataset) -> tuple[SpatialRegistration, ...]:
    sop_class = UID(text_of(dataset, "SOPClassUID"))
    if sop_class == DeformableSpatialRegistrationStorage:
        raise RegistrationRefused(
            ("it is a deformable registration: only rigid ones keep shapes and volumes",)
        )
    if sop_class != SpatialRegistrationStorage:
        name = sop_class.name or "file without SOP Class UID"
        raise RegistrationRefused((f"it is a {name}, not a Spatial Registration",))
    target = text_of(dataset, "FrameOfReferenceUID")
    reasons = [
        f"it has no valid {keyword}"
        for keyword in ("SOPInstanceUID", "FrameOfReferenceUID")
        if not is_uid(text_of(dataset, keyword))
    ]
    matrices: dict[str, NDArray[np.float64]] = {target: np.eye(4)}
    images: dict[str, list[str]] = {target: []}
    items = items_of(dataset, "RegistrationSequence")
    for number, item in enumerate(items, start=1):
        source = text_of(item, "FrameOfReferenceUID")
        if not is_uid(source):
            reasons.append(f"item {number} names no frame of reference")
        try:
            matrix = rigid_matrix_of(item)
        except NotRigidError as error:
            reasons += [f"item {number}: {reason}" for reason in error.reasons]
            continue
        if not is_same(matrices.setdefault(source, matrix), matrix):
            reasons.append(
                f"item {number} takes a frame of reference elsewhere than "
                f"{'the registered one itself' if source == target else 'an item before it'}"
            )
        images.setdefault(source, []).extend(_images(item))
    if not reasons and len(matrices) == 1:
        reasons.append("it relates no two frames of reference")
    if reasons:
        raise RegistrationRefused(tuple(reasons))
    return tuple(
        SpatialRegistration(
            sop_instance_uid=text_of(dataset, "SOPInstanceUID"),
            from_frame_uid=source,
            to_frame_uid=goal,
            matrix=inverse_of(matrices[goal]) @ matrices[source],
            from_image_uids=tuple(images[source]),
            mode=mode_of(dataset),
        )
        for source, goal in permutations(matrices, 2)
    )


def _images(item: Dataset) -> Sequence[str]:
    uids = (
        text_of(image, "ReferencedSOPInstanceUID")
        for image in items_of(item, "ReferencedImageSequence")
    )
    return [uid for uid in uids if is_uid(uid)]
