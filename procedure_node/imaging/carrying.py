"""Contours where a registration puts them in a scan."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.registration import RegistrationResult
from dosimetry_core.structures import contains
from dosimetry_core.values import ContouredStructure, Vector
from procedure_node.imaging.registration_request import CarriedStructures

PIXEL_MM = 1.0
"""Of the planes that a shape is cut in anew; its outline lies between pixels."""

PLANE_MM = 2.0
"""Between those planes at most."""

SMOOTHED_PIXELS = 0.7
"""So that an outline does not run along the edges of pixels; straight ones stay where they are."""

_MARGIN_MM = 3.0
_FLAT_MM = 1e-3
_INVERSIONS = 6
"""Of a smooth displacement: the error falls by its gradient, below a half, with each."""

Points = NDArray[np.float64]


def middle_mm(structures: Sequence[ContouredStructure]) -> Vector:
    """The middle of the box round some structures, LPS mm."""
    points = np.concatenate([polygon for one in structures for polygon in one.polygons_mm])
    x, y, z = (points.min(axis=0) + points.max(axis=0)) / 2.0
    return float(x), float(y), float(z)


def carried_structures(
    contours: Mapping[str, ContouredStructure],
    carried: Sequence[CarriedStructures],
    result_of: Callable[[str], RegistrationResult | None],
) -> dict[str, ContouredStructure]:
    """The contours that are carried to a scan, by name.

    A rigid motion keeps every polygon and turns its plane; what is deformed is cut anew.

    Args:
        contours: as they were drawn.
        carried: which, and by which matrix.
        result_of: the registration of a lesion, asked for where a deformation belongs to it.
    """
    found: dict[str, ContouredStructure] = {}
    for one in carried:
        matrix = np.array(one.matrix)
        result = result_of(one.lesion) if one.deformed else None
        for name in one.structures:
            if name in contours:
                moved = _moved(contours[name], matrix)
                found[name] = moved if result is None else _bent(contours[name], moved, result)
    return found


def in_axial_planes(structure: ContouredStructure) -> ContouredStructure:
    """A structure cut in axial planes; the same one if it lies in such planes already."""
    if all(np.ptp(polygon[:, 2]) < _FLAT_MM for polygon in structure.polygons_mm):
        return structure
    points = np.concatenate(structure.polygons_mm)
    return _cut(structure.name, points, lambda at: contains(structure, at))


def _moved(structure: ContouredStructure, matrix: Points) -> ContouredStructure:
    return ContouredStructure(
        structure.name,
        tuple(points @ matrix[:3, :3].T + matrix[:3, 3] for points in structure.polygons_mm),
    )


def _bent(
    drawn: ContouredStructure, moved: ContouredStructure, result: RegistrationResult
) -> ContouredStructure:
    back = np.linalg.inv(result.matrix)
    deformation = result.deformation
    if deformation is None:
        return moved

    def inside(at: Points) -> NDArray[np.bool_]:
        goal = at @ back[:3, :3].T + back[:3, 3]
        source = goal
        for _ in range(_INVERSIONS):
            source = goal - (deformation.displaced(source) - source)
        return contains(drawn, source)

    bent = np.concatenate([result.to_scan(polygon) for polygon in drawn.polygons_mm])
    return _cut(drawn.name, bent, inside)


def _cut(
    name: str, points_mm: Points, inside: Callable[[Points], NDArray[np.bool_]]
) -> ContouredStructure:
    """The outlines, in axial planes, of what is inside.

    Args:
        name: the structure's.
        points_mm: (n, 3) on its surface, from which it reaches no farther than a slice.
        inside: tells of points (n, 3) whether they are.
    """
    low, high = points_mm.min(axis=0) - _MARGIN_MM, points_mm.max(axis=0) + _MARGIN_MM
    columns, rows = (int(n) + 1 for n in np.ceil((high - low)[:2] / PIXEL_MM))
    x_mm, y_mm = low[0] + PIXEL_MM * np.arange(columns), low[1] + PIXEL_MM * np.arange(rows)
    planes = int(np.ceil((high[2] - low[2]) / PLANE_MM))
    z_mm = low[2] + (np.arange(planes) + 0.5) * (high[2] - low[2]) / planes
    grid = np.stack(np.broadcast_arrays(x_mm, y_mm[:, None], z_mm[:, None, None]), axis=-1)
    mask = inside(grid.reshape(-1, 3)).reshape(planes, rows, columns).astype(np.float32)
    polygons: list[Points] = []
    for z, plane in zip(z_mm, mask, strict=True):
        smooth = np.asarray(ndimage.gaussian_filter(plane, SMOOTHED_PIXELS), dtype=np.float32)
        lines = contour_generator(x_mm, y_mm, smooth, line_type=LineType.Separate).lines(0.5)
        outlines = [np.asarray(line, dtype=np.float64)[:-1] for line in lines]
        polygons += [np.insert(line, 2, z, axis=1) for line in outlines if len(line) > 2]
    return ContouredStructure(name, tuple(polygons))
