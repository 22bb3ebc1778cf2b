"""Compiled: a turn of the fan sorted into parallel rays, and their way back into an image."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

_FloatArray = NDArray[np.float32]
_BLOCK = 32  # rows whose pixels stay in the cache while all views pass


@numba.njit(nogil=True, cache=True)
def to_parallel(
    fan_data: _FloatArray, middle: float, channel_rad: float, radius_mm: float, out: _FloatArray
) -> None:
    """Sort a full turn into parallel views over half a turn, at half the channels' pitch.

    The detector's middle lies a quarter of a channel off the central ray, so that the rays of
    opposite views interlace.

    Args:
        fan_data: shape (views, channels), an even number of views.
        middle: fractional channel of the central ray.
        channel_rad: fan angle of a channel.
        radius_mm: from the axis to the focus.
        out: shape (views / 2, rays), written; rays are half a channel's pitch at the axis apart,
            the middle one at the axis.
    """
    views, channels = fan_data.shape
    rays = out.shape[1]
    pitch = radius_mm * channel_rad / 2.0
    for ray in range(rays):
        distance = (ray - (rays - 1) / 2.0) * pitch
        if abs(distance) >= radius_mm:
            continue
        # in half channels from the central ray; straight rays lie at 2 c - 2 middle, those of
        # the opposite view at 2 middle - 2 c
        at = math.asin(distance / radius_mm) / channel_rad * 2.0
        first = math.floor(at + 2.0 * middle)
        first_at = first - 2.0 * middle
        part = at - first_at
        for step in range(2):
            weight = part if step == 1 else 1.0 - part
            half = first_at + step
            channel_of_two = half + 2.0 * middle
            fan = half * channel_rad / 2.0
            straight = round(channel_of_two) % 2 == 0
            if straight:
                channel, turn = round(channel_of_two) // 2, -fan
            else:
                channel, turn = round(2.0 * middle - half) // 2, math.pi + fan
            channel = min(max(channel, 0), channels - 1)
            for view in range(out.shape[0]):
                where = view + turn * views / (2.0 * math.pi)
                low = math.floor(where)
                rest = where - low
                value = (1.0 - rest) * fan_data[low % views, channel] + rest * fan_data[
                    (low + 1) % views, channel
                ]
                if step == 0:
                    out[view, ray] = weight * value
                else:
                    out[view, ray] += weight * value


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def back_project(
    filtered: _FloatArray,
    pitch_mm: float,
    x_mm: _FloatArray,
    y_mm: _FloatArray,
    reach_mm: float,
    out: _FloatArray,
) -> None:
    """Sum filtered parallel views over the pixels of an image, between rays linearly.

    Args:
        filtered: shape (views, rays), views over half a turn; the middle ray meets the axis.
        pitch_mm: of the rays.
        x_mm: of the columns, from the axis; equally spaced.
        y_mm: of the rows.
        reach_mm: radius of the field that is reconstructed.
        out: shape (rows, columns), added to.
    """
    views, rays = filtered.shape
    columns = x_mm.size
    middle = (rays - 1) / 2.0
    column_mm = float(x_mm[1] - x_mm[0])
    for top in range(0, y_mm.size, _BLOCK):
        for view in range(views):
            line = filtered[view]
            sine, cosine = math.sin(math.pi * view / views), math.cos(math.pi * view / views)
            step = np.float32(-cosine * column_mm / pitch_mm)
            for row in range(top, min(top + _BLOCK, y_mm.size)):
                y = y_mm[row]
                if abs(y) >= reach_mm:
                    continue
                half = math.sqrt(reach_mm * reach_mm - y * y)
                start = max(0, math.ceil((-half - x_mm[0]) / column_mm))
                stop = min(columns, math.floor((half - x_mm[0]) / column_mm) + 1)
                first = np.float32(middle - (x_mm[0] * cosine + y * sine) / pitch_mm)
                pixels = out[row]
                for column in range(start, stop):
                    at = first + np.float32(np.int32(column)) * step
                    low = np.int32(at)
                    value = line[low]
                    pixels[column] += value + (at - np.float32(low)) * (line[low + 1] - value)
