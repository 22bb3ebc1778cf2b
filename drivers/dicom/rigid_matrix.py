"""The matrix of one item of a Spatial Registration, if it is rigid."""

from functools import reduce

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from drivers.dicom.reading import items_of, text_of
from drivers.dicom.slice_checks import numbers_of

_RIGID = "RIGID"
_WHY_NOT = {
    "RIGID_SCALE": "its matrix is RIGID_SCALE: that would change volumes, only RIGID is taken",
    "AFFINE": "its matrix is AFFINE: that would change shapes and volumes, only RIGID is taken",
}
# A length is kept to 1e-4, so a volume to 0.03 %; matrices are written with four decimals or more.
_ORTHONORMAL_TOLERANCE = 2e-4
_FARTHEST_MM = 1e5
# Matrices that differ by no more than writing them with five decimals does at 500 mm are the same.
_SAME_MM = 1e-2
_REACH_MM = 500.0


class NotRigidError(Exception):
    """An item gives no rigid matrix; ``reasons`` says all that is wrong with it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def rigid_matrix_of(item: Dataset) -> NDArray[np.float64]:
    """Matrix (4, 4) of an item of a Registration Sequence (PS3.3 section C.20.2.1.1).

    It takes points of the item's frame of reference to the registered one, LPS mm. Where the item
    gives several matrices, they are multiplied. Programs differ in which of them they apply first,
    so an item whose result depends on that is refused.

    Raises:
        NotRigidError: a matrix is missing, not rigid, or their order would have to be guessed.
        UnreadableError: a sequence is broken.
    """
    registrations = items_of(item, "MatrixRegistrationSequence")
    if len(registrations) != 1:
        raise NotRigidError((f"has {len(registrations)} matrix registrations, not one",))
    given = items_of(registrations[0], "MatrixSequence")
    if not given:
        raise NotRigidError(("has no matrix",))
    matrices: list[NDArray[np.float64]] = []
    reasons: list[str] = []
    for one in given:
        values = numbers_of(one, "FrameOfReferenceTransformationMatrix")
        kind = text_of(one, "FrameOfReferenceTransformationMatrixType")
        if kind != _RIGID:
            reasons.append(_WHY_NOT.get(kind, f"its matrix is of type {kind or 'unset'}"))
        elif len(values) != 16:
            reasons.append("its matrix is not of 16 finite numbers")
        else:
            matrix = np.array(values).reshape(4, 4)
            reasons += _faults(matrix)
            matrices.append(matrix)
    if reasons:
        raise NotRigidError(tuple(dict.fromkeys(reasons)))
    product = reduce(np.matmul, reversed(matrices))
    if not is_same(product, reduce(np.matmul, matrices)):
        reason = (
            f"has {len(matrices)} matrices that give another result in another order, and programs "
            "differ in which comes first: export it with one matrix"
        )
        raise NotRigidError((reason,))
    return product


def inverse_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse (4, 4) of a rigid matrix (4, 4), exact where its rotation is rounded as well."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def is_same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two rigid matrices take points to the same place, but for how they were written."""
    apart = np.abs(one - other)
    return bool(apart[:3, :3].max() * _REACH_MM + apart[:3, 3].max() <= _SAME_MM)


def _faults(matrix: NDArray[np.float64]) -> list[str]:
    rotation = matrix[:3, :3]
    reasons: list[str] = []
    if np.abs(matrix[3] - [0.0, 0.0, 0.0, 1.0]).max() > 0.0:
        reasons.append("its matrix does not end in the row 0, 0, 0, 1")
    if np.abs(rotation).max() > 2.0 or (
        np.abs(rotation.T @ rotation - np.eye(3)).max() > _ORTHONORMAL_TOLERANCE
    ):
        reasons.append("its matrix says RIGID but stretches or shears")
    elif float(np.linalg.det(rotation)) < 0.0:
        reasons.append("its matrix is a mirror image")
    if np.abs(matrix[:3, 3]).max() > _FARTHEST_MM:
        reasons.append("its matrix moves by more than 100 m")
    return reasons
