"""Imaged ice as a solid whose surface is known to within an error."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.field import distance_round, sampled
from dosimetry_core.ice.outline import outlined
from dosimetry_core.structures import StructureError
from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]

_NEAR_MM, _FAR_MM = 10.0, 80.0
"""Round the ice, of the distances that are kept in fine and in coarse voxels."""
_COARSE_MM = 4.0
"""Linear between such voxels, a distance is off by 0.1 mm at most where they are used."""


PLACE_FACTOR, PLACE_FACTOR_ALONE = 2.0, 3.0
"""What the surface is off by at one place, in units of its stated mean error, with a baseline and
without one (what was brighter than the tissue around then looks unfrozen in the ice): with them the
bands of least margins held the true one in 9 of 10 cases or more (docs/ice.md)."""


class Estimate(NamedTuple):
    """A figure and the 5th and 95th percentile of what it may be, by the error of the ice surface.

    Attributes:
        value: the figure.
        low: what it is seldom below.
        high: what it is seldom above.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class IceSolid:
    """Ice with a smooth surface.

    Attributes:
        surface_error_mm: mean distance of the surface from the true one, exceeded in one case of
            ten; all figures are told with what moving the whole surface by it makes of them.
        place_error_mm: the same at one place.
        volume_cc: frozen volume.
        distances: mm from the surface, positive outside, the finer grid first; none without ice.
    """

    surface_error_mm: float
    place_error_mm: float
    volume_cc: Estimate
    distances: tuple[Volume, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no ice."""
        return not self.distances

    def depth_mm(self, points_mm: FloatArray) -> FloatArray:
        """Depth below the surface at points (n, 3), negative outside; -inf without ice.

        More than 80 mm off the way is overstated.
        """
        depth = np.full(len(points_mm), -np.inf)
        left = np.arange(len(points_mm))
        for field in self.distances:
            value, away = sampled(field, points_mm[left])
            depth[left] = -(value + away)
            left = left[away > 0]
        return depth

    def shifts_mm(self) -> tuple[float, float, float]:
        """How far the surface is moved outwards for a figure, its low and its high."""
        return 0.0, -self.surface_error_mm, self.surface_error_mm


def ice_solid(
    mask: Volume, surface_error_mm: float, place_factor: float = PLACE_FACTOR
) -> IceSolid:
    """Make a solid of a mask of ice.

    Args:
        mask: non-zero where ice is, any grid; ice that its grid cuts off ends at the grid.
        surface_error_mm: as ``IceFinding`` states it.
        place_factor: how many times that the surface may be off at one place.

    Raises:
        IceError: the mask has no shape that distances can be told from.
    """
    if not surface_error_mm >= 0:
        raise IceError(f"an error of the surface must be zero or more, got {surface_error_mm}")
    place_error_mm = place_factor * surface_error_mm
    outline = outlined(mask)
    if outline is None:
        none = Estimate(0.0, 0.0, 0.0)
        return IceSolid(surface_error_mm, place_error_mm, none, ())
    thick_mm = float(mask.spacing_mm[0])
    try:
        near = distance_round(outline, beyond_mm=_NEAR_MM, plane_spacing_mm=thick_mm)
        far = distance_round(
            outline, beyond_mm=_FAR_MM, pitch_mm=_COARSE_MM, plane_spacing_mm=thick_mm
        )
    except StructureError as error:
        raise IceError(f"the ice has no shape that distances can be told from: {error}") from error
    voxel_cc = near.voxel_volume_mm3 / 1000.0
    volumes = [
        voxel_cc * float(share_within(near, outwards).sum())
        for outwards in (0.0, -surface_error_mm, surface_error_mm)
    ]
    return IceSolid(surface_error_mm, place_error_mm, Estimate(*volumes), (near, far))


def share_within(distance: Volume, outwards_mm: float = 0.0) -> FloatArray:
    """Share of each voxel inside of a surface that is moved outwards, shape of the distance."""
    values = np.asarray(distance.values, dtype=np.float64)
    return within(outwards_mm - values, distance.spacing_mm[0])


def within(depth_mm: FloatArray, voxel_mm: float) -> FloatArray:
    """Share of a voxel below a surface that lies so deep over its centre."""
    return np.clip(0.5 + depth_mm / voxel_mm, 0.0, 1.0)
