"""Compiled: line integrals of an image along the rays of a fan."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

_FloatArray = NDArray[np.float32]

BLOCK = 16


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def project(
    image: _FloatArray,
    pixel_mm: float,
    x_first_mm: float,
    y_first_mm: float,
    radius_mm: float,
    angles: NDArray[np.float64],
    fans: NDArray[np.float64],
    out: _FloatArray,
) -> None:
    """Line integrals of two materials at once (Joseph, IEEE Trans Med Imaging 1 (1982) 192).

    Args:
        image: shape (rows, columns, 2), per mm; nothing lies outside of it.
        pixel_mm: pitch of rows and of columns.
        x_first_mm: of the first column's centre, from the axis of rotation.
        y_first_mm: of the first row's centre.
        radius_mm: from the axis to the focus.
        angles: of the focus, one per view; at 0 it lies at -y.
        fans: angle of each channel's ray from the central one.
        out: shape (views, channels, 2), written.
    """
    rows, columns = image.shape[0], image.shape[1]
    for view in range(angles.size):
        source_x = radius_mm * math.sin(angles[view])
        source_y = -radius_mm * math.cos(angles[view])
        for channel in range(fans.size):
            heading = angles[view] + fans[channel]
            dx, dy = -math.sin(heading), math.cos(heading)
            first, second = np.float32(0.0), np.float32(0.0)
            if abs(dy) >= abs(dx):
                slope = dx / dy
                column = (source_x + (y_first_mm - source_y) * slope - x_first_mm) / pixel_mm
                start, stop = _inside(column, slope, columns, rows)
                step = pixel_mm / abs(dy)
                for row in range(start, stop):
                    at = column + row * slope
                    low = int(at)
                    part = np.float32(at - low)
                    rest = np.float32(1.0) - part
                    first += rest * image[row, low, 0] + part * image[row, low + 1, 0]
                    second += rest * image[row, low, 1] + part * image[row, low + 1, 1]
            else:
                slope = dy / dx
                row_at = (source_y + (x_first_mm - source_x) * slope - y_first_mm) / pixel_mm
                start, stop = _inside(row_at, slope, rows, columns)
                step = pixel_mm / abs(dx)
                for column_n in range(start, stop):
                    at = row_at + column_n * slope
                    low = int(at)
                    part = np.float32(at - low)
                    rest = np.float32(1.0) - part
                    first += rest * image[low, column_n, 0] + part * image[low + 1, column_n, 0]
                    second += rest * image[low, column_n, 1] + part * image[low + 1, column_n, 1]
            out[view, channel, 0] = first * step
            out[view, channel, 1] = second * step


@numba.njit(nogil=True, cache=True)
def _inside(first: float, slope: float, across: int, along: int) -> tuple[int, int]:
    """Steps from start to stop (excluded) with 0 <= first + step * slope < across - 1."""
    start, stop = 0, along
    highest = across - 1 - 1e-6
    if abs(slope) < 1e-12:
        return (0, along) if 0.0 <= first < highest else (0, 0)
    enter, leave = -first / slope, (highest - first) / slope
    if slope < 0.0:
        enter, leave = leave, enter
    start = max(start, math.ceil(enter))
    stop = min(stop, math.floor(leave) + 1)
    return start, max(start, stop)
