"""Level sets of outlines on a lattice, and their course from plane to plane, compiled.

The level of a point is ``(distance + depth)^2 - depth^2``: distance from the outline, negative
inside, and the greatest depth of the island that the nearest outline belongs to. For a circle that
is rho^2 - r^2. Along z it is quadratic for spheres, cylinders, cones and sheared ones, so parabolas
through neighbouring planes restore them exactly.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.structures.scanline import (
    boxes_of,
    edge_distance_sq,
    fill,
    is_inside,
    nearest_edge,
)

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]

UNLIKE_CURVATURES = 3.0
"""Of two neighbouring curvatures the larger counts at most so many times the smaller."""
STEEPEST_SHEAR = 2.0
"""Bulge between planes that a single curvature may make, in units of a quarter of their gap^2."""
STEEPEST_GROWTH = 1.25
"""Growth beyond the last plane, in units of that in the last gap: no cone grows more."""


@njit(nogil=True, cache=True)
def level_field(edges: FloatArray, islands: IndexArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Levels at the lattice points, shape (y, x), mm2; ``islands`` numbers those of the edges."""
    nearest = _nearest_edges(edges, x, y)
    inside = np.empty((y.size, x.size), dtype=np.bool_)
    fill(edges, x, y, inside)
    depth, place = np.zeros(islands.max() + 1), np.zeros((islands.max() + 1, 2))
    distance = np.empty((y.size, x.size))
    for row in range(y.size):
        for column in range(x.size):
            edge = nearest[row, column]
            d = math.sqrt(edge_distance_sq(edges, edge, x[column], y[row]))
            distance[row, column] = -d if inside[row, column] else d
            if inside[row, column] and d > depth[islands[edge]]:
                depth[islands[edge]] = d
                place[islands[edge], 0], place[islands[edge], 1] = x[column], y[row]
    boxes = boxes_of(edges)
    for n in range(depth.size):
        if depth[n] > 0.0:
            depth[n] = _greatest_depth(edges, boxes, place[n], depth[n], x[1] - x[0])
    for row in range(y.size):
        for column in range(x.size):
            most = depth[islands[nearest[row, column]]]
            d = max(distance[row, column] + most, 0.0)
            distance[row, column] = d * d - most * most
    return distance


@njit(nogil=True, cache=True)
def limited_curvatures(
    below: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    above: FloatArray,
    gaps: tuple[float, float, float],
) -> tuple[FloatArray, FloatArray]:
    """Second derivatives along z at two planes, from the planes around them.

    ``below`` or ``above`` is empty where there is none. Curvatures that disagree are not trusted:
    of opposite signs (an abrupt step) none counts, so that nothing overshoots.
    """
    at_lower, at_upper = np.zeros_like(lower), np.zeros_like(lower)
    before, gap, after = gaps
    both = below.size > 0 and above.size > 0
    if below.size == 0 and above.size == 0:
        return at_lower, at_upper
    for row in range(lower.shape[0]):
        for column in range(lower.shape[1]):
            step = upper[row, column] - lower[row, column]
            first = second = 0.0
            if below.size > 0:
                first = step / gap - (lower[row, column] - below[row, column]) / before
                first *= 2.0 / (gap + before)
            if above.size > 0:
                second = (above[row, column] - upper[row, column]) / after - step / gap
                second *= 2.0 / (gap + after)
            if both:
                if first * second <= 0.0:
                    continue
                most = UNLIKE_CURVATURES * min(abs(first), abs(second))
                first = min(max(first, -most), most)
                second = min(max(second, -most), most)
            else:
                most = 2.0 * (abs(step) / (gap * gap) + STEEPEST_SHEAR)
                first = second = min(max(first + second, -most), most)
            at_lower[row, column], at_upper[row, column] = first, second
    return at_lower, at_upper


@njit(nogil=True, cache=True)
def between(
    lower: FloatArray,
    upper: FloatArray,
    curvatures: tuple[FloatArray, FloatArray],
    gap: float,
    part: float,
    out: FloatArray,
) -> None:
    """Join what is inside at ``part`` (0 to 1) of the gap between two planes to ``out``."""
    bend = 0.5 * part * (1.0 - part) * gap * gap
    for row in range(lower.shape[0]):
        for column in range(lower.shape[1]):
            curved = (1.0 - part) * curvatures[0][row, column] + part * curvatures[1][row, column]
            level = (1.0 - part) * lower[row, column] + part * upper[row, column] - bend * curved
            out[row, column] = min(out[row, column], level)


@njit(nogil=True, cache=True)
def beyond(
    last: FloatArray,
    before: FloatArray,
    second: FloatArray,
    gaps: tuple[float, float],
    away: float,
    out: FloatArray,
) -> None:
    """Levels ``away`` mm beyond a last plane: the parabola, or line, of those before it goes on.

    ``second`` and ``before`` are empty where there is none.
    """
    for row in range(last.shape[0]):
        for column in range(last.shape[1]):
            here = last[row, column]
            if before.size == 0:
                out[row, column] = here
                continue
            step = here - before[row, column]
            slope, curvature = step / gaps[0], 0.0
            if second.size > 0:
                curvature = slope - (before[row, column] - second[row, column]) / gaps[1]
                curvature *= 2.0 / (gaps[0] + gaps[1])
                slope += 0.5 * curvature * gaps[0]
            change = away * (slope + 0.5 * away * curvature)
            growth = STEEPEST_GROWTH * min(step, 0.0) * 2.0 * away / gaps[0]
            out[row, column] = here + max(change, growth)


@njit(nogil=True, cache=True)
def _nearest_edges(edges: FloatArray, x: FloatArray, y: FloatArray) -> NDArray[np.int32]:
    """Which edge is nearest to each lattice point: spread from the outline by four sweeps.

    Rarely, an edge that is farther by a small part of the pitch is taken.
    """
    nearest = np.full((y.size, x.size), -1, dtype=np.int32)
    square = np.full((y.size, x.size), np.inf)
    pitch = x[1] - x[0]
    for edge in range(edges.shape[0]):
        left = (min(edges[edge, 0], edges[edge, 2]) - x[0]) / pitch
        right = (max(edges[edge, 0], edges[edge, 2]) - x[0]) / pitch
        low = (min(edges[edge, 1], edges[edge, 3]) - y[0]) / pitch
        high = (max(edges[edge, 1], edges[edge, 3]) - y[0]) / pitch
        for row in range(max(0, int(low)), min(y.size, int(high) + 2)):
            for column in range(max(0, int(left)), min(x.size, int(right) + 2)):
                _offer(edges, edge, x[column], y[row], row, column, nearest, square)
    for sweep in range(4):
        up, rightwards = sweep < 2, sweep % 2 == 0
        for r in range(y.size):
            row = r if up else y.size - 1 - r
            behind = row - 1 if up else row + 1
            for c in range(x.size):
                column = c if rightwards else x.size - 1 - c
                beside = column - 1 if rightwards else column + 1
                if 0 <= beside < x.size:
                    edge = nearest[row, beside]
                    _offer(edges, edge, x[column], y[row], row, column, nearest, square)
                if 0 <= behind < y.size:
                    edge = nearest[behind, column]
                    _offer(edges, edge, x[column], y[row], row, column, nearest, square)
                    if 0 <= beside < x.size:
                        edge = nearest[behind, beside]
                        _offer(edges, edge, x[column], y[row], row, column, nearest, square)
    return nearest


@njit(nogil=True, cache=True)
def _offer(
    edges: FloatArray,
    edge: int,
    x: float,
    y: float,
    row: int,
    column: int,
    nearest: NDArray[np.int32],
    square: FloatArray,
) -> None:
    """Take an edge as the nearest of a lattice point if it is."""
    if edge < 0 or edge == nearest[row, column]:
        return
    found = edge_distance_sq(edges, edge, x, y)
    if found < square[row, column]:
        square[row, column] = found
        nearest[row, column] = edge


@njit(nogil=True, cache=True)
def _greatest_depth(
    edges: FloatArray, boxes: FloatArray, place: FloatArray, depth: float, pitch: float
) -> float:
    """The greatest distance from the outline near a place inside, by ever smaller steps."""
    x, y, step = place[0], place[1], 0.5 * pitch
    while step > 1e-3 * pitch:
        found = depth
        at_x, at_y = x, y
        for a in range(-1, 2):
            for b in range(-1, 2):
                if not is_inside(edges, x + a * step, y + b * step):
                    continue
                _, square = nearest_edge(edges, boxes, x + a * step, y + b * step, 0, np.inf)
                d = math.sqrt(square)
                if d > found:
                    found, at_x, at_y = d, x + a * step, y + b * step
        if found > depth:
            depth, x, y = found, at_x, at_y
        else:
            step *= 0.5
    return depth
