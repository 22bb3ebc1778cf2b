"""The contoured planes of a structure."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError
from dosimetry_core.structures.frame import PLANE_TOLERANCE_MM, Frame, frame_of, has_area
from dosimetry_core.structures.scanline import area_mm2
from dosimetry_core.structures.touching import without_touching
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]

SMALLEST_POLYGON_MM2 = 1e-3
"""A polygon with less area (a stray point or line) has no part in the structure."""
TALLEST_STRIP_MM = 0.25
"""Accuracy of areas where polygons cross; others are exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The polygons of one plane, in the axes of the stack.

    Attributes:
        height_mm: place along the stack's third axis.
        polygons: each (n, 2), mm.
        edges: (m, 4), x0, y0, x1, y1 mm of all outlines; what touches is cancelled.
        area_mm2: area inside.
    """

    height_mm: float
    polygons: tuple[FloatArray, ...]
    edges: FloatArray
    area_mm2: float
    _parts: dict[tuple[int, ...], FloatArray] = field(
        default_factory=dict[tuple[int, ...], FloatArray]
    )

    def edges_of(self, polygons: tuple[int, ...]) -> FloatArray:
        """Edges (m, 4) of some of the polygons, by their places in ``polygons``."""
        if len(polygons) == len(self.polygons):
            return self.edges
        if polygons not in self._parts:
            self._parts[polygons] = _outline([self.polygons[n] for n in polygons])
        return self._parts[polygons]

    def area_of(self, polygons: tuple[int, ...]) -> float:
        """Area inside some of the polygons, mm2."""
        if len(polygons) == len(self.polygons):
            return self.area_mm2
        return area_mm2(self.edges_of(polygons), TALLEST_STRIP_MM)


def planes_of(structure: ContouredStructure) -> tuple[Frame, list[Plane]]:
    """The axes of a structure's stack, and its planes in order of height.

    Raises:
        StructureError: there is no polygon with an area, one is not planar, not parallel to the
            others or not finite, or polygons of a plane cancel each other.
    """
    contours = [
        (number, points)
        for number, points in enumerate(_points(structure), start=1)
        if points.shape[0] >= 3 and has_area(points, SMALLEST_POLYGON_MM2)
    ]
    frame = frame_of(structure.name, contours)
    flat: list[tuple[float, FloatArray]] = []
    for _, points in contours:
        placed = frame.to_stack(points)
        if area_mm2(_edges(placed[:, :2]), TALLEST_STRIP_MM) >= SMALLEST_POLYGON_MM2:
            flat.append((float(placed[:, 2].mean()), np.ascontiguousarray(placed[:, :2])))
    if not flat:
        raise StructureError(f"{structure.name}: no contour encloses an area")
    axis = "z =" if frame.is_axial else "(along its stack)"
    planes: list[Plane] = []
    for height_mm, polygons in _by_height(flat).items():
        where = f"at {axis} {height_mm:g} mm"
        _check_different(structure.name, where, polygons)
        edges = _outline(polygons)
        area = area_mm2(edges, TALLEST_STRIP_MM)
        if area < SMALLEST_POLYGON_MM2:
            raise StructureError(
                f"{structure.name}: the contours {where} cancel each other; is one drawn twice?"
            )
        planes.append(Plane(height_mm, tuple(polygons), edges, area))
    return frame, planes


def _points(structure: ContouredStructure) -> list[FloatArray]:
    found: list[FloatArray] = []
    for number, polygon in enumerate(structure.polygons_mm, start=1):
        points = np.asarray(polygon, dtype=np.float64)
        where = f"{structure.name}: contour {number}"
        if points.ndim != 2 or points.shape[1] != 3:
            raise StructureError(f"{where} has shape {points.shape}, must be (n, 3)")
        if not np.isfinite(points).all():
            raise StructureError(f"{where} has a coordinate that is not a finite number")
        found.append(points)
    return found


def _by_height(flat: list[tuple[float, FloatArray]]) -> dict[float, list[FloatArray]]:
    planes: dict[float, list[FloatArray]] = {}
    current = -np.inf
    for height_mm, points in sorted(flat, key=lambda item: item[0]):
        if height_mm - current > PLANE_TOLERANCE_MM:
            current = height_mm
            planes[current] = []
        planes[current].append(points)
    return planes


def _check_different(name: str, where: str, polygons: list[FloatArray]) -> None:
    for n, points in enumerate(polygons):
        for other in polygons[:n]:
            if points.shape == other.shape and np.array_equal(points, other):
                raise StructureError(f"{name}: a contour {where} is there twice")


def _outline(polygons: list[FloatArray]) -> FloatArray:
    return without_touching(np.concatenate([_edges(points) for points in polygons]))


def _edges(points: FloatArray) -> FloatArray:
    """Edges (m, 4) of a polygon (n, 2), without those of no length."""
    edges = np.concatenate([points, np.roll(points, -1, axis=0)], axis=1)
    return np.ascontiguousarray(edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)])
