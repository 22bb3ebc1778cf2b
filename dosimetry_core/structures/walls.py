"""The surface of a stack as walls from cross-section to cross-section, compiled.

Over one point (x, y) of the plane, a stack is a row of cross-sections at heights, each with the
point's signed distance from its outline in the plane. Seen in the direction of the nearest outline
the surface runs straight from section to section, and ends in a flat face at both ends of a pile.
For solids of revolution that is the surface with chords for arcs.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.structures.stack import SlabStack

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

Walls = tuple[IndexArray, FloatArray]
"""Cross-sections at the low and high end of each wall (w, 2), the same one at an end of a pile;
and low and high end and the height of the face there (w, 3), NaN for none. From low to high."""


def walls_of(stack: SlabStack) -> Walls:
    """The walls of a stack."""
    sections: list[tuple[int, int]] = []
    heights: list[tuple[float, float, float]] = []
    nan = math.nan
    piles: list[tuple[float, float]] = [(low, high) for low, high in stack.piles_mm.tolist()]
    last = len(stack.slabs) - 1
    for n, (slab, (bottom, top)) in enumerate(zip(stack.slabs, piles, strict=True)):
        if n == 0 or piles[n - 1] != piles[n]:
            sections.append((n, n))
            heights.append((bottom, slab.height_mm, bottom))
        if n == last or piles[n + 1] != piles[n]:
            sections.append((n, n))
            heights.append((slab.height_mm, top, top))
        else:
            sections.append((n, n + 1))
            heights.append((slab.height_mm, stack.slabs[n + 1].height_mm, nan))
    return np.array(sections, dtype=np.int64), np.array(heights)


@njit(nogil=True, cache=True)
def first_wall(walls: Walls, z: float) -> int:
    """The wall at height ``z``, or the next below; -1 for none."""
    return int(np.searchsorted(walls[1][:, 0], z, side="right")) - 1


@njit(nogil=True, cache=True)
def gap_to(walls: Walls, wall: int, z: float) -> float:
    """Distance along the stack from height ``z`` to a wall."""
    return max(walls[1][wall, 0] - z, z - walls[1][wall, 1], 0.0)


@njit(nogil=True, cache=True)
def is_within(flat: FloatArray, walls: Walls, wall: int, z: float) -> bool:
    """Whether height ``z`` is in the structure, beside a wall.

    ``flat`` holds the signed distances in the planes of all cross-sections.
    """
    low, high = flat[walls[0][wall, 0]], flat[walls[0][wall, 1]]
    bottom, top = walls[1][wall, 0], walls[1][wall, 1]
    if not bottom <= z < top:
        return False
    return bool(low * (top - z) + high * (z - bottom) < 0.0)


@njit(nogil=True, cache=True)
def square_to(flat: FloatArray, walls: Walls, wall: int, z: float) -> float:
    """Squared distance from height ``z`` to a wall, and to the face at its end if it has one."""
    low, high = flat[walls[0][wall, 0]], flat[walls[0][wall, 1]]
    bottom, top, face = walls[1][wall, 0], walls[1][wall, 1], walls[1][wall, 2]
    along, up = high - low, top - bottom
    length_sq = along * along + up * up
    part = 0.0
    if length_sq > 0.0:
        part = min(max(((z - bottom) * up - low * along) / length_sq, 0.0), 1.0)
    off, rise = low + part * along, bottom + part * up - z
    square = off * off + rise * rise
    if not math.isnan(face) and low < 0.0:
        square = min(square, (z - face) ** 2)
    return square


@njit(nogil=True, cache=True)
def fill_field(
    planes: NDArray[np.float32], walls: Walls, z: FloatArray, out: NDArray[np.float32]
) -> None:
    """Signed distances (k, j, i) at heights ``z`` from those in the planes of all sections."""
    flat = np.empty(planes.shape[0])
    aside_sq = np.empty(walls[0].shape[0])
    starts = np.array([first_wall(walls, height) for height in z])
    for row in range(out.shape[1]):
        for column in range(out.shape[2]):
            for n in range(flat.size):
                flat[n] = planes[n, row, column]
            for wall in range(aside_sq.size):
                aside_sq[wall] = _aside_sq(flat, walls, wall)
            guess = 0
            for k in range(z.size):
                guess, distance = _along_column(flat, aside_sq, walls, z[k], starts[k], guess)
                out[k, row, column] = distance


@njit(nogil=True, cache=True)
def _aside_sq(flat: FloatArray, walls: Walls, wall: int) -> float:
    """What the squared distance from a wall is at least, at whatever height."""
    low, high = flat[walls[0][wall, 0]], flat[walls[0][wall, 1]]
    if low * high <= 0.0 or (low < 0.0 and not math.isnan(walls[1][wall, 2])):
        return 0.0
    return float(min(low * low, high * high))


@njit(nogil=True, cache=True)
def _along_column(
    flat: FloatArray, aside_sq: FloatArray, walls: Walls, z: float, start: int, guess: int
) -> tuple[int, float]:
    """The nearest wall at one height, which ``guess`` may be, and the signed distance."""
    best = guess
    best_sq = square_to(flat, walls, best, z)
    within = False
    if start >= 0:
        within = is_within(flat, walls, start, z)
    for upwards in (False, True):
        wall = start + 1 if upwards else start
        while 0 <= wall < walls[0].shape[0]:
            gap_sq = gap_to(walls, wall, z) ** 2
            if gap_sq >= best_sq:
                break
            if aside_sq[wall] + gap_sq < best_sq:
                square = square_to(flat, walls, wall, z)
                if square < best_sq:
                    best, best_sq = wall, square
            wall += 1 if upwards else -1
    return best, -math.sqrt(best_sq) if within else math.sqrt(best_sq)
