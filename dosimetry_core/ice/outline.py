"""The mask of ice as a solid with smooth walls, without the steps of its voxels."""

import numpy as np
from contourpy import LineType, SerialContourGenerator, contour_generator
from numpy.typing import NDArray

from dosimetry_core.ice.filters import Bools, blurred
from dosimetry_core.structures import polygons_from_mask
from dosimetry_core.values import ContouredStructure, Volume

_NAME = "ice"
_BLUR_MM = 0.7
"""In the plane: an outline of radius R shrinks by blur^2 / 2R, 0.03 mm at 10 mm."""
_PAD = 4
_LEAST_MM2 = 1.0


def outlined(mask: Volume) -> ContouredStructure | None:
    """Ice as polygons, one set for each slice; None where the mask is empty.

    Each slice is blurred and cut at one half; a slice too small to outlast that keeps its pixels'
    edges.
    """
    values = mask.values != 0
    polygons: list[NDArray[np.float64]] = []
    for k in np.flatnonzero(values.any(axis=(1, 2))):
        smooth = _smooth(values[k], mask, float(k))
        polygons += smooth or _by_pixels(values[k], mask, int(k))
    return ContouredStructure(_NAME, tuple(polygons)) if polygons else None


def _smooth(pixels: Bools, mask: Volume, k: float) -> list[NDArray[np.float64]]:
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    low = np.array([rows[0], columns[0]])
    part = np.pad(pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], _PAD)
    spacing = np.array(mask.spacing_mm[1:])
    soft = blurred(part.astype(np.float32), _BLUR_MM / spacing)
    made = contour_generator(z=soft, line_type=LineType.Separate, name="serial")
    assert isinstance(made, SerialContourGenerator)
    found: list[NDArray[np.float64]] = []
    for line in made.lines(0.5):
        points = np.asarray(line, dtype=np.float64)[:-1]
        if len(points) < 3 or _area(points) * float(spacing.prod()) < _LEAST_MM2:
            continue
        kji = np.column_stack(
            [np.full(len(points), k), points[:, 1] + low[0] - _PAD, points[:, 0] + low[1] - _PAD]
        )
        found.append(mask.to_patient_mm(kji))
    return found


def _by_pixels(pixels: Bools, mask: Volume, k: int) -> list[NDArray[np.float64]]:
    at_slice = mask.affine.astype(np.float64)
    at_slice[:3, 3] += k * mask.affine[:3, 2]
    return list(polygons_from_mask(pixels, at_slice))


def _area(points: NDArray[np.float64]) -> float:
    x, y = points[:, 0], points[:, 1]
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
