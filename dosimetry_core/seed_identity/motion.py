"""The motion that all seeds share: shift, small rotation, change of size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.model import MatchingModel

FloatArray = NDArray[np.float64]
PARAMETERS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Motions:
    """Several motions of the same points.

    A point x goes to ``middle + shift + exp(log_size) R (x - middle)``.

    Attributes:
        middle_mm: shape (3,); about which is turned and swollen.
        shift_mm: shape (k, 3).
        rotation: shape (k, 3, 3), rotation matrices.
        log_size: shape (k,); log of the change of size.
    """

    middle_mm: FloatArray
    shift_mm: FloatArray
    rotation: FloatArray
    log_size: FloatArray

    def __len__(self) -> int:
        return len(self.shift_mm)

    def moved_mm(self, points_mm: FloatArray) -> FloatArray:
        """Points (n, 3) moved by each: shape (k, n, 3)."""
        arms = (points_mm - self.middle_mm) @ self.rotation.transpose(0, 2, 1)
        arms *= np.exp(self.log_size)[:, None, None]
        return arms + (self.middle_mm + self.shift_mm)[:, None, :]

    def of(self, which: NDArray[np.intp]) -> "Motions":
        """Some of them."""
        return Motions(
            self.middle_mm, self.shift_mm[which], self.rotation[which], self.log_size[which]
        )

    def parameters(self) -> FloatArray:
        """Shape (k, 7): shift (mm), rotation vector (rad), log of size."""
        return np.concatenate(
            [self.shift_mm, _rotation_vectors(self.rotation), self.log_size[:, None]], axis=1
        )

    def jacobian(self, moved_mm: FloatArray) -> FloatArray:
        """Derivative of moved points (k, n, 3) by the parameters: shape (k, n, 3, 7)."""
        arms = moved_mm - (self.middle_mm + self.shift_mm)[:, None, :]
        slopes = np.zeros((*moved_mm.shape, PARAMETERS))
        slopes[..., [0, 1, 2], [0, 1, 2]] = 1.0
        slopes[..., 0, 4], slopes[..., 0, 5] = arms[..., 2], -arms[..., 1]
        slopes[..., 1, 3], slopes[..., 1, 5] = -arms[..., 2], arms[..., 0]
        slopes[..., 2, 3], slopes[..., 2, 4] = arms[..., 1], -arms[..., 0]
        slopes[..., 6] = arms
        return slopes

    def stepped(self, step: FloatArray) -> "Motions":
        """After a change of parameters (k, 7)."""
        return Motions(
            self.middle_mm,
            self.shift_mm + step[:, :3],
            rotation_matrices(step[:, 3:6]) @ self.rotation,
            self.log_size + step[:, 6],
        )


def prior_precision(model: MatchingModel) -> FloatArray:
    """One over the prior variance of each parameter, shape (7,)."""
    spread = np.array(
        [model.shift_mm] * 3 + [np.radians(model.rotation_deg)] * 3 + [model.swelling]
    )
    return 1.0 / spread**2


def starting_motions(middle_mm: FloatArray, shift_mm: FloatArray, log_size: FloatArray) -> Motions:
    """Motions without rotation; shapes (k, 3) and (k,)."""
    return Motions(middle_mm, shift_mm, np.tile(np.eye(3), (len(shift_mm), 1, 1)), log_size)


def rotation_matrices(vectors: FloatArray) -> FloatArray:
    """Rodrigues' formula: rotation matrices (k, 3, 3) of rotation vectors (k, 3), rad."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    cross = np.zeros((len(vectors), 3, 3))
    x, y, z = vectors.T
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -z, y, -x
    cross -= cross.transpose(0, 2, 1)
    return (
        np.eye(3)
        + np.sinc(angle / np.pi) * cross
        + 0.5 * np.sinc(angle / (2.0 * np.pi)) ** 2 * (cross @ cross)
    )


def _rotation_vectors(rotations: FloatArray) -> FloatArray:
    """Rotation vectors (k, 3), rad, of rotations (k, 3, 3) by less than 90 degrees."""
    skew = 0.5 * (rotations - rotations.transpose(0, 2, 1))
    sine = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=1)
    length = np.linalg.norm(sine, axis=1, keepdims=True)
    angle = np.arcsin(np.minimum(length, 1.0))
    return sine * np.where(length > 1e-12, angle / np.maximum(length, 1e-12), 1.0)
