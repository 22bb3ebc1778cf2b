"""A smooth deformation on top of a rigid registration, taken only where it earns it."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.deformation import Deformation
from dosimetry_core.registration.itk import fit_bspline
from dosimetry_core.registration.patches import Patch
from dosimetry_core.registration.result import LandmarkResidual

LEAST_GAIN_MM = 0.5
"""By how much the median residual at held-out landmarks must fall."""
LEAST_GAIN_SHARE = 0.25
"""And by what share of what it was."""
LEAST_JACOBIAN, MOST_JACOBIAN = 0.5, 2.0
"""No tissue of the abdomen halves or doubles its volume by breathing; below 0 it would fold."""

_COARSER = 2
_SAMPLES = 25_000
_REACH_MM = 68.0  # from the lesion: landmarks judge it to 60 mm, and beyond it only costs time
_NODE_MM = 5.0


def bend(
    fixed: Patch, moving: Patch, matrix: NDArray[np.float64], center_mm: NDArray[np.float64]
) -> Deformation | None:
    """A deformation of the planning CT before a rigid motion (4, 4); None if none was found."""
    coarse = fixed.coarser(_COARSER).within(center_mm, _REACH_MM)
    nodes = fit_bspline(coarse, moving.coarser(_COARSER), matrix, _SAMPLES, _NODE_MM)
    return None if nodes is None else Deformation(nodes, coarse.first_mm, _NODE_MM)


def has_room_for_gain(residual: LandmarkResidual) -> bool:
    """Whether a deformation could earn its acceptance at all."""
    return residual.median_mm >= LEAST_GAIN_MM


def why_not_taken(rigid: LandmarkResidual, bent: LandmarkResidual, deformation: Deformation) -> str:
    """Why a deformation is not taken; empty where it earns its acceptance."""
    jacobian = deformation.jacobian()
    low, high = float(jacobian.min()), float(jacobian.max())
    if low < LEAST_JACOBIAN or high > MOST_JACOBIAN:
        return (
            f"it changes volumes by factors of {low:.2f} to {high:.2f}: {LEAST_JACOBIAN:g} to "
            f"{MOST_JACOBIAN:g} can be believed"
        )
    if bent.found < rigid.found - 1:
        return f"it loses landmarks: {bent.found} found instead of {rigid.found}"
    needed = max(LEAST_GAIN_MM, LEAST_GAIN_SHARE * rigid.median_mm)
    if not bent.median_mm <= rigid.median_mm - needed:
        return (
            f"landmarks are {bent.median_mm:.1f} mm off with it and {rigid.median_mm:.1f} mm "
            f"without: it must better them by {needed:.1f} mm"
        )
    if not bent.at_lesion_mm <= rigid.at_lesion_mm:
        return (
            f"landmarks leave {bent.at_lesion_mm:.1f} mm at the lesion with it, and "
            f"{rigid.at_lesion_mm:.1f} mm without"
        )
    return ""
