"""The lattice on which a run of planes is interpolated, and the levels of outlines on it."""

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
from contourpy import FillType, LineType, SerialContourGenerator, ZInterp
from numpy.typing import NDArray

from dosimetry_core.structures.islands import Island
from dosimetry_core.structures.levels import level_field
from dosimetry_core.structures.planes import Plane

FloatArray = NDArray[np.float64]

POINTS_PER_RADIUS = 16
"""Lattice points along the mean radius of a structure's islands."""
MOST_POINTS = 15_000
"""Lattice points in all; more would take too long."""

INWARDS = 1.0 / 6.0
"""By how much of the pitch squared a line between lattice points overestimates a level, whose
second derivative is 2, on the average: the outline is taken where the level is so much above zero.
"""

Region = tuple[int, tuple[int, ...]]
"""A plane of the run, and those of its polygons that enclose the region."""


class Lattice:
    """Points in the plane over all planes of a run, with room around them."""

    def __init__(
        self, planes: Sequence[Plane], islands: Sequence[Sequence[Island]], room_mm: float
    ) -> None:
        """Choose a pitch by the size of the islands."""
        self._planes = planes
        self._islands = islands
        corners = np.concatenate([plane.edges[:, :2] for plane in planes])
        low: FloatArray = corners.min(axis=0) - room_mm
        extent: FloatArray = corners.max(axis=0) + room_mm - low
        pitch = _mean_radius_mm(planes) / POINTS_PER_RADIUS
        self.pitch_mm = max(pitch, math.sqrt(float(np.prod(extent)) / MOST_POINTS))
        self.x, self.y = (
            float(low[n]) + self.pitch_mm * (np.arange(int(extent[n] / self.pitch_mm) + 3.0) - 0.5)
            for n in range(2)
        )
        self._columns, self._rows = np.meshgrid(self.x, self.y)
        self._levels: dict[Region, FloatArray] = {}

    def empty(self) -> FloatArray:
        """Levels with nothing inside."""
        return np.full((self.y.size, self.x.size), np.inf)

    def levels(self, region: Region | None) -> FloatArray:
        """Levels of a region (see ``levels``), made once; of none, an empty array."""
        if region is None:
            return np.empty((0, 0))
        if region not in self._levels:
            place, polygons = region
            plane = self._planes[place]
            edges = plane.edges_of(polygons)
            self._levels[region] = level_field(edges, self._island_of(region), self.x, self.y)
        return self._levels[region]

    def _island_of(self, region: Region) -> NDArray[np.int64]:
        """Which island each edge of a region belongs to."""
        place, polygons = region
        plane, islands = self._planes[place], self._islands[place]
        own = [
            kept
            for island in islands
            if (kept := tuple(sorted(set(island.outer + island.holes) & set(polygons))))
        ]
        edges = plane.edges_of(polygons)
        if len(own) <= 1:
            return np.zeros(len(edges), dtype=np.int64)
        number = {
            tuple(edge): n
            for n, members in enumerate(own)
            for edge in plane.edges_of(members).tolist()
        }
        return np.array([number.get(tuple(edge), 0) for edge in edges.tolist()], dtype=np.int64)

    def outline(self, levels: FloatArray) -> FloatArray:
        """Edges (m, 4) of what is inside: where the levels are below zero."""
        level = INWARDS * self.pitch_mm**2
        if not (levels < level).any():
            return np.empty((0, 4))
        closed = np.minimum(levels, (100.0 * self.pitch_mm) ** 2)
        for border in (closed[0], closed[-1], closed[:, 0], closed[:, -1]):
            np.maximum(border, self.pitch_mm**2, out=border)
        generator = SerialContourGenerator(
            self._columns,
            self._rows,
            closed,
            None,  # pyright: ignore[reportArgumentType] (no mask; checked by the factory function)
            corner_mask=False,
            line_type=LineType.Separate,
            fill_type=FillType.OuterCode,
            quad_as_tri=False,
            z_interp=ZInterp.Linear,
        )
        lines = cast("list[FloatArray]", generator.lines(level))
        if not lines:
            return np.empty((0, 4))
        edges = np.concatenate([np.concatenate([line[:-1], line[1:]], axis=1) for line in lines])
        return np.ascontiguousarray(edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)])


def _mean_radius_mm(planes: Sequence[Plane]) -> float:
    """Twice the area over the outline's length: the radius of a circle, the width of a strip."""
    area = sum(plane.area_mm2 for plane in planes)
    outline = sum(
        float(np.hypot(*(plane.edges[:, 2:] - plane.edges[:, :2]).T).sum()) for plane in planes
    )
    return 2.0 * area / outline
