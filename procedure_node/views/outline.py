"""Structure outlines in planes that nobody drew in.

A structure is drawn as polygons in axial planes. For the other planes each axial plane becomes a
signed distance to the drawn outline, and between planes these are interpolated linearly
(shape-based interpolation: Raya and Udupa, IEEE Trans. Med. Imaging 9(1), 1990, 32-42).
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import ContouredStructure

PITCH_MM = 1.0
"""In-plane pitch of the distance maps: finer than a drawn line is wide on the display."""

SAME_PLANE_MM = 0.01
"""Polygons whose z differs by less than this lie in one plane."""

GAP_FACTOR = 1.5
"""Two drawn planes further apart than this many usual spacings are the ends of separate parts."""

OUTSIDE_MM = 0.05
"""Distance given to the planes just beyond a part's ends, so that a part ends flat there."""


@dataclass(frozen=True, slots=True, eq=False)
class DistanceMap:
    """Signed distance to a structure's outline in each axial plane: positive inside, mm.

    Attributes:
        x_mm: ascending sample positions.
        y_mm: ascending sample positions.
        z_mm: ascending plane positions, spaced as drawn.
        distance_mm: shape (z, y, x).
    """

    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    z_mm: NDArray[np.float64]
    distance_mm: NDArray[np.float32]

    def centroid_mm(self) -> tuple[float, float, float]:
        """Mean position of what is inside, LPS mm; the middle of the map if nothing is."""
        k, j, i = np.nonzero(self.distance_mm > 0)
        if not len(k):
            k, j, i = (np.array([length // 2]) for length in self.distance_mm.shape)
        x, y, z = self.x_mm[i].mean(), self.y_mm[j].mean(), self.z_mm[k].mean()
        return float(x), float(y), float(z)


def _drawn_planes(structure: ContouredStructure) -> list[tuple[float, list[NDArray[np.float64]]]]:
    """The structure's polygons grouped by axial plane, as (z in mm, polygons), z ascending."""
    planes: list[tuple[float, list[NDArray[np.float64]]]] = []
    for polygon in sorted(structure.polygons_mm, key=lambda points: float(points[:, 2].mean())):
        z_mm = float(polygon[:, 2].mean())
        if planes and z_mm - planes[-1][0] < SAME_PLANE_MM:
            planes[-1][1].append(polygon)
        else:
            planes.append((z_mm, [polygon]))
    return planes


def fill(
    polygons_mm: list[NDArray[np.float64]], x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which samples (y, x) lie inside an odd number of polygons.

    Each edge flips everything to the right of where it crosses a row of samples.

    Args:
        polygons_mm: closed polygons, x and y in their first two columns.
        x_mm: ascending, evenly spaced.
        y_mm: ascending, evenly spaced.
    """
    crossings = np.zeros((len(y_mm), len(x_mm) + 1), dtype=np.int32)
    x_pitch = x_mm[1] - x_mm[0]
    for polygon in polygons_mm:
        start, end = polygon[:, :2], np.roll(polygon[:, :2], -1, axis=0)
        lower = np.where((start[:, 1] <= end[:, 1])[:, None], start, end)
        upper = np.where((start[:, 1] <= end[:, 1])[:, None], end, start)
        rows = np.searchsorted(y_mm, lower[:, 1]), np.searchsorted(y_mm, upper[:, 1])
        for edge in np.flatnonzero(rows[1] > rows[0]):
            row = np.arange(rows[0][edge], rows[1][edge])
            (x0, y0), (x1, y1) = lower[edge], upper[edge]
            x = x0 + (y_mm[row] - y0) * (x1 - x0) / (y1 - y0)
            column = np.clip(np.ceil((x - x_mm[0]) / x_pitch), 0, len(x_mm)).astype(np.intp)
            crossings[row, column] += 1
    return np.cumsum(crossings, axis=1)[:, :-1] % 2 == 1


def distance_map(structure: ContouredStructure, single_plane_mm: float) -> DistanceMap:
    """Make the distance map of a structure.

    Args:
        structure: at least one polygon.
        single_plane_mm: thickness of a structure that is drawn in one plane only.
    """
    from scipy import ndimage  # noqa: PLC0415 - heavy, and only the imaging process makes maps

    points = np.concatenate(structure.polygons_mm)
    low, high = points[:, :2].min(axis=0) - 2 * PITCH_MM, points[:, :2].max(axis=0) + 2 * PITCH_MM
    x_mm = np.arange(low[0], high[0] + PITCH_MM, PITCH_MM)
    y_mm = np.arange(low[1], high[1] + PITCH_MM, PITCH_MM)
    drawn = _drawn_planes(structure)
    spacing = single_plane_mm
    if len(drawn) > 1:
        spacing = float(np.median(np.diff([z_mm for z_mm, _ in drawn])))
    z_out: list[float] = []
    planes: list[NDArray[np.float32]] = []

    def end_part(z_mm: float) -> None:
        z_out.append(z_mm)
        planes.append(np.minimum(planes[-1], 0.0) - np.float32(OUTSIDE_MM))

    for z_mm, polygons in drawn:
        inside = fill(polygons, x_mm, y_mm)
        distance = np.asarray(
            ndimage.distance_transform_edt(inside, sampling=PITCH_MM), dtype=np.float32
        ) - np.asarray(ndimage.distance_transform_edt(~inside, sampling=PITCH_MM), dtype=np.float32)
        starts_part = not z_out or z_mm - z_out[-1] > GAP_FACTOR * spacing
        if z_out and starts_part:
            end_part(z_out[-1] + spacing / 2)
        if starts_part:
            z_out.append(z_mm - spacing / 2)
            planes.append(np.minimum(distance, 0.0) - np.float32(OUTSIDE_MM))
        z_out.append(z_mm)
        planes.append(distance)
    end_part(z_out[-1] + spacing / 2)
    return DistanceMap(x_mm, y_mm, np.array(z_out), np.stack(planes))
