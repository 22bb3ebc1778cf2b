"""What regions divide space into: volume and place of every combination, without voxel stairs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.values import Vector, Volume
from dosimetry_core.zoning.clipping import pattern_moments

_NEIGHBOURS = np.ones((3, 3, 3), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of space.

    Attributes:
        volume_cc: its volume, cm3.
        centroid_mm: its centre of mass, LPS mm; None where there is no volume.
    """

    volume_cc: float
    centroid_mm: Vector | None


class Partition:
    """What level fields on one grid divide it into.

    Between grid points a field is linear in tetrahedra, so that the volumes of all combinations add
    up to the whole. A sphere of radius r on a grid of pitch h comes out smaller by about (h / r)^2,
    in the order of half of it.

    Args:
        fields: by the region's name, each below zero inside the region and above it outside, best
            in proportion to the distance from its surface; all on one grid of 2 points or more
            along each axis.

    Raises:
        ValueError: there is no field, or they are not on one grid.
    """

    def __init__(self, fields: Mapping[str, Volume]) -> None:
        if not fields:
            raise ValueError("a partition needs at least one region")
        self._names = tuple(fields)
        first = fields[self._names[0]]
        for name, field in fields.items():
            same = field.values.shape == first.values.shape and np.array_equal(
                field.affine, first.affine
            )
            if not same or min(field.values.shape) < 2:
                raise ValueError(f"{name} is not on the grid of {self._names[0]}")
        self._grid = first
        self._fields = np.stack([f.values for f in fields.values()]).astype(np.float32)
        none = np.zeros([n - 1 for n in first.values.shape], dtype=np.int32)
        self._moments = pattern_moments(self._fields, none, 1)[0]

    def part(self, inside: Collection[str] = (), outside: Collection[str] = ()) -> Part:
        """What is inside of all of some regions and outside of all of others.

        Raises:
            ValueError: a region is not known.
        """
        return self._part(self._moments[self._chosen(inside, outside)].sum(axis=0))

    def pieces(
        self, inside: Collection[str] = (), outside: Collection[str] = ()
    ) -> tuple[Part, ...]:
        """``part`` in its connected pieces, largest first.

        Grid cells that touch and have a corner in it belong together. Slivers between grid points,
        that hold none of them, are left out.

        Raises:
            ValueError: a region is not known.
        """
        chosen = self._chosen(inside, outside)
        cells = _cells_with(self._is_in(inside, outside))
        labels = np.zeros(cells.shape, dtype=np.int32)
        ndimage.label(cells, _NEIGHBOURS, output=labels)
        moments = pattern_moments(self._fields, labels, int(labels.max()) + 1)
        found = [self._part(label[chosen].sum(axis=0)) for label in moments[1:]]
        return tuple(sorted(found, key=lambda part: -part.volume_cc))

    def _chosen(self, inside: Collection[str], outside: Collection[str]) -> NDArray[np.bool_]:
        unknown = (set(inside) | set(outside)) - set(self._names)
        if unknown:
            raise ValueError(f"no such region: {', '.join(sorted(unknown))}")
        patterns = np.arange(1 << len(self._names), dtype=np.int64)
        chosen: NDArray[np.bool_] = np.ones(patterns.size, dtype=np.bool_)
        for bit, name in enumerate(self._names):
            within = (patterns >> bit & 1) == 1
            if name in inside:
                chosen &= within
            if name in outside:
                chosen &= ~within
        return chosen

    def _is_in(self, inside: Collection[str], outside: Collection[str]) -> NDArray[np.bool_]:
        found = np.ones(self._grid.values.shape, dtype=np.bool_)
        for name, field in zip(self._names, self._fields, strict=True):
            if name in inside:
                found &= field < 0.0
            if name in outside:
                found &= field >= 0.0
        return found

    def _part(self, moments: NDArray[np.float64]) -> Part:
        cells = float(moments[0])
        if cells <= 0.0:
            return Part(volume_cc=0.0, centroid_mm=None)
        x, y, z = self._grid.to_patient_mm(moments[1:] / cells).tolist()
        return Part(volume_cc=cells * self._grid.voxel_volume_mm3 / 1000.0, centroid_mm=(x, y, z))


def _cells_with(points: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells between points that have one of the given points for a corner."""
    nk, nj, ni = points.shape
    cells = np.zeros((nk - 1, nj - 1, ni - 1), dtype=np.bool_)
    for corner in range(8):
        k, j, i = corner >> 2, (corner >> 1) & 1, corner & 1
        cells |= points[k : nk - 1 + k, j : nj - 1 + j, i : ni - 1 + i]
    return cells
