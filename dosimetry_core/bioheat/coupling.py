"""How a thin cylinder with a wall temperature takes heat from voxels that are as wide as itself.

Voxels of a millimetre cannot resolve a probe of 1.5 mm. So the wall is not drawn into the grid:
heat is taken in a somewhat wider cylinder of radius a, at each place in proportion to how far the
conductivity integral theta lies above the wall's, ``g (theta - theta_wall)``. Inside that cylinder
theta then follows the modified Bessel function I0, and g is chosen so that outside of it the field
is the one around the true wall at radius r:

    x I1(x) / I0(x) = 1 / ln(a / r),   x = a sqrt(g)

(the logarithm is the thermal resistance of the shell from r to a). The reasoning is that of the
equivalent well radius of reservoir simulation (Peaceman, SPE J 18 (1978) 183) for a source that is
spread out. Heat only ever flows towards the wall's temperature, so no voxel becomes colder than it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.grid import Grid
from dosimetry_core.bioheat.probe import Cryoprobe, EffectiveBoundary

_WIDER = 1.5
"""The cylinder in which heat is taken is at least so many times as wide as the probe."""
_PITCHES = 1.25
"""And at least so many voxel pitches in radius."""
_PARTS = 5
"""Parts that a voxel is divided into along each axis to find how much of it lies inside."""


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """The voxels that a probe takes heat from.

    Attributes:
        index: places in the flattened grid.
        share: how much of each voxel lies inside; scaled so that the volumes add up to the
            cylinder's.
        conductance_per_m2: g; 0 for a heat sink.
        volume_m3: of the cylinder.
    """

    index: NDArray[np.int64]
    share: NDArray[np.float64]
    conductance_per_m2: float
    volume_m3: float


def coupling(probe: Cryoprobe, grid: Grid) -> Coupling:
    """The voxels that a probe takes heat from, and how.

    Raises:
        ValueError: the active length does not lie within the grid.
    """
    pitch_mm = max(
        pitch for pitch, count in zip(grid.spacing_mm, grid.shape_kji, strict=True) if count > 1
    )
    radius_mm = probe.boundary.radius_mm
    wider_mm = max(_WIDER * radius_mm, _PITCHES * pitch_mm)
    index, inside = _shares(probe, grid, wider_mm)
    length_mm = _length_in_grid_mm(probe, grid)
    volume_m3 = math.pi * wider_mm**2 * length_mm * 1e-9
    if index.size == 0:
        raise ValueError(f"probe {probe.name}: its active length lies outside of the grid")
    share = inside * (volume_m3 / (inside.sum() * grid.voxel_volume_m3))
    conductance = 0.0
    if isinstance(probe.boundary, EffectiveBoundary):
        conductance = (_argument(wider_mm / radius_mm) / (wider_mm * 1e-3)) ** 2
    return Coupling(index, share, conductance, volume_m3)


def _argument(ratio: float) -> float:
    """The x of which x I1(x) / I0(x) is 1 / ln(ratio)."""
    wanted = 1.0 / math.log(ratio)
    low, high = 0.0, wanted + 2.0
    for _ in range(60):
        x = 0.5 * (low + high)
        low, high = (x, high) if _bessel_ratio(x) * x < wanted else (low, x)
    return 0.5 * (low + high)


def _bessel_ratio(x: float) -> float:
    """I1(x) / I0(x) by their power series."""
    quarter, term = 0.25 * x * x, 1.0
    zeroth, first = 0.0, 0.0
    for n in range(1, 40):
        zeroth += term
        first += term / n
        term *= quarter / (n * n)
    return 0.5 * x * first / zeroth


def _length_in_grid_mm(probe: Cryoprobe, grid: Grid) -> float:
    """The active length; all of the depth where a flat grid is pierced."""
    for axis, count in enumerate(grid.shape_kji):
        along = abs(float(probe.unit_towards_tip[2 - axis]))
        if count == 1 and along > 0:
            return min(probe.active_length_mm, grid.spacing_mm[axis] / along)
    return probe.active_length_mm


def _shares(
    probe: Cryoprobe, grid: Grid, radius_mm: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Flattened places of the voxels that the cylinder touches, and the shares inside it."""
    direction, middle = probe.unit_towards_tip, probe.middle_mm
    half_mm = 0.5 * probe.active_length_mm
    reach = np.abs(direction) * half_mm + radius_mm * np.sqrt(1.0 - direction**2)
    centers = [grid.centers_mm(axis) for axis in range(3)]
    spans: list[slice] = []
    for axis, x in enumerate(centers):
        pitch = grid.spacing_mm[axis]
        low = float(middle[2 - axis] - reach[2 - axis])
        high = float(middle[2 - axis] + reach[2 - axis])
        flat = grid.shape_kji[axis] == 1
        if not flat and (low < x[0] - 0.5 * pitch or high > x[-1] + 0.5 * pitch):
            raise ValueError(
                f"probe {probe.name}: its active length reaches out of the grid along "
                f"{'zyx'[axis]} ({low:.1f} to {high:.1f} mm, grid {x[0]:.1f} to {x[-1]:.1f} mm); "
                "choose a larger grid"
            )
        first = int(np.searchsorted(x, low - 0.5 * pitch))
        last = int(np.searchsorted(x, high + 0.5 * pitch, side="right"))
        spans.append(slice(first, last))
    parts = (np.arange(_PARTS) + 0.5) / _PARTS - 0.5
    fine = [
        (x[span][:, None] + parts * pitch).ravel()
        for x, span, pitch in zip(centers, spans, grid.spacing_mm, strict=True)
    ]
    z, y, x = (
        values.reshape([-1 if axis == n else 1 for n in range(3)]) - middle[2 - axis]
        for axis, values in enumerate(fine)
    )
    along = x * direction[0] + y * direction[1] + z * direction[2]
    off_sq = x * x + y * y + z * z - along * along
    inside = (off_sq <= radius_mm**2) & (np.abs(along) <= half_mm)
    blocks = inside.reshape(
        [n for span in spans for n in (span.stop - span.start, _PARTS)],
    )
    share = blocks.mean(axis=(1, 3, 5))
    kji = np.argwhere(share > 0)
    taken = share[tuple(kji.T)]
    kji += np.array([span.start for span in spans])
    index = np.ravel_multi_index(tuple(kji.T), grid.shape_kji)
    return index.astype(np.int64), taken
