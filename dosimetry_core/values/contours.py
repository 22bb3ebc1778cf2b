"""A structure as a person drew it: closed polygons in patient space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ContouredStructure:
    """A named structure made of closed planar polygons (DICOM CLOSED_PLANAR).

    Polygons in one plane combine by exclusive-or: one inside another is a hole, one beside another
    an island.

    Attributes:
        name: the ROI name.
        polygons_mm: each of shape (n >= 3, 3), LPS mm, not repeating its first point.
    """

    name: str
    polygons_mm: tuple[NDArray[np.float64], ...]
