"""Even-odd geometry of the polygons of one plane, compiled.

``edges`` is always of shape (m, 4): x0, y0, x1, y1 in mm, all polygons of the plane together. A
point is inside where a ray to the left crosses an odd number of edges, which is the exclusive-or of
the polygons: holes and islands need no order. An edge owns its lower end and not its upper one, so
that a ray through a vertex counts right.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

EDGES_PER_BOX = 8
"""Neighbouring edges that share one bounding box in distance searches."""


@njit(nogil=True, cache=True)
def crossings(edges: FloatArray, y: float, found: FloatArray) -> int:
    """Put the sorted x of all edges that cross height ``y`` into ``found``; their number."""
    count = 0
    for e in range(edges.shape[0]):
        y0, y1 = edges[e, 1], edges[e, 3]
        if (y0 <= y) != (y1 <= y):
            x0 = edges[e, 0]
            found[count] = x0 + (edges[e, 2] - x0) * ((y - y0) / (y1 - y0))
            count += 1
    found[:count].sort()
    return count


@njit(nogil=True, cache=True)
def area_mm2(edges: FloatArray, tallest_mm: float) -> float:
    """Area inside.

    Exact for polygons that do not cross: between two vertices' heights the width is linear in y.
    Strips taller than ``tallest_mm`` are divided, which bounds the error of polygons that do cross.
    """
    heights = np.unique(edges[:, 1])
    found = np.empty(edges.shape[0])
    total = 0.0
    for n in range(heights.size - 1):
        strips = max(1, math.ceil((heights[n + 1] - heights[n]) / tallest_mm))
        step = (heights[n + 1] - heights[n]) / strips
        for s in range(strips):
            count = crossings(edges, heights[n] + (s + 0.5) * step, found)
            for c in range(0, count - 1, 2):
                total += (found[c + 1] - found[c]) * step
    return total


def enclosed_mm2(edges: FloatArray) -> float:
    """Area of outlines that do not cross, holes turning the other way round."""
    return abs(float(np.sum(edges[:, 0] * edges[:, 3] - edges[:, 2] * edges[:, 1]))) / 2.0


@njit(nogil=True, cache=True)
def is_inside(edges: FloatArray, x: float, y: float) -> bool:
    """Whether one point is inside."""
    inside = False
    for e in range(edges.shape[0]):
        y0, y1 = edges[e, 1], edges[e, 3]
        if (y0 <= y) != (y1 <= y):
            x0 = edges[e, 0]
            if x0 + (edges[e, 2] - x0) * ((y - y0) / (y1 - y0)) <= x:
                inside = not inside
    return inside


@njit(nogil=True, cache=True)
def are_inside(edges: FloatArray, x: FloatArray, y: FloatArray) -> BoolArray:
    """``is_inside`` for points of shape (p,)."""
    inside = np.empty(x.size, dtype=np.bool_)
    for n in range(x.size):
        inside[n] = is_inside(edges, x[n], y[n])
    return inside


@njit(nogil=True, cache=True)
def fill(edges: FloatArray, x: FloatArray, y: FloatArray, mask: BoolArray) -> None:
    """Set ``mask`` (rows, columns) to what is inside at the heights ``y`` and columns ``x``."""
    found = np.empty(edges.shape[0])
    for row in range(y.size):
        count = crossings(edges, y[row], found)
        for column in range(x.size):
            left = 0
            while left < count and found[left] <= x[column]:
                left += 1
            mask[row, column] = left % 2 == 1


@njit(nogil=True, cache=True)
def cells(edges: FloatArray, rows: int, width_mm: float) -> FloatArray:
    """Cut the inside into cells: ``rows`` strips of equal height, each cut along x.

    Every run of a strip inside the polygons is divided into equal cells of at most ``width_mm``.

    Returns:
        Shape (n, 4): centre x, centre y, width, height.
    """
    low, high = edges[:, 1].min(), edges[:, 1].max()
    height = (high - low) / rows
    found = np.empty(edges.shape[0])
    total = 0
    for row in range(rows):
        count = crossings(edges, low + (row + 0.5) * height, found)
        for c in range(0, count - 1, 2):
            if found[c + 1] > found[c]:
                total += math.ceil((found[c + 1] - found[c]) / width_mm)
    out = np.empty((total, 4))
    n = 0
    for row in range(rows):
        y = low + (row + 0.5) * height
        count = crossings(edges, y, found)
        for c in range(0, count - 1, 2):
            if not found[c + 1] > found[c]:
                continue
            parts = math.ceil((found[c + 1] - found[c]) / width_mm)
            width = (found[c + 1] - found[c]) / parts
            for part in range(parts):
                out[n, 0] = found[c] + (part + 0.5) * width
                out[n, 1] = y
                out[n, 2] = width
                out[n, 3] = height
                n += 1
    return out


@njit(nogil=True, cache=True)
def boxes_of(edges: FloatArray) -> FloatArray:
    """Bounding boxes of runs of ``EDGES_PER_BOX`` edges, (b, 4): low x, low y, high x, high y."""
    count = (edges.shape[0] + EDGES_PER_BOX - 1) // EDGES_PER_BOX
    boxes = np.empty((count, 4))
    for b in range(count):
        part = edges[b * EDGES_PER_BOX : (b + 1) * EDGES_PER_BOX]
        boxes[b, 0] = min(part[:, 0].min(), part[:, 2].min())
        boxes[b, 1] = min(part[:, 1].min(), part[:, 3].min())
        boxes[b, 2] = max(part[:, 0].max(), part[:, 2].max())
        boxes[b, 3] = max(part[:, 1].max(), part[:, 3].max())
    return boxes


@njit(nogil=True, cache=True)
def edge_distance_sq(edges: FloatArray, e: int, x: float, y: float) -> float:
    """Squared distance in the plane from one point to one edge."""
    along_x, along_y = edges[e, 2] - edges[e, 0], edges[e, 3] - edges[e, 1]
    from_x, from_y = x - edges[e, 0], y - edges[e, 1]
    t = (from_x * along_x + from_y * along_y) / (along_x * along_x + along_y * along_y)
    t = min(max(t, 0.0), 1.0)
    off_x, off_y = from_x - t * along_x, from_y - t * along_y
    return off_x * off_x + off_y * off_y


@njit(nogil=True, cache=True)
def nearest_edge(
    edges: FloatArray, boxes: FloatArray, x: float, y: float, first: int, limit_sq: float
) -> tuple[int, float]:
    """The edge nearest to one point, and the squared distance in the plane.

    ``first`` (a guess: the nearer, the faster) and ``limit_sq`` are handed back unless an edge is
    nearer than ``limit_sq``.
    """
    best, best_sq = first, limit_sq
    for b in range(boxes.shape[0]):
        dx = max(boxes[b, 0] - x, x - boxes[b, 2], 0.0)
        dy = max(boxes[b, 1] - y, y - boxes[b, 3], 0.0)
        if dx * dx + dy * dy >= best_sq:
            continue
        for e in range(b * EDGES_PER_BOX, min((b + 1) * EDGES_PER_BOX, edges.shape[0])):
            found = edge_distance_sq(edges, e, x, y)
            if found < best_sq:
                best, best_sq = e, found
    return best, best_sq


@njit(nogil=True, cache=True)
def distance_plane(
    edges: FloatArray, boxes: FloatArray, x: FloatArray, y: FloatArray, out: NDArray[np.float32]
) -> None:
    """Signed distance in the plane, positive outside, at heights ``y`` and columns ``x``.

    The edge nearest to the point beside is tried first, which leaves few others to try.
    """
    inside = np.empty((y.size, x.size), dtype=np.bool_)
    fill(edges, x, y, inside)
    start = 0
    for row in range(y.size):
        edge = start
        for column in range(x.size):
            limit_sq = edge_distance_sq(edges, edge, x[column], y[row])
            edge, square = nearest_edge(edges, boxes, x[column], y[row], edge, limit_sq)
            if column == 0:
                start = edge
            distance = math.sqrt(square)
            out[row, column] = -distance if inside[row, column] else distance
