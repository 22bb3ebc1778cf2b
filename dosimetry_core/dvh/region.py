"""A structure made ready for dose: its cells, and points on its surface."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from dosimetry_core.dvh.cells import Boxes, Cells
from dosimetry_core.structures import (
    contains,
    sample_structure,
    surface_points_mm,
    volume_cc,
)
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CELLS = 25_000
"""Cells of a structure, if its surface cut none of them; each has two points."""
BOXES = 150_000
"""Boxes that they are made of: how finely the structure's surface is followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A structure and what stands for it.

    Attributes:
        structure: what was contoured.
        plane_spacing_mm: of the contoured images, where it was given.
        volume_cc: volume.
        cells: cells that fill it.
        points_mm: their points, shape (n, 2, 3).
        spacing_mm: mean extent of a cell.
        surface_mm: points on its surface about so far apart, shape (s, 3).
        fine_surface_mm: points a third as far apart, shape (f, 3).
        fine_surface: the same as a tree.
        box_mm: low and high corner of its bounding box, shape (2, 3).
    """

    structure: ContouredStructure
    plane_spacing_mm: float | None
    volume_cc: float
    cells: Cells
    points_mm: FloatArray
    spacing_mm: float
    surface_mm: FloatArray
    fine_surface_mm: FloatArray
    fine_surface: KDTree
    box_mm: FloatArray

    def fine_surface_near(self, places_mm: FloatArray) -> FloatArray:
        """Fine points (n, 3) within a cell of any place (p, 3) along each of x, y and z."""
        near = cast(
            Sequence[Sequence[int]],
            self.fine_surface.query_ball_point(places_mm, self.spacing_mm, p=math.inf),
        )
        return self.fine_surface_mm[sorted(set(chain.from_iterable(near)))]

    def inside(self, points_mm: FloatArray) -> BoolArray:
        """Which points (p, 3) are in the structure."""
        return contains(self.structure, points_mm, plane_spacing_mm=self.plane_spacing_mm)


@lru_cache(maxsize=12)
def region_of(structure: ContouredStructure, plane_spacing_mm: float | None = None) -> Region:
    """Cut a structure into cells; done once for each of the last structure objects.

    Args:
        structure: what was contoured.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.

    Raises:
        StructureError: the structure has no sound shape.
    """
    samples = sample_structure(structure, point_count=BOXES, plane_spacing_mm=plane_spacing_mm)
    frame = samples.frame
    spacing_mm = (float(samples.weights_mm3.sum()) / CELLS) ** (1 / 3)
    cells = Cells.grouped(
        Boxes(
            frame.to_stack(samples.centers_mm), samples.cells_mm, samples.weights_mm3, frame.axes
        ),
        spacing_mm,
    )
    surface = surface_points_mm(structure, spacing_mm, plane_spacing_mm=plane_spacing_mm)
    fine_surface = surface_points_mm(structure, spacing_mm / 3.0, plane_spacing_mm=plane_spacing_mm)
    return Region(
        structure=structure,
        plane_spacing_mm=plane_spacing_mm,
        volume_cc=volume_cc(structure, plane_spacing_mm=plane_spacing_mm),
        cells=cells,
        points_mm=cells.points_mm(),
        spacing_mm=spacing_mm,
        surface_mm=surface,
        fine_surface_mm=fine_surface,
        fine_surface=KDTree(fine_surface),
        box_mm=np.stack([surface.min(axis=0), surface.max(axis=0)]),
    )
