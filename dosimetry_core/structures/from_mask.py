"""A mask of voxels as closed polygons along the edges of its pixels."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# A voxel of a thousandth of a micrometre a side; below that an affine is singular.
_LEAST_DETERMINANT_MM3 = 1e-18


def structure_from_mask(
    name: str, mask: NDArray[np.bool_], affine: FloatArray
) -> ContouredStructure:
    """Outline a mask, slice by slice, through the centres of its slices.

    The polygons run along the pixels' edges, so that their area is exactly that of the pixels, and
    area times slice pitch summed over slices is voxel count times voxel volume.

    Args:
        name: the structure's name.
        mask: shape (slices, rows, columns), [k, j, i].
        affine: shape (4, 4), from (i, j, k, 1) to LPS mm of voxel centres; any orientation.

    Raises:
        StructureError: the mask is empty.
        ValueError: a shape is wrong or the affine is singular.
    """
    if mask.ndim != 3:
        raise ValueError(f"a mask has 3 axes [k, j, i], got shape {mask.shape}")
    _check(affine)
    polygons: list[FloatArray] = []
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        at_slice = affine.astype(np.float64)
        at_slice[:3, 3] += k * affine[:3, 2]
        polygons += polygons_from_mask(mask[k], at_slice)
    if not polygons:
        raise StructureError(f"{name}: the mask has no voxel set")
    return ContouredStructure(name, tuple(polygons))


def polygons_from_mask(mask: NDArray[np.bool_], affine: FloatArray) -> tuple[FloatArray, ...]:
    """Outline one slice of a mask: outer edges and holes, which combine by exclusive-or.

    No polygon crosses or touches itself, and no two have more than corners in common: where pixels
    touch at a corner only, polygons meet in that corner.

    Args:
        mask: shape (rows, columns), [j, i].
        affine: shape (4, 4), from (i, j, 0, 1) to LPS mm of pixel centres.

    Returns:
        Polygons of shape (n >= 4, 3), LPS mm; none of an empty mask.

    Raises:
        ValueError: a shape is wrong or the affine is singular.
    """
    if mask.ndim != 2:
        raise ValueError(f"a slice of a mask has 2 axes [j, i], got shape {mask.shape}")
    _check(affine)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return ()
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    polygons: list[FloatArray] = []
    for loop in _loops(part):
        # Lattice point (0, 0) is the outer corner of pixel (0, 0), half a pixel from its centre.
        ji = loop + np.array([rows[0], columns[0]]) - 0.5
        polygons.append(ji @ affine[:3, 1::-1].T + affine[:3, 3])
    return tuple(polygons)


def _check(affine: FloatArray) -> None:
    if affine.shape != (4, 4):
        raise ValueError(f"an affine is 4x4, got shape {affine.shape}")
    is_finite = bool(np.isfinite(affine).all())
    if not is_finite or abs(float(np.linalg.det(affine[:3, :3]))) < _LEAST_DETERMINANT_MM3:
        raise ValueError("the affine is singular or not finite: its voxels have no extent")


def _loops(part: NDArray[np.bool_]) -> list[IntArray]:
    """Closed loops of lattice corners (n, 2), row and column, around the set pixels."""
    corners, along_row, along_column = _linked_corners(part)
    walked = np.zeros(len(corners), dtype=np.bool_)
    loops: list[IntArray] = []
    for start in range(len(corners)):
        if walked[start]:
            continue
        path: list[int] = []
        here = start
        while not walked[here]:
            there = int(along_row[here])
            walked[[here, there]] = True
            path += [here, there]
            here = int(along_column[there])
        loops += _without_touching(corners[path])
    return loops


def _linked_corners(part: NDArray[np.bool_]) -> tuple[IntArray, IntArray, IntArray]:
    """Corners of the outline, and with which each is joined along its row and along its column.

    Along any lattice row or column the outline's corners end one straight piece after another, so
    the first is joined with the second, the third with the fourth and so on. Where two pixels touch
    at a corner only, two corners of the outline coincide; they are told apart so that each belongs
    to one of the two pixels.
    """
    padded = np.pad(part, 1).astype(np.int64)
    upper_left, upper_right = padded[:-1, :-1], padded[:-1, 1:]
    lower_left, lower_right = padded[1:, :-1], padded[1:, 1:]
    is_single = (upper_left + upper_right + lower_left + lower_right) % 2 == 1
    is_falling = (upper_left & lower_right) > (upper_right | lower_left)
    is_rising = (upper_right & lower_left) > (upper_left | lower_right)
    kinds = [is_single, is_falling, is_falling, is_rising, is_rising]
    # Of two corners in one place: whether it begins the right piece, and the lower piece.
    begins_right = [0, 0, 1, 0, 1]
    begins_lower = [0, 0, 1, 1, 0]
    found = [np.argwhere(kind) for kind in kinds]
    counts = [len(places) for places in found]
    corners = np.concatenate(found)
    rows, columns = corners.T
    by_row = np.lexsort((np.repeat(begins_right, counts), columns, rows))
    by_column = np.lexsort((np.repeat(begins_lower, counts), rows, columns))
    return corners, _partners(by_row), _partners(by_column)


def _partners(order: IntArray) -> IntArray:
    partners = np.empty_like(order)
    partners[order[0::2]], partners[order[1::2]] = order[1::2], order[0::2]
    return partners


def _without_touching(loop: IntArray) -> list[IntArray]:
    """Part a loop wherever it comes to a corner for the second time."""
    parts: list[IntArray] = []
    path: list[tuple[int, int]] = []
    place_of: dict[tuple[int, int], int] = {}
    for row, column in loop.tolist():
        corner = (row, column)
        if corner in place_of:
            first = place_of[corner]
            parts.append(np.array(path[first:], dtype=np.int64))
            for dropped in path[first + 1 :]:
                del place_of[dropped]
            del path[first + 1 :]
        else:
            place_of[corner] = len(path)
            path.append(corner)
    parts.append(np.array(path, dtype=np.int64))
    return parts
