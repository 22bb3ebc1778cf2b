"""What one scan shows, as identities are kept from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.points import Points, free_points
from dosimetry_core.values import FoundSeed, Vector

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ScanFinds:
    """The finds of one scan.

    Attributes:
        scan: a name for the scan, unlike that of any other.
        seeds: what was found.
        covariance_mm2: shape (n, 3, 3), of the centres; see ``same_covariance``.
        distance_mm: of each find from the surface of each structure, by its name, shape (n,) each,
            mm, negative inside (``structures.signed_distance_mm``).
        lesions: those of the structures that seeds are meant for.

    Raises:
        ValueError: a shape does not fit, a number is not finite, a covariance is not positive, or
            a lesion has no distances.
    """

    scan: str
    seeds: tuple[FoundSeed, ...]
    covariance_mm2: FloatArray
    distance_mm: Mapping[str, FloatArray] = field(default_factory=dict[str, FloatArray])
    lesions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.seeds)
        if self.covariance_mm2.shape != (count, 3, 3):
            raise ValueError(
                f"scan {self.scan!r}: {count} finds need covariances of shape ({count}, 3, 3), "
                f"got {self.covariance_mm2.shape}"
            )
        if count and not np.all(np.linalg.eigvalsh(self.covariance_mm2) > 0.0):
            raise ValueError(f"scan {self.scan!r}: a find's covariance is not positive")
        for seed in self.seeds:
            if not np.all(np.isfinite([*seed.center_mm, *seed.axis, seed.confidence])):
                raise ValueError(f"scan {self.scan!r}: a find's numbers are not finite: {seed}")
        for name, distances in self.distance_mm.items():
            if distances.shape != (count,) or not np.all(np.isfinite(distances)):
                raise ValueError(
                    f"scan {self.scan!r}: structure {name!r} needs one finite distance a find"
                )
        missing = [name for name in self.lesions if name not in self.distance_mm]
        if missing:
            raise ValueError(f"scan {self.scan!r}: no distances for the lesions {missing}")

    def outside_mm(self, index: int) -> float | None:
        """How far a find is outside of the nearest lesion, 0 inside; None if none is known."""
        if not self.lesions:
            return None
        return max(0.0, min(float(self.distance_mm[name][index]) for name in self.lesions))

    def nearest_structure(self, index: int) -> str:
        """The structure that a find is deepest in or nearest to; empty if none is known."""
        if not self.distance_mm:
            return ""
        return min(self.distance_mm, key=lambda name: float(self.distance_mm[name][index]))

    def points(self) -> Points:
        """As arrays."""
        return free_points(
            center_mm=np.array([seed.center_mm for seed in self.seeds]).reshape(-1, 3),
            covariance_mm2=self.covariance_mm2,
            axis=np.array([seed.axis for seed in self.seeds]).reshape(-1, 3),
            chance=np.array([seed.confidence for seed in self.seeds], dtype=np.float64),
        )


def same_covariance(seeds: Sequence[FoundSeed], sigma_mm: Vector) -> FloatArray:
    """Covariances (n, 3, 3), mm2, of finds that all err alike.

    Args:
        seeds: the finds.
        sigma_mm: one standard deviation along x, y and z.
    """
    return np.tile(np.diag(np.square(np.array(sigma_mm, dtype=np.float64))), (len(seeds), 1, 1))
