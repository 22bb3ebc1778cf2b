"""TG-43U1 dose rate of one seed, written to be read.

``D(r, theta) = S_K Lambda [G_L(r, theta) / G_L(1 cm, 90 deg)] g_L(r) F(r, theta)``
(Rivard et al., Med Phys 31 (2004) 633, equation 1). This is what the compiled kernels are tested
against.
"""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.geometry import lift_out_of_capsule, line_geometry
from dosimetry_core.tg43.seed_model import SeedModel

FloatArray = NDArray[np.float64]


def radial_dose_function(model: SeedModel, r_cm: FloatArray) -> FloatArray:
    """g_L(r): ln g interpolated linearly in r (TG-43U1: log-linear).

    Below the first radius g keeps its first value. Beyond the last radius the line through the
    last two values of ln g goes on, so that g falls on and never ends abruptly.
    """
    ln_g = np.log(model.g)
    last_slope = (ln_g[-1] - ln_g[-2]) / (model.g_r_cm[-1] - model.g_r_cm[-2])
    beyond = np.maximum(r_cm - model.g_r_cm[-1], 0.0)
    return np.exp(np.interp(r_cm, model.g_r_cm, ln_g) + last_slope * beyond)


def anisotropy_function(model: SeedModel, r_cm: FloatArray, theta_deg: FloatArray) -> FloatArray:
    """F(r, theta), bilinear in r and theta; angles over 90 degrees are mirrored.

    Outside the table the nearest tabulated radius and the nearest tabulated angle are used.
    """
    theta = np.where(theta_deg > 90.0, 180.0 - theta_deg, theta_deg)
    low_r, weight_r = _bracket(model.f_r_cm, r_cm)
    low_t, weight_t = _bracket(model.f_theta_deg, theta)
    near = (1 - weight_t) * model.f[low_r, low_t] + weight_t * model.f[low_r, low_t + 1]
    far = (1 - weight_t) * model.f[low_r + 1, low_t] + weight_t * model.f[low_r + 1, low_t + 1]
    return (1 - weight_r) * near + weight_r * far


def unit_dose_rate(model: SeedModel, rho_cm: FloatArray, z_cm: FloatArray) -> FloatArray:
    """Dose rate in water per unit of air-kerma strength, cGy/h/U.

    Args:
        model: the seed's data.
        rho_cm: distance from the seed's axis, cm.
        z_cm: height along the axis from the seed's centre, cm.

    Returns:
        Shape of ``rho_cm``; inside the capsule the value of its surface
        (see ``lift_out_of_capsule``).
    """
    rho = lift_out_of_capsule(rho_cm, z_cm)
    r_cm = np.hypot(rho, z_cm)
    theta_deg = np.degrees(np.arctan2(rho, z_cm))
    length_cm = model.active_length_cm
    reference = line_geometry(np.array([1.0]), np.array([0.0]), length_cm)[0]
    return (
        model.dose_rate_constant
        * (line_geometry(rho, z_cm, length_cm) / reference)
        * radial_dose_function(model, r_cm)
        * anisotropy_function(model, r_cm, theta_deg)
    )


def _bracket(axis: FloatArray, value: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Lower index and weight (0 to 1) of the upper neighbour, clamped to the axis."""
    low = np.clip(np.searchsorted(axis, value, side="right") - 1, 0, axis.size - 2)
    weight = np.clip((value - axis[low]) / (axis[low + 1] - axis[low]), 0.0, 1.0)
    return low, weight
