"""Straight rods in space: how near two come, and directions beside one."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Vector

FloatArray = NDArray[np.float64]


def segment_gap(
    first: FloatArray,
    first_axis: FloatArray,
    first_length: float,
    second: FloatArray,
    second_axis: FloatArray,
    second_length: float,
) -> float:
    """Shortest distance between two segments (Ericson, Real-Time Collision Detection, 5.1.9)."""
    between = first - second
    cosine = float(first_axis @ second_axis)
    along_first, along_second = float(first_axis @ between), float(second_axis @ between)
    under = 1.0 - cosine * cosine
    half_first, half_second = first_length / 2.0, second_length / 2.0
    s = (cosine * along_second - along_first) / under if under > 1e-9 else 0.0
    s = min(max(s, -half_first), half_first)
    t = min(max(cosine * s + along_second, -half_second), half_second)
    s = min(max(cosine * t - along_first, -half_first), half_first)
    return float(np.linalg.norm(between + s * first_axis - t * second_axis))


def across(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors at right angles to a unit vector and to each other."""
    side = np.cross(axis, (0.0, 0.0, 1.0) if abs(axis[2]) < 0.9 else (1.0, 0.0, 0.0))
    side = unit(side)
    return side, np.cross(axis, side)


def in_ball(rng: np.random.Generator) -> FloatArray:
    """A point of the unit ball, each as likely as the other."""
    return unit(rng.normal(size=3)) * float(rng.random()) ** (1.0 / 3.0)


def unit(vector: FloatArray) -> FloatArray:
    """The vector's direction."""
    return vector / float(np.linalg.norm(vector))


def vector_of(values: FloatArray) -> Vector:
    """Three numbers as a tuple."""
    x, y, z = (float(value) for value in values)
    return x, y, z
