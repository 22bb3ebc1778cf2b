"""Cells that fill a region, each with two points scattered in it, and cut finer where needed.

Two independent points in every cell give an unbiased sum over the region and, by their difference,
an unbiased estimate of that sum's variance (stratified sampling; Cochran, Sampling Techniques, 3rd
ed. 1977, chapter 5). A cell's points follow from its number alone, so that a cell which comes again
has the same ones.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.dvh.scatter import points_in_boxes, points_in_groups

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

CHILDREN = 8
"""A box is cut in two along each axis."""

_CORNERS = np.stack(np.meshgrid(*[[-0.25, 0.25]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes that a region is made of, along axes of its own.

    Attributes:
        centers_mm: shape (n, 3), along ``axes``.
        sizes_mm: extents along ``axes``, shape (n, 3).
        weights_mm3: the volume that each stands for, shape (n,).
        axes: orthonormal, one a row, in LPS, shape (3, 3).
    """

    centers_mm: FloatArray
    sizes_mm: FloatArray
    weights_mm3: FloatArray
    axes: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Some cells of a region: groups of neighbouring boxes, boxes, and parts of boxes.

    Attributes:
        ids: their numbers, shape (n,): -1 - g for the group g, b for the box b; what cell c is cut
            into has the numbers 8 c + t to 8 c + t + 7, t being ``total``.
        centers_mm: the middle of each, along the region's axes, shape (n, 3).
        sizes_mm: extents, shape (n, 3).
        weights_mm3: volume that each stands for, shape (n,).
        boxes: what the region is made of; those of a group are one after another.
        starts: first box of each group, and the number of boxes; shape (groups + 1,).
        total: more than the number of any box.
    """

    ids: IntArray
    centers_mm: FloatArray
    sizes_mm: FloatArray
    weights_mm3: FloatArray
    boxes: Boxes
    starts: IntArray
    total: int

    @classmethod
    def single(cls, boxes: Boxes, ids: IntArray, total: int) -> "Cells":
        """Every box a cell, with numbers of the caller's below ``total``."""
        return cls(
            ids,
            boxes.centers_mm,
            boxes.sizes_mm,
            boxes.weights_mm3,
            boxes,
            np.zeros(1, dtype=np.int64),
            total,
        )

    @classmethod
    def grouped(cls, boxes: Boxes, pitch_mm: float) -> "Cells":
        """Cells of several boxes each: those whose centres are in the same cube of a lattice."""
        low = boxes.centers_mm.min(axis=0) - pitch_mm / 2.0
        cube = ((boxes.centers_mm - low) / pitch_mm).astype(np.int64)
        counts = cube.max(axis=0) + 1
        number = (cube[:, 2] * counts[1] + cube[:, 1]) * counts[0] + cube[:, 0]
        order, starts = _ordered(number, int(counts.prod()))
        sorted_boxes = Boxes(
            boxes.centers_mm[order], boxes.sizes_mm[order], boxes.weights_mm3[order], boxes.axes
        )
        groups = starts.size - 1
        weights = np.add.reduceat(sorted_boxes.weights_mm3, starts[:-1])
        moments = sorted_boxes.centers_mm * sorted_boxes.weights_mm3[:, None]
        return cls(
            -1 - np.arange(groups, dtype=np.int64),
            np.add.reduceat(moments, starts[:-1], axis=0) / weights[:, None],
            np.full((groups, 3), pitch_mm),
            weights,
            sorted_boxes,
            starts,
            number.size,
        )

    @property
    def count(self) -> int:
        """How many."""
        return self.ids.size

    def points_mm(self) -> FloatArray:
        """The two points of each, shape (n, 2, 3), LPS mm."""
        boxes = self.boxes
        points = np.empty((self.count, 2, 3))
        points_in_boxes(self.ids, self.centers_mm, self.sizes_mm, points)
        points_in_groups(
            self.ids, self.starts, boxes.centers_mm, boxes.sizes_mm, boxes.weights_mm3, points
        )
        return to_patient(points, boxes.axes)

    def middles_mm(self) -> FloatArray:
        """The middle of each, shape (n, 1, 3), LPS mm."""
        return to_patient(self.centers_mm[:, None, :], self.boxes.axes)

    def chosen(self, which: BoolArray) -> "Cells":
        """Some of them."""
        index = np.flatnonzero(which)
        return Cells(
            self.ids[index],
            self.centers_mm.take(index, axis=0),
            self.sizes_mm.take(index, axis=0),
            self.weights_mm3[index],
            self.boxes,
            self.starts,
            self.total,
        )

    def divided(self) -> "Cells":
        """The same volume in smaller cells: groups in their boxes, boxes in eight."""
        single = self.ids >= 0
        groups = -1 - self.ids[~single]
        first, last = self.starts[groups], self.starts[np.minimum(groups + 1, self.starts.size - 1)]
        counts = last - first
        shift = np.repeat(first - np.cumsum(counts) + counts, counts)
        inner = np.arange(shift.size, dtype=np.int64) + shift
        centers = self.centers_mm[single, None, :] + _CORNERS * self.sizes_mm[single, None, :]
        parts = CHILDREN * self.ids[single, None] + self.total + np.arange(CHILDREN, dtype=np.int64)
        return Cells(
            np.concatenate([inner, parts.reshape(-1)]),
            np.concatenate([self.boxes.centers_mm[inner], centers.reshape(-1, 3)]),
            np.concatenate(
                [
                    self.boxes.sizes_mm[inner],
                    np.repeat(self.sizes_mm[single] / 2.0, CHILDREN, axis=0),
                ]
            ),
            np.concatenate(
                [
                    self.boxes.weights_mm3[inner],
                    np.repeat(self.weights_mm3[single] / CHILDREN, CHILDREN),
                ]
            ),
            self.boxes,
            self.starts,
            self.total,
        )

    def joined(self, other: "Cells") -> "Cells":
        """These and others of the same region."""
        return Cells(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.centers_mm, other.centers_mm]),
            np.concatenate([self.sizes_mm, other.sizes_mm]),
            np.concatenate([self.weights_mm3, other.weights_mm3]),
            self.boxes,
            self.starts,
            self.total,
        )


def to_patient(points_mm: FloatArray, axes: FloatArray) -> FloatArray:
    """Points (..., 3) along some axes in LPS mm."""
    if np.array_equal(axes, np.eye(3)):
        return points_mm
    return np.einsum("...i,ij->...j", points_mm, axes)


@njit(nogil=True, cache=True)
def _ordered(number: IntArray, most: int) -> tuple[IntArray, IntArray]:
    """Order of items by number, and where each number that occurs starts; by counting."""
    place = np.zeros(most + 1, dtype=np.int64)
    for n in range(number.size):
        place[number[n] + 1] += 1
    groups = 0
    for n in range(most):
        groups += place[n + 1] > 0
    starts = np.empty(groups + 1, dtype=np.int64)
    g = 0
    for n in range(most):
        if place[n + 1] > 0:
            starts[g] = place[n]
            g += 1
        place[n + 1] += place[n]
    starts[groups] = number.size
    order = np.empty(number.size, dtype=np.int64)
    for n in range(number.size):
        order[place[number[n]]] = n
        place[number[n]] += 1
    return order, starts
