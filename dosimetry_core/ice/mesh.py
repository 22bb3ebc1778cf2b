"""The surface of a solid as triangles, cut from its distances by tetrahedra."""

from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]

# Each way from a cube's corner to the opposite one, along its edges, spans a tetrahedron.
_TETRAHEDRA = tuple(
    np.array([[int(axis in way[:step]) for axis in range(3)] for step in range(4)])
    for way in permutations(range(3))
)
# Edges that the surface crosses where one, two or three of four sorted corners are inside.
_CUT: dict[int, tuple[tuple[tuple[int, int], ...], ...]] = {
    1: (((0, 1), (0, 2), (0, 3)),),
    2: (((0, 2), (0, 3), (1, 3)), ((0, 2), (1, 3), (1, 2))),
    3: (((0, 3), (1, 3), (2, 3)),),
}


class Mesh(NamedTuple):
    """Triangles of a surface.

    Attributes:
        corners_mm: shape (n, 3 corners, 3), LPS.
        areas_mm2: shape (n,).
    """

    corners_mm: FloatArray
    areas_mm2: FloatArray


def mesh_of(distance: Volume) -> Mesh:
    """The surface where a signed distance is zero; it is taken as linear in each tetrahedron."""
    values = np.asarray(distance.values, dtype=np.float64)
    inside = values < 0
    counts = sum(
        inside[a : a - 1 or None, b : b - 1 or None, c : c - 1 or None].astype(np.int8)
        for a in (0, 1)
        for b in (0, 1)
        for c in (0, 1)
    )
    cubes = np.argwhere((counts > 0) & (counts < 8))
    found = [np.zeros((0, 3, 3))]
    for way in _TETRAHEDRA:
        places = cubes[:, None, :] + way
        at = values[tuple(np.moveaxis(places, -1, 0))]
        order = np.argsort(at, axis=1)
        at = np.take_along_axis(at, order, axis=1)
        places = np.take_along_axis(places, order[..., None], axis=1).astype(np.float64)
        within = (at < 0).sum(axis=1)
        for count, triangles in _CUT.items():
            chosen = within == count
            found += [_crossings(at[chosen], places[chosen], edges) for edges in triangles]
    corners = distance.to_patient_mm(np.concatenate(found))
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return Mesh(corners, 0.5 * np.linalg.norm(across, axis=1))


def _crossings(
    at: FloatArray, places: FloatArray, edges: tuple[tuple[int, int], ...]
) -> FloatArray:
    """Where the values (n, 4) are zero along three edges between places (n, 4, 3)."""
    ends = [
        places[:, a] + (places[:, b] - places[:, a]) * (at[:, a] / (at[:, a] - at[:, b]))[:, None]
        for a, b in edges
    ]
    return np.stack(ends, axis=1)


def share_below(values: FloatArray, limit: float) -> FloatArray:
    """Share of each triangle in which a quantity, linear between its corners (n, 3), is < limit."""
    rising_values: FloatArray = np.sort(values, axis=1)
    low, middle, high = rising_values[:, 0], rising_values[:, 1], rising_values[:, 2]
    spans = (middle - low) * (high - low), (high - middle) * (high - low)
    of_low, of_high = (np.where(span > 0.0, span, 1.0) for span in spans)
    inner = np.minimum(np.maximum(low, limit), high)
    rising, falling = (inner - low) ** 2 / of_low, 1.0 - (high - inner) ** 2 / of_high
    share: FloatArray = np.where(limit < middle, rising, falling)
    return np.where(limit <= low, 0.0, np.where(limit >= high, 1.0, np.clip(share, 0.0, 1.0)))
