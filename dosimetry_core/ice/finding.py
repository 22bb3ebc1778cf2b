"""Finding ice in a CT scan by what it lost in HU since before freezing.

Tissue loses about 85 HU on freezing whatever it held before, over some 7 C, and no more when colder
(Sandison et al. 1998): the edge of the fall is the surface near 0 C, and nothing is said about the
temperature inside.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.alone import ice_without_baseline
from dosimetry_core.ice.comparison import METAL_REACH_MM, Comparison, compare, overlap
from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.filters import Bools, eroded
from dosimetry_core.ice.hidden import with_what_metal_hides
from dosimetry_core.ice.probes import Probes, probes_in
from dosimetry_core.ice.region import connected_ice, plateau_hu
from dosimetry_core.ice.smoothing import QUIET_HU, denoised
from dosimetry_core.values import Vector, Volume

FALL_HU = 85.0
_EDGE_MM = 0.7  # standard deviation of the fall's own edge: point spread and thermal front
_BEYOND_MM = 10.0  # of soft tissue kept round the search for noise and alignment
_LEAST_OVERLAP = 0.5
_SHIFT_TOLD_MM, _SHIFT_DOUBTED_MM = 1.0, 5.0
_THICK_SLICE_MM = 3.5
_UNSETTLED_MM = 4.0
_CURVED_MM, _LEAST_MM3 = 6.0, 500.0


@dataclass(frozen=True, slots=True, eq=False)
class IceFinding:
    """The ice of one scan.

    Attributes:
        mask: bool, cropped from the scan's grid, with its own affine.
        volume_cc: frozen volume.
        surface_error_mm: the mean distance between the stated and the true surface is less in
            nine of ten cases (docs/ice.md); meaningless without ice.
        shift_mm: by how much the baseline was moved to fit; 0 without one, NaN where the two do not
            settle on a common shift.
        warnings: what a reader of the ice must know.
    """

    mask: Volume
    volume_cc: float
    surface_error_mm: float
    shift_mm: float
    warnings: tuple[str, ...]

    def on_grid_of(self, scan: Volume) -> NDArray[np.bool_]:
        """The mask on the whole grid of the scan it was found in, shape ``scan.values.shape``."""
        whole = np.zeros(scan.values.shape, np.bool_)
        corner = scan.to_index(self.mask.affine[:3, 3])
        low = np.round(corner).astype(int)
        high = low + np.array(self.mask.values.shape)
        if np.abs(corner - low).max() > 0.01 or low.min() < 0 or np.any(high > whole.shape):
            raise IceError("the ice was not found in this scan: its grid does not fit")
        whole[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = self.mask.values
        return whole


def find_ice(
    scan: Volume,
    baseline: Volume | None,
    *,
    probe_tips_mm: Sequence[Vector] = (),
    probe_axes: Sequence[Vector] = (),
    search_radius_mm: float = 60.0,
) -> IceFinding:
    """Find what has frozen between ``baseline`` and ``scan``, or what looks frozen in ``scan``.

    Args:
        scan: HU, the scan to look in.
        baseline: HU, a scan before freezing on the same frame of reference; any grid. None if
            there is none: the ice is then told by the tissue around it, and much less surely.
        probe_tips_mm: tips of the cryoprobes, LPS mm. Ice is what hangs together with one of them;
            without any, the largest connected fall is taken; needed where there is no baseline.
        probe_axes: along the shaft of each probe, in either sense; none if they are not known.
        search_radius_mm: how far from a tip ice is looked for.

    Raises:
        IceError: no probe tip is inside the scan, the baseline does not cover the place, or the
            tissue around tells nothing where there is no baseline.
    """
    if not search_radius_mm > 0:
        raise IceError(f"search_radius_mm must be positive, got {search_radius_mm}")
    probes = probes_in(scan, probe_tips_mm, probe_axes)
    tips = probes.tips_mm
    part = _cropped(scan, tips, search_radius_mm + _BEYOND_MM)
    allowed = _within(part, tips, search_radius_mm)
    if baseline is None:
        return _alone(part, probes, allowed)
    covered = overlap(part, baseline)
    if covered < _LEAST_OVERLAP:
        raise IceError(
            f"the baseline covers only {100 * covered:.0f} % of the place where ice is looked for: "
            f"give a scan before freezing of the same region and frame of reference"
        )
    compared = compare(part, baseline)
    fall, smoothing_mm, noise_hu = denoised(compared)
    ice = connected_ice(fall, part, tips, allowed, 0.5 * FALL_HU)
    plateau = plateau_hu(fall, ice, compared.spacing_mm)
    if plateau is not None and abs(plateau - FALL_HU) > 5.0:
        ice = connected_ice(fall, part, tips, allowed, 0.5 * plateau)
    ice = with_what_metal_hides(ice, compared, part, probes, plateau or FALL_HU) & allowed
    mask = Volume(ice, part.affine)
    warnings = _warnings(compared, ice, allowed, noise_hu, probes)
    volume_cc = float(ice.sum()) * part.voxel_volume_mm3 / 1000.0
    error = _surface_error_mm(compared, ice, smoothing_mm, noise_hu)
    shift_mm = compared.shift_mm if compared.settled else math.nan
    return IceFinding(mask, volume_cc, error, shift_mm, warnings)


def _alone(part: Volume, probes: Probes, allowed: Bools) -> IceFinding:
    alone = ice_without_baseline(part, probes, allowed, FALL_HU)
    told = _warnings(alone.compared, alone.mask, allowed, 0.0, probes)
    volume_cc = float(alone.mask.sum()) * part.voxel_volume_mm3 / 1000.0
    mask = Volume(alone.mask, part.affine)
    return IceFinding(mask, volume_cc, alone.surface_error_mm, 0.0, (*alone.warnings, *told))


def _cropped(scan: Volume, tips: NDArray[np.float64], reach_mm: float) -> Volume:
    shape = np.array(scan.values.shape)
    if not len(tips):
        return scan
    kji = scan.to_index(tips)
    reach = reach_mm / np.array(scan.spacing_mm)
    low = np.clip(np.floor(kji.min(axis=0) - reach), 0, shape - 1).astype(int)
    high = np.clip(np.ceil(kji.max(axis=0) + reach) + 1, 1, shape).astype(int)
    affine = scan.affine.copy()
    affine[:3, 3] = scan.to_patient_mm(low.astype(np.float64))
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    return Volume(scan.values[box], affine)


def _within(part: Volume, tips: NDArray[np.float64], radius_mm: float) -> Bools:
    """Voxels within the search radius of a tip; all of them without tips."""
    if not len(tips):
        return np.ones(part.values.shape, np.bool_)
    count_k, count_j, count_i = part.values.shape
    allowed = np.zeros((count_k, count_j, count_i), np.bool_)
    slice_mm, row_mm, column_mm = part.spacing_mm
    for tip in part.to_index(tips):
        over = (np.arange(count_k, dtype=np.float64) - float(tip[0])) * slice_mm
        down = (np.arange(count_j, dtype=np.float64) - float(tip[1])) * row_mm
        across = (np.arange(count_i, dtype=np.float64) - float(tip[2])) * column_mm
        square = over[:, None, None] ** 2 + down[:, None] ** 2 + across**2
        allowed |= square <= radius_mm**2
    return allowed


def _surface_error_mm(
    compared: Comparison, ice: Bools, smoothing_mm: float, noise_hu: float
) -> float:
    """Mean distance that noise, voxels, an imperfect overlay and metal leave, in quadrature.

    Voxels cost more where the ice is small: they cut across a stronger curvature.
    """
    slice_mm, row_mm, column_mm = (float(s) for s in compared.spacing_mm)
    edge_mm = math.hypot(_EDGE_MM, smoothing_mm)
    by_noise = noise_hu / (FALL_HU / (math.sqrt(2.0 * math.pi) * edge_mm))
    volume_mm3 = max(float(ice.sum()) * slice_mm * row_mm * column_mm, _LEAST_MM3)
    radius_mm = (0.75 * volume_mm3 / math.pi) ** (1.0 / 3.0)
    curved = 1.0 + (_CURVED_MM / radius_mm) ** 2
    by_voxel = 0.45 * curved * (slice_mm + row_mm + column_mm) / 3.0
    by_overlay = 0.15 + 0.2 * compared.shift_mm if compared.settled else _UNSETTLED_MM
    rim = ice & ~eroded(ice)
    hidden = float(np.mean(~compared.valid[rim])) if rim.any() else 0.0
    by_metal = hidden * METAL_REACH_MM
    return math.sqrt(by_noise**2 + by_voxel**2 + by_overlay**2 + by_metal**2)


def _warnings(
    compared: Comparison,
    ice: Bools,
    allowed: Bools,
    noise_hu: float,
    probes: Probes,
) -> tuple[str, ...]:
    told: list[str] = []
    if probes.outside:
        told.append(f"{probes.outside} probe tip(s) lie outside the scan and were not used")
    if not ice.any():
        told.append("no ice was found" + (" at any probe tip" if len(probes.tips_mm) else ""))
    if not len(probes.tips_mm):
        told.append("no probe tips were given: the largest region that lost HU was taken as ice")
    if not compared.settled:
        told.append(
            "the baseline and the scan do not settle on a common shift: the patient has moved by "
            "more than 8 mm, or was bent; check the overlay"
        )
    if compared.shift_mm > _SHIFT_TOLD_MM:
        doubt = ": check the overlay" if compared.shift_mm > _SHIFT_DOUBTED_MM else ""
        told.append(f"the baseline was shifted by {compared.shift_mm:.1f} mm to fit{doubt}")
    if noise_hu > 1.5 * QUIET_HU:
        told.append(
            f"the scans are noisy ({noise_hu:.0f} HU after smoothing): the surface is rough"
        )
    if compared.spacing_mm[0] > _THICK_SLICE_MM:
        told.append(
            f"slices are {compared.spacing_mm[0]:.1f} mm apart: the surface is coarse along z"
        )
    at_edge = ice & ~eroded(allowed)
    if at_edge.any():
        told.append("the ice reaches the edge of the scan or of the search: it may extend beyond")
    return tuple(told)
