"""How a CT scanner spreads what is smaller than a voxel over its voxels."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from dosimetry_core.values import Volume

MAXIMUM_HU = 3071
"""Highest value of a 12-bit HU scale: where metal is clipped."""

_REACH = 4.5  # standard deviations after which less than 1e-5 of a point's excess is left
_FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScannerResponse:
    """Point spread of a scanner: Gaussian in the slice plane, a box with soft edges across slices.

    The defaults are those of a body kernel (10 % of the MTF at about 6 lp/cm) on a helical
    multi-row scanner whose slices touch each other.

    Attributes:
        in_plane_sigma_mm: standard deviation of the in-plane Gaussian.
        slice_edge_sigma_mm: standard deviation of the softness of the slice profile's edges.
    """

    in_plane_sigma_mm: float = 0.55
    slice_edge_sigma_mm: float = 0.8

    def __post_init__(self) -> None:
        if min(self.in_plane_sigma_mm, self.slice_edge_sigma_mm) <= 0.0:
            raise ValueError("both widths of a scanner's response must be above 0 mm")


def require_axial(volume: Volume) -> None:
    """Check that the volume's axes are the patient's.

    Raises:
        ValueError: i, j and k do not run along +x, +y and +z.
    """
    directions = volume.affine[:3, :3] / np.linalg.norm(volume.affine[:3, :3], axis=0)
    if np.abs(directions - np.eye(3)).max() > 1e-6:
        raise ValueError("the phantom needs an axial volume: i, j, k along +x, +y, +z of LPS")


def add_points(
    excess: _FloatArray,
    volume: Volume,
    points_mm: _FloatArray,
    mass_hu_mm3: _FloatArray,
    response: ScannerResponse,
) -> None:
    """Add what the scanner makes of point-like excesses to ``excess``, in place.

    What lies inside of the volume keeps its mass: the excess HU times the volume of a voxel, summed
    over all voxels, is the mass of the points to within 1e-4.

    Args:
        excess: HU above the tissue, of the volume's shape.
        volume: the grid; axial.
        points_mm: shape (n, 3), LPS mm.
        mass_hu_mm3: shape (n,), integral of each point's excess, HU mm3.
        response: the scanner's point spread.
    """
    spacing_mm = volume.spacing_mm
    sigmas_mm = (
        response.slice_edge_sigma_mm,
        response.in_plane_sigma_mm,
        response.in_plane_sigma_mm,
    )
    for index, mass in zip(volume.to_index(points_mm), mass_hu_mm3, strict=True):
        axes = [_spread(index[a], sigmas_mm[a] / spacing_mm[a], excess.shape[a]) for a in range(3)]
        block = tuple(slice(start, start + len(weights)) for start, weights in axes)
        k, j, i = (weights for _, weights in axes)
        density = mass / volume.voxel_volume_mm3
        excess[block] += density * k[:, None, None] * j[:, None] * i


def _spread(center: float, sigma: float, size: int) -> tuple[int, _FloatArray]:
    """Share of a point in each voxel along one axis, lengths in voxels: (first voxel, shares)."""
    reach = 0.5 + _REACH * sigma
    first = max(0, math.floor(center - reach))
    last = min(size - 1, math.ceil(center + reach))
    if last < first:
        return 0, np.zeros(0)
    edges = np.arange(first, last + 2) - 0.5 - center
    cumulative: _FloatArray = erf(edges / (sigma * math.sqrt(2.0)))
    return first, np.diff(cumulative) / 2.0


def line_points(start_mm: _FloatArray, end_mm: _FloatArray, step_mm: float) -> _FloatArray:
    """Midpoints of equal pieces, none longer than ``step_mm``, of a line: shape (n, 3), mm."""
    count = max(1, math.ceil(float(np.linalg.norm(end_mm - start_mm)) / step_mm))
    along = (np.arange(count) + 0.5) / count
    return start_mm + along[:, None] * (end_mm - start_mm)
