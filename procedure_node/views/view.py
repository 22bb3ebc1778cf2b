"""A scan's picture data, opened: cut it where you like."""

from dataclasses import dataclass

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

from dosimetry_core.values import GenerationMode, Volume
from procedure_node.views.grid import Grid
from procedure_node.views.outline import DistanceMap
from procedure_node.views.section import AXES, Isodose, Line, Outline, Plane, PlaneAxes, Section

ISODOSE_PERCENT = (50, 100, 150, 200)
"""Isodose levels in percent of the prescription."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredVolume:
    """Values of shape (z, y, x) on a grid, read from disk as they are needed."""

    values: NDArray[np.generic]
    grid: Grid

    def volume(self) -> Volume:
        """As a volume in patient space; nothing is read yet."""
        affine = np.diag([*self.grid.pitch_mm, 1.0])
        affine[:3, 3] = self.grid.origin_mm
        return Volume(self.values, affine)


@dataclass(frozen=True, slots=True, eq=False)
class StoredStructure:
    """A structure as it was drawn, and its distance map for the planes between.

    Attributes:
        name: the ROI name.
        centroid_mm: LPS mm.
        polygons_mm: each (n, 3), in axial planes.
        distances: for every other plane.
    """

    name: str
    centroid_mm: tuple[float, float, float]
    polygons_mm: tuple[NDArray[np.float64], ...]
    distances: DistanceMap


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Picture data of one scan.

    Attributes:
        mode: where the scan comes from.
        prescription_gy: what 100 % means; None: no isodoses.
        ct: HU.
        dose: Gy, where seeds were found.
        ice: non-zero where ice was seen, where it was looked for.
        structures: those that were drawn.
    """

    mode: GenerationMode
    prescription_gy: float | None
    ct: StoredVolume
    dose: StoredVolume | None
    ice: StoredVolume | None
    structures: tuple[StoredStructure, ...]

    def section(self, plane: Plane, position_mm: float) -> Section:
        """Cut the scan by a plane.

        Args:
            plane: which plane.
            position_mm: x, y or z in LPS mm along the plane's normal; moved to the nearest CT voxel
                centre, and into the CT where it lies outside.
        """
        axes, grid = AXES[plane], self.ct.grid
        last = grid.shape[axes.across] - 1
        index = round(min(max(grid.index(axes.across, position_mm), 0.0), float(last)))
        at_mm = float(grid.positions_mm(axes.across)[index])
        low, high = grid.edges_mm(axes.down)
        return Section(
            plane=plane,
            position_mm=at_mm,
            pixels=_upright(np.take(self.ct.values, index, axis=2 - axes.across), axes),
            left_mm=grid.edges_mm(axes.right)[0],
            top_mm=low if axes.down_sign > 0 else -high,
            column_mm=grid.pitch_mm[axes.right],
            row_mm=grid.pitch_mm[axes.down],
            isodoses=self._isodoses(axes, at_mm),
            ice=level_lines(self.ice, axes, at_mm, 0.5) if self.ice else (),
            structures=self._outlines(axes, at_mm),
            mode=self.mode,
        )

    def _isodoses(self, axes: PlaneAxes, at_mm: float) -> tuple[Isodose, ...]:
        if self.dose is None or self.prescription_gy is None:
            return ()
        levels = ((percent, self.prescription_gy * percent / 100) for percent in ISODOSE_PERCENT)
        return tuple(
            Isodose(percent, dose_gy, level_lines(self.dose, axes, at_mm, dose_gy))
            for percent, dose_gy in levels
        )

    def _outlines(self, axes: PlaneAxes, at_mm: float) -> tuple[Outline, ...]:
        outlines: list[Outline] = []
        for structure in self.structures:
            drawn: tuple[Line, ...] = ()
            if axes.across == 2:
                drawn = _drawn_near(structure, at_mm, self.ct.grid.pitch_mm[2] / 2)
            lines = drawn or _distance_lines(structure.distances, axes, at_mm)
            if lines:
                outlines.append(Outline(structure.name, lines))
        return tuple(outlines)


def _upright(pixels: NDArray[np.generic], axes: PlaneAxes) -> NDArray[np.int16]:
    """The cut with its first row at the top of the page, in memory."""
    rows = pixels[::-1] if axes.down_sign < 0 else pixels
    return np.ascontiguousarray(rows, dtype=np.int16)


def _drawn_near(structure: StoredStructure, z_mm: float, within_mm: float) -> tuple[Line, ...]:
    """The polygons of the drawn plane nearest to ``z_mm``, closed; none if it is too far."""
    planes = np.array([polygon[0, 2] for polygon in structure.polygons_mm])
    away = np.abs(planes - z_mm)
    if away.min() > within_mm:
        return ()
    nearest = np.flatnonzero(away < away.min() + 1e-3)
    return tuple(_closed(structure.polygons_mm[n][:, :2]) for n in nearest)


def _closed(points: NDArray[np.float64]) -> Line:
    return np.concatenate((points, points[:1]))


def _distance_lines(distances: DistanceMap, axes: PlaneAxes, at_mm: float) -> tuple[Line, ...]:
    samples = (distances.x_mm, distances.y_mm, distances.z_mm)
    along = samples[axes.across]
    if not along[0] <= at_mm <= along[-1]:
        return ()
    index = float(np.interp(at_mm, along, np.arange(len(along))))
    values = _between(distances.distance_mm, 2 - axes.across, index)
    return _contour(samples[axes.right], samples[axes.down], values, axes, 0.0)


def level_lines(
    volume: StoredVolume, axes: PlaneAxes, at_mm: float, level: float
) -> tuple[Line, ...]:
    """Where a volume has a value in a plane at a place, in the plane's own mm."""
    index = volume.grid.index(axes.across, at_mm)
    last = volume.grid.shape[axes.across] - 1
    if not -0.5 <= index <= last + 0.5:
        return ()
    values = _between(volume.values, 2 - axes.across, min(max(index, 0.0), float(last)))
    right, down = volume.grid.positions_mm(axes.right), volume.grid.positions_mm(axes.down)
    return _contour(right, down, values, axes, level)


def _between(values: NDArray[np.generic], axis: int, index: float) -> NDArray[np.float64]:
    """The plane at a fractional index, interpolated linearly between its neighbours."""
    below = int(index)
    weight = index - below
    plane = np.asarray(np.take(values, below, axis=axis), dtype=np.float64)
    if weight == 0.0:
        return plane
    above = np.asarray(np.take(values, below + 1, axis=axis), dtype=np.float64)
    return plane * (1.0 - weight) + above * weight


def _contour(
    right_mm: NDArray[np.float64],
    down_mm: NDArray[np.float64],
    values: NDArray[np.float64],
    axes: PlaneAxes,
    level: float,
) -> tuple[Line, ...]:
    if min(values.shape) < 2 or not values.min() < level <= values.max():
        return ()
    generator = contour_generator(
        x=right_mm, y=down_mm * axes.down_sign, z=values, line_type=LineType.Separate
    )
    return tuple(np.asarray(line, dtype=np.float64) for line in generator.lines(level))
