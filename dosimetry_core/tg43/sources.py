"""Seeds in place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.seed_model import SeedModel

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ImplantedSources:
    """Seeds of one model, all implanted at the same time.

    Attributes:
        model: the TG-43 data.
        centers_mm: shape (n, 3), LPS mm.
        axes: shape (n, 3), directions along the capsules; stored as unit vectors. Their sign has no
            meaning. None where they are not known: the dose is then that of point sources (1-D).
        strengths_u: air-kerma strength at implantation, shape (n,), U.

    Raises:
        ValueError: a shape does not fit, a value is not finite, an axis is zero or a strength is
            not above zero.
    """

    model: SeedModel
    centers_mm: FloatArray
    axes: FloatArray | None
    strengths_u: FloatArray

    def __post_init__(self) -> None:
        centers = np.array(self.centers_mm, dtype=np.float64, order="C")
        strengths = np.array(self.strengths_u, dtype=np.float64)
        count = strengths.size
        if centers.shape != (count, 3) or strengths.ndim != 1:
            raise ValueError(
                f"{count} strengths need centres of shape ({count}, 3), got {centers.shape}"
            )
        if not np.isfinite(centers).all():
            raise ValueError("centres of seeds must be finite numbers")
        if not (np.isfinite(strengths).all() and (strengths > 0).all()):
            raise ValueError("every seed's strength must be a finite number above zero")
        axes = None if self.axes is None else _unit_vectors(self.axes, count)
        for name, value in (("centers_mm", centers), ("axes", axes), ("strengths_u", strengths)):
            if value is not None:
                value.flags.writeable = False
            object.__setattr__(self, name, value)


def _unit_vectors(axes: FloatArray, count: int) -> FloatArray:
    directions = np.array(axes, dtype=np.float64, order="C")
    if directions.shape != (count, 3):
        raise ValueError(
            f"{count} strengths need axes of shape ({count}, 3), got {directions.shape}"
        )
    if not np.isfinite(directions).all():
        raise ValueError("axes of seeds must be finite numbers")
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    if (length == 0).any():
        raise ValueError(
            f"seed {int(np.argmin(length))} has a zero axis: it has no direction. "
            "Where no axis is known, give None for all"
        )
    return directions / length
