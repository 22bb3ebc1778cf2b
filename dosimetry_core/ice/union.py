"""All that was frozen in several scans, in one frame of reference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.solid import Estimate, IceSolid, within
from dosimetry_core.values import Vector

_FINEST_MM = 1.0
_MOST_POINTS = 6_000_000
_SLAB_POINTS = 400_000

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Carrying:
    """How what lies nearest to one place lies in the frame of a scan.

    Attributes:
        center_mm: the place, LPS mm of the common frame.
        matrix: (4, 4), rigid, the common frame to the scan's.
    """

    center_mm: Vector
    matrix: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CarriedIce:
    """The ice of one scan, and how the common frame lies in the scan's.

    Attributes:
        solid: in the frame of its scan.
        carrying: one for each place that moved by itself; none where both frames are the same.
    """

    solid: IceSolid
    carrying: tuple[Carrying, ...] = ()


def union_cc(ices: Sequence[CarriedIce]) -> Estimate:
    """Volume of what was frozen in any of the scans, cm3.

    Points of a 1 mm grid (coarser where the ice lies far apart) are looked up in each scan, by the
    carrying whose place is nearest; shares of voxels follow from the depth of the nearest surface.
    For the band every surface is moved by its own error.
    """
    shown = [ice for ice in ices if not ice.solid.is_empty]
    if not shown:
        return Estimate(0.0, 0.0, 0.0)
    corners = np.concatenate([_corners_mm(ice) for ice in shown])
    low, high = corners.min(axis=0), corners.max(axis=0)
    step_mm = max(_FINEST_MM, (float((high - low).prod()) / _MOST_POINTS) ** (1.0 / 3.0))
    x, y, z = (_axis(float(low[n]), float(high[n]), step_mm) for n in range(3))
    planes = max(1, _SLAB_POINTS // (len(x) * len(y)))
    totals = np.zeros(3)
    for first in range(0, len(z), planes):
        slab = z[first : first + planes]
        points = np.stack(np.meshgrid(x, y, slab, indexing="ij"), axis=-1).reshape(-1, 3)
        totals += _shares(shown, points, step_mm)
    value, least, most = (float(one) * step_mm**3 / 1000.0 for one in totals)
    return Estimate(value, least, most)


def _axis(first: float, last: float, step_mm: float) -> FloatArray:
    return first + step_mm * np.arange(math.ceil((last - first) / step_mm), dtype=np.float64)


def _shares(ices: Sequence[CarriedIce], points_mm: FloatArray, step_mm: float) -> FloatArray:
    """Voxels in the ice: as it is found, with each surface moved in, and moved out."""
    deepest = np.full((3, len(points_mm)), -np.inf)
    for ice in ices:
        depth = ice.solid.depth_mm(_in_scan(ice, points_mm))
        moved = [depth + shift for shift in ice.solid.shifts_mm()]
        deepest = np.maximum(deepest, np.array(moved))
    return within(deepest, step_mm).sum(axis=1)


def _in_scan(ice: CarriedIce, points_mm: FloatArray) -> FloatArray:
    if not ice.carrying:
        return points_mm
    gaps = [((points_mm - np.array(one.center_mm)) ** 2).sum(axis=1) for one in ice.carrying]
    nearest = np.argmin(gaps, axis=0)
    found = np.empty_like(points_mm)
    for n, one in enumerate(ice.carrying):
        own = nearest == n
        found[own] = points_mm[own] @ one.matrix[:3, :3].T + one.matrix[:3, 3]
    return found


def _corners_mm(ice: CarriedIce) -> FloatArray:
    """Corners of the box that holds the ice and some more, in the common frame."""
    near = ice.solid.distances[0]
    sides = np.array(near.values.shape, dtype=np.float64) - 1.0
    corners = near.to_patient_mm(np.array(list(product((0.0, 1.0), repeat=3))) * sides)
    if not ice.carrying:
        return corners
    back = [np.linalg.inv(one.matrix) for one in ice.carrying]
    return np.concatenate([corners @ one[:3, :3].T + one[:3, 3] for one in back])
