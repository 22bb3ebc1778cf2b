"""A contoured structure as a stack of axial slabs."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError
from dosimetry_core.structures.scanline import area_mm2
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]

PLANE_TOLERANCE_MM = 0.05
"""Heights nearer than this are one plane; a polygon that varies more is not axial."""
SMALLEST_POLYGON_MM2 = 1e-3
"""A polygon with less area (a stray point or line) has no part in the structure."""
BREAK_RATIO = 2.5
"""A gap so many times wider than both gaps beside it parts the structure in two."""
WIDEST_GAP_MM = 15.0
"""Planes farther apart than this say too little of what is between them."""
TALLEST_STRIP_MM = 0.25
"""Accuracy of areas where polygons cross; others are exact."""


@dataclass(frozen=True, slots=True)
class Slab:
    """What one contoured plane stands for: its polygons, from ``lower_mm`` to ``upper_mm``.

    Attributes:
        z_mm: the contoured plane.
        lower_mm: included.
        upper_mm: excluded.
        run_lower_mm: bottom of the unbroken stack that the slab belongs to.
        run_upper_mm: top of that stack.
        edges: shape (m, 4), x0, y0, x1, y1 mm of all polygons.
        area_mm2: area inside.
    """

    z_mm: float
    lower_mm: float
    upper_mm: float
    run_lower_mm: float
    run_upper_mm: float
    edges: FloatArray
    area_mm2: float

    @property
    def thickness_mm(self) -> float:
        """Height of the slab."""
        return self.upper_mm - self.lower_mm


@dataclass(frozen=True, slots=True, eq=False)
class AxialStack:
    """A structure's slabs from low z to high; they do not overlap.

    Attributes:
        name: the structure's name.
        slabs: at least one, in order of z.
        lower_mm: (3,), low corner of the bounding box, x, y, z.
        upper_mm: (3,), high corner.
    """

    name: str
    slabs: tuple[Slab, ...]
    lower_mm: FloatArray
    upper_mm: FloatArray

    @property
    def volume_mm3(self) -> float:
        """Sum of area times thickness."""
        return sum(slab.area_mm2 * slab.thickness_mm for slab in self.slabs)


@lru_cache(maxsize=256)
def axial_stack(structure: ContouredStructure, plane_spacing_mm: float | None = None) -> AxialStack:
    """Read a structure as slabs.

    Each plane reaches half-way to its neighbours and, at both ends of the stack, half a spacing
    beyond its last plane. A gap more than 2.5 times as wide as those beside it is taken as a real
    one: the structure ends on either side of it.

    Args:
        structure: closed axial polygons.
        plane_spacing_mm: spacing of the images that were contoured; needed where a plane stands
            alone and nothing else tells its thickness.

    Returns:
        The stack; made once per structure object.

    Raises:
        StructureError: there is no polygon with an area, one is not axial or not finite, polygons
            of a plane cancel each other, or the thickness of a plane cannot be known.
        ValueError: ``plane_spacing_mm`` is not above zero.
    """
    if plane_spacing_mm is not None and not plane_spacing_mm > 0:
        raise ValueError(f"plane_spacing_mm must be above zero, is {plane_spacing_mm}")
    planes = _planes(structure)
    heights = sorted(planes)
    bounds = _bounds(structure.name, heights, plane_spacing_mm)
    slabs: list[Slab] = []
    for z_mm, (lower, upper, run_lower, run_upper) in zip(heights, bounds, strict=True):
        edges = np.concatenate([_edges(polygon) for polygon in planes[z_mm]])
        area = area_mm2(edges, TALLEST_STRIP_MM)
        if area < SMALLEST_POLYGON_MM2:
            raise StructureError(
                f"{structure.name}: the contours at z = {z_mm:g} mm cancel each other; is one "
                "drawn twice?"
            )
        slabs.append(Slab(z_mm, lower, upper, run_lower, run_upper, edges, area))
    corners = np.concatenate([slab.edges[:, :2] for slab in slabs])
    return AxialStack(
        structure.name,
        tuple(slabs),
        np.array([*corners.min(axis=0), slabs[0].lower_mm]),
        np.array([*corners.max(axis=0), slabs[-1].upper_mm]),
    )


def _planes(structure: ContouredStructure) -> dict[float, list[FloatArray]]:
    """Polygons (n, 2) with an area, by the height of their plane."""
    flat: list[tuple[float, FloatArray]] = []
    for number, polygon in enumerate(structure.polygons_mm, start=1):
        points = np.asarray(polygon, dtype=np.float64)
        where = f"{structure.name}: contour {number}"
        if points.ndim != 2 or points.shape[1] != 3:
            raise StructureError(f"{where} has shape {points.shape}, must be (n, 3)")
        if not np.isfinite(points).all():
            raise StructureError(f"{where} has a coordinate that is not a finite number")
        if points.shape[0] < 3:
            continue
        low, high = points[:, 2].min(), points[:, 2].max()
        if high - low > PLANE_TOLERANCE_MM:
            raise StructureError(
                f"{where} is not axial: z runs from {low:g} to {high:g} mm; contour the structure "
                "on axial images"
            )
        if area_mm2(_edges(points[:, :2]), TALLEST_STRIP_MM) >= SMALLEST_POLYGON_MM2:
            flat.append((float(points[:, 2].mean()), points[:, :2]))
    if not flat:
        raise StructureError(f"{structure.name}: no contour encloses an area")

    planes: dict[float, list[FloatArray]] = {}
    current = -np.inf
    for z_mm, points in sorted(flat, key=lambda item: item[0]):
        if z_mm - current > PLANE_TOLERANCE_MM:
            current = z_mm
            planes[current] = []
        for other in planes[current]:
            if points.shape == other.shape and np.array_equal(points, other):
                raise StructureError(
                    f"{structure.name}: a contour at z = {z_mm:g} mm is there twice"
                )
        planes[current].append(points)
    return planes


def _edges(points: FloatArray) -> FloatArray:
    """Edges (m, 4) of a polygon (n, 2), without those of no length."""
    edges = np.concatenate([points, np.roll(points, -1, axis=0)], axis=1)
    return np.ascontiguousarray(edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)])


def _bounds(
    name: str, heights: list[float], plane_spacing_mm: float | None
) -> list[tuple[float, float, float, float]]:
    """(lower, upper, run lower, run upper) of each plane."""
    gaps = [high - low for low, high in pairwise(heights)]
    breaks = [_is_break(gaps, n) for n in range(len(gaps))]
    joined = [gap for gap, broken in zip(gaps, breaks, strict=True) if not broken]
    if joined and max(joined) > WIDEST_GAP_MM:
        raise StructureError(
            f"{name}: planes are {max(joined):g} mm apart, more than {WIDEST_GAP_MM:g} mm; "
            "contours are missing between them"
        )
    lone_mm = plane_spacing_mm if plane_spacing_mm is not None else _median(joined)

    bounds: list[tuple[float, float, float, float]] = []
    first = 0
    for last in range(len(heights)):
        if last < len(gaps) and not breaks[last]:
            continue
        run = heights[first : last + 1]
        steps = gaps[first:last] or ([] if lone_mm is None else [lone_mm])
        if not steps:
            raise StructureError(
                f"{name}: the plane at z = {run[0]:g} mm stands alone, so its thickness is not "
                "known; give the spacing of the contoured images"
            )
        middles = [(low + high) / 2 for low, high in pairwise(run)]
        limits = [run[0] - steps[0] / 2, *middles, run[-1] + steps[-1] / 2]
        bounds.extend((low, high, limits[0], limits[-1]) for low, high in pairwise(limits))
        first = last + 1
    return bounds


def _is_break(gaps: list[float], n: int) -> bool:
    beside = gaps[max(0, n - 1) : n] + gaps[n + 1 : n + 2]
    return bool(beside) and gaps[n] > BREAK_RATIO * max(beside)


def _median(values: list[float]) -> float | None:
    return float(np.median(values)) if values else None
