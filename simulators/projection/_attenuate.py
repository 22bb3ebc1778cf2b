"""Compiled: what a polychromatic beam has left behind tissue and small bodies of metal."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

_FloatArray = NDArray[np.float64]

# Columns of a body's row.
SPHERE, X, Y, Z, UX, UY, UZ, HALF, RADIUS, MATERIAL, DENSITY = range(11)
FIELDS = 11


@numba.njit(nogil=True, cache=True)
def chord(body: _FloatArray, sx: float, sy: float, sz: float, dx: float, dy: float) -> float:
    """Length in mm of the ray from (sx, sy, sz) along (dx, dy, 0), a unit vector, in one body."""
    wx, wy, wz = sx - body[X], sy - body[Y], sz - body[Z]
    radius = body[RADIUS]
    if body[SPHERE] > 0.5:
        along = wx * dx + wy * dy
        rest = wx * wx + wy * wy + wz * wz - along * along
        return 2.0 * math.sqrt(radius * radius - rest) if rest < radius * radius else 0.0
    du = dx * body[UX] + dy * body[UY]
    wu = wx * body[UX] + wy * body[UY] + wz * body[UZ]
    quadratic = 1.0 - du * du
    half_linear = wx * dx + wy * dy - wu * du
    constant = wx * wx + wy * wy + wz * wz - wu * wu - radius * radius
    half = body[HALF]
    if quadratic < 1e-12:
        return 2.0 * half if constant < 0.0 else 0.0
    under = half_linear * half_linear - quadratic * constant
    if under <= 0.0:
        return 0.0
    root = math.sqrt(under)
    enter, leave = (-half_linear - root) / quadratic, (-half_linear + root) / quadratic
    if abs(du) < 1e-12:
        return leave - enter if abs(wu) < half else 0.0
    first, second = (-half - wu) / du, (half - wu) / du
    if first > second:
        first, second = second, first
    return max(0.0, min(leave, second) - max(enter, first))


@numba.njit(nogil=True, cache=True)
def _shadow(
    body: _FloatArray, z_mm: float, half_slice: float, sx: float, sy: float, angle: float
) -> tuple[float, float]:
    """Fan angles between which the part of a body in the slice lies; empty if low > high."""
    radius = body[RADIUS]
    low, high = -body[HALF], body[HALF]
    across = math.sqrt(max(0.0, 1.0 - body[UZ] * body[UZ]))
    room = half_slice + radius * (1.0 if body[SPHERE] > 0.5 else across)
    if abs(body[UZ]) > 1e-9:
        first = (z_mm - room - body[Z]) / body[UZ]
        second = (z_mm + room - body[Z]) / body[UZ]
        low, high = max(low, min(first, second)), min(high, max(first, second))
    elif abs(body[Z] - z_mm) > room:
        return 1.0, -1.0
    if low > high:
        return 1.0, -1.0
    least, most = math.inf, -math.inf
    for at in (low, high):
        vx = body[X] + at * body[UX] - sx
        vy = body[Y] + at * body[UY] - sy
        depth = -vx * math.sin(angle) + vy * math.cos(angle)
        side = -vx * math.cos(angle) - vy * math.sin(angle)
        fan = math.atan2(side, depth)
        spread = math.asin(min(1.0, radius / math.hypot(vx, vy)))
        least, most = min(least, fan - spread), max(most, fan + spread)
    return least, most


@numba.njit(nogil=True, cache=True)
def _shade(
    bodies: _FloatArray,
    z_mm: float,
    slice_mm: float,
    radius_mm: float,
    detector_mm: float,
    angle: float,
    fans: _FloatArray,
    samples: _FloatArray,
    mass: _FloatArray,
    touched: NDArray[np.bool_],
) -> None:
    """Add the mass per area of each material on each sub-ray of one view to ``mass``."""
    pitch = fans[1] - fans[0]
    sine, cosine = math.sin(angle), math.cos(angle)
    middle_x, middle_y = radius_mm * sine, -radius_mm * cosine
    margin = 0.5 + 2.0 / (radius_mm * pitch)
    for n in range(bodies.shape[0]):
        body = bodies[n]
        least, most = _shadow(body, z_mm, slice_mm / 2.0, middle_x, middle_y, angle)
        if least > most:
            continue
        first = max(0, math.floor((least - fans[0]) / pitch - margin))
        last = min(fans.size - 1, math.ceil((most - fans[0]) / pitch + margin))
        material = int(body[MATERIAL])
        for channel in range(first, last + 1):
            for s in range(samples.shape[0]):
                heading = angle + fans[channel] + samples[s, 0] * pitch
                # from beside the focus to the same place on the detector
                shift = samples[s, 2] / detector_mm
                dx = -math.sin(heading) - shift * cosine
                dy = math.cos(heading) - shift * sine
                norm = math.hypot(dx, dy)
                length = chord(
                    body,
                    middle_x + samples[s, 2] * cosine,
                    middle_y + samples[s, 2] * sine,
                    z_mm + samples[s, 1] * slice_mm,
                    dx / norm,
                    dy / norm,
                )
                if length > 0.0:
                    touched[channel] = True
                    mass[channel, s, material] += length * body[DENSITY]


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _behind_metal(mass: _FloatArray, left: _FloatArray, attenuation: _FloatArray) -> float:
    """Mean over a channel's sub-rays of what metal leaves of each band; clears ``mass``."""
    count, materials = mass.shape
    total = 0.0
    for s in range(count):
        clear = True
        for material in range(materials):
            clear = clear and mass[s, material] == 0.0
        for band in range(left.size):
            if clear:
                total += left[band]
                continue
            metal = 0.0
            for material in range(materials):
                metal += mass[s, material] * attenuation[band, material]
            total += left[band] * math.exp(-metal)
        mass[s] = 0.0
    return total / count


@numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def transmit(
    lengths: NDArray[np.uint16],
    unit_g_mm2: _FloatArray,
    bodies: _FloatArray,
    z_mm: float,
    slice_mm: float,
    radius_mm: float,
    detector_mm: float,
    angles: _FloatArray,
    fans: _FloatArray,
    samples: _FloatArray,
    weights: _FloatArray,
    attenuation: _FloatArray,
    out: NDArray[np.float32],
) -> None:
    """Share of the signal that is left, for each ray of one slice.

    Where a body of metal casts its shadow, each channel's signal is the mean over sub-rays that
    fill the channel, the slice and the focus: the mean of intensities, not of lengths.

    Args:
        lengths: shape (views, channels, 2), water and bone on each ray.
        unit_g_mm2: shape (2,), mass per area that one count of ``lengths`` stands for.
        bodies: shape (bodies, FIELDS), mm from the axis; density in g/mm3, below zero for what a
            body takes the place of.
        z_mm: middle of the slice.
        slice_mm: its thickness.
        radius_mm: from the axis to the focus.
        detector_mm: from the focus to the detector.
        angles: of the focus, one per view.
        fans: of the channels.
        samples: shape (sub-rays, 3): offsets in the channel (channels), in the slice (slices) and
            of the focus (mm).
        weights: shape (bands,).
        attenuation: shape (bands, materials), mm2/g, water and bone first.
        out: shape (views, channels), written.
    """
    channels, bands = fans.size, weights.size
    mass = np.zeros((channels, samples.shape[0], attenuation.shape[1]))
    touched = np.zeros(channels, np.bool_)
    left = np.empty(bands)
    for view in range(angles.size):
        _shade(
            bodies,
            z_mm,
            slice_mm,
            radius_mm,
            detector_mm,
            angles[view],
            fans,
            samples,
            mass,
            touched,
        )
        for channel in range(channels):
            water = lengths[view, channel, 0] * unit_g_mm2[0]
            bone = lengths[view, channel, 1] * unit_g_mm2[1]
            if water == 0.0 and bone == 0.0 and not touched[channel]:
                out[view, channel] = 1.0
                continue
            total = 0.0
            for band in range(bands):
                tissue = water * attenuation[band, 0] + bone * attenuation[band, 1]
                left[band] = weights[band] * math.exp(-tissue)
                total += left[band]
            if touched[channel]:
                total = _behind_metal(mass[channel], left, attenuation)
                touched[channel] = False
            out[view, channel] = total
