"""Needles as metal of their own: how much there is per millimetre, and what voxels get of it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled
from dosimetry_core.seed_finding.needles import Needle, squeeze_of
from dosimetry_core.seed_finding.rod import EDGE_MM

END_MM = 8.0  # of a needle is fitted together with what lies at its end
_BLURS_MM = (0.6, 0.7, 0.8, 0.9, 1.0, 1.2)
_NEAR_MM = 2.0
_STEP_MM = 0.5
_REACH = 3.5
_CORE = 0.5  # of the greatest field: voxels that tell how much metal there is


@dataclass(frozen=True, slots=True, eq=False)
class MetalLine:
    """A needle with its metal.

    Attributes:
        needle: where it is seen.
        start_mm: where the part begins that is taken as known (grid frame, x, y, z).
        end_mm: where that part ends.
        density: excess, HU mm2 (mass of one millimetre).
        blur_mm: in-plane blur, standard deviation.
        scatter_hu: how far bright voxels lie from what it adds, standard deviation.
    """

    needle: Needle
    start_mm: NDArray[np.float64]
    end_mm: NDArray[np.float64]
    density: float
    blur_mm: float
    scatter_hu: float

    def ends(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """From the known part to each end that lies inside the patient, as (from, to)."""
        pairs = ((self.start_mm, self.needle.start_mm), (self.end_mm, self.needle.end_mm))
        return [(a, b) for a, b in pairs if float(np.linalg.norm(b - a)) > 0.1]

    def excess_hu(self, points_mm: NDArray[np.float64], slice_mm: float) -> NDArray[np.float64]:
        """What the known part adds at points (n, 3), HU."""
        return self.density * _unit_line(
            points_mm, self.start_mm, self.end_mm, self.blur_mm, slice_mm
        )


def measured(
    needle: Needle,
    points_mm: NDArray[np.float64],
    excess_hu: NDArray[np.float64],
    slice_mm: float,
    ceiling_hu: float,
    inside: tuple[bool, bool],
) -> MetalLine:
    """How much metal a needle has, from the bright voxels near it.

    Args:
        needle: the needle.
        points_mm: shape (n, 3), bright voxels (x, y, z) in the grid frame.
        excess_hu: shape (n,), their excess.
        slice_mm: pitch along z.
        ceiling_hu: excess at which the HU scale may end.
        inside: whether its start and its end are inside of the patient.
    """
    along = needle.end_mm - needle.start_mm
    length = float(np.linalg.norm(along))
    along = along / length
    cut = min(END_MM, 0.3 * length)
    start = needle.start_mm + (cut if inside[0] else 0.0) * along
    end = needle.end_mm - (cut if inside[1] else 0.0) * along
    position = (points_mm - start) @ along
    mine = (position > 0.0) & (position < float(np.linalg.norm(end - start)))
    mine &= needle.distance_mm(points_mm, squeeze_of(slice_mm)) <= _NEAR_MM
    points, excess = points_mm[mine], excess_hu[mine]
    best = (math.inf, 0.0, _BLURS_MM[2])
    for blur in _BLURS_MM if len(points) else ():
        unit = _unit_line(points, start, end, blur, slice_mm)
        core = unit > _CORE * unit.max(initial=0.0)
        if not core.any():
            continue
        density = float(np.median(excess[core] / unit[core]))
        model = np.minimum(density * unit, ceiling_hu)
        off = float(np.median(np.abs(model - excess)))
        best = min(best, (off, density, blur))
    scatter = 1.4826 * best[0] if best[1] else math.inf
    return MetalLine(needle, start, end, best[1], best[2], scatter)


@compiled
def _unit_line(
    points: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    blur: float,
    slice_mm: float,
) -> NDArray[np.float64]:
    """Excess at points (n, 3) of a line with 1 HU mm2, blurred in the slice and across slices."""
    field = np.zeros(points.shape[0])
    ux, uy, uz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    length = math.sqrt(ux * ux + uy * uy + uz * uz)
    ux, uy, uz = ux / length, uy / length, uz / length
    reach = _REACH * blur + 0.75 * slice_mm + _STEP_MM
    var = blur * blur
    root = EDGE_MM * math.sqrt(2.0)
    norm = _STEP_MM / (2.0 * math.pi * var)
    for n in range(points.shape[0]):
        ox, oy, oz = points[n, 0] - start[0], points[n, 1] - start[1], points[n, 2] - start[2]
        t = ox * ux + oy * uy + oz * uz
        ax, ay, az = ox - t * ux, oy - t * uy, oz - t * uz
        if ax * ax + ay * ay + az * az > reach * reach:
            continue
        first = max(0, math.floor((t - reach) / _STEP_MM))
        last = min(math.floor(length / _STEP_MM) - 1, math.ceil((t + reach) / _STEP_MM))
        total = 0.0
        for m in range(first, last + 1):
            s = (m + 0.5) * _STEP_MM
            dx, dy, dz = ox - s * ux, oy - s * uy, oz - s * uz
            flat = dx * dx + dy * dy
            if flat > _REACH * _REACH * var:
                continue
            top, low = dz + 0.5 * slice_mm, dz - 0.5 * slice_mm
            total += math.exp(-0.5 * flat / var) * (math.erf(top / root) - math.erf(low / root))
        field[n] = 0.5 * norm * total / slice_mm
    return field
