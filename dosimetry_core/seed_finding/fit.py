"""Several blurred rods and a flat background, fitted to a patch of HU."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.least_squares import fit_patch, patch_misfit
from dosimetry_core.seed_finding.rod import add_rod


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A box of voxels cut out of a scan, in its own grid frame.

    Attributes:
        data: HU, shape (k, j, i).
        use: which voxels speak, same shape.
        fixed: excess HU of metal that is known and not fitted here, same shape.
        origin_kji: index in the scan of the patch's first voxel.
        spacing_mm: pitch along (k, j, i).
        ceiling_hu: top of the HU scale.
        scale_hu: residual beyond which a voxel loses its say, same shape.
        ends: rods (m, ROD_FIELDS), in the patch's frame, for the ends of needles: they come first
            among the rods of every fit.
        end_priors: shape (m, 3, 2), what is believed of them, as in ``Prior.as_array``.
    """

    data: NDArray[np.float64]
    use: NDArray[np.bool_]
    fixed: NDArray[np.float64]
    origin_kji: NDArray[np.int64]
    spacing_mm: NDArray[np.float64]
    ceiling_hu: float
    scale_hu: NDArray[np.float64]
    ends: NDArray[np.float64]
    end_priors: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a rod before it is fitted: normal in log mass, length and log blur."""

    mass: float
    mass_spread: float
    length_mm: float
    length_spread_mm: float
    blur_mm: float
    blur_spread: float

    def as_array(self) -> NDArray[np.float64]:
        """Mean and spread of (log mass, length, log blur), shape (3, 2)."""
        return np.array(
            [
                [math.log(self.mass), self.mass_spread],
                [self.length_mm, self.length_spread_mm],
                [math.log(self.blur_mm), self.blur_spread],
            ]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Rods (n, ROD_FIELDS) and background HU that explain a patch; the cost includes the priors."""

    rods: NDArray[np.float64]
    background_hu: float
    cost: float


def fit_rods(
    patch: Patch,
    rods: NDArray[np.float64],
    background_hu: float,
    prior: Prior,
    iterations: int = 20,
) -> Fit:
    """Fit rods, starting from ``rods`` of shape (n, ROD_FIELDS): needle ends, then seeds."""
    seeds = len(rods) - len(patch.ends)
    priors = np.concatenate([patch.end_priors, np.repeat(prior.as_array()[None], seeds, axis=0)])
    fitted, background, cost = fit_patch(
        patch.data,
        patch.fixed,
        patch.use,
        rods,
        background_hu,
        patch.spacing_mm,
        patch.ceiling_hu,
        patch.scale_hu,
        priors,
        iterations,
    )
    return Fit(fitted, background, cost)


def with_rods(patch: Patch, rods: NDArray[np.float64]) -> Patch:
    """The patch with rods (n, ROD_FIELDS), in its own frame, added to what is known."""
    field = patch.fixed[..., None].copy()
    for rod in rods:
        add_rod(field, rod, patch.spacing_mm)
    return replace(patch, fixed=field[..., 0])


def misfit(
    patch: Patch, rods: NDArray[np.float64], background_hu: float
) -> tuple[float, NDArray[np.float64]]:
    """Cost without priors, and the residual HU of each voxel (0 where a voxel is not used)."""
    return patch_misfit(
        patch.data,
        patch.fixed,
        patch.use,
        rods,
        background_hu,
        patch.spacing_mm,
        patch.ceiling_hu,
        patch.scale_hu,
    )
