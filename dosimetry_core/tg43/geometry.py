"""Where a point lies as a seed sees it, and the line-source geometry function."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CAPSULE_RADIUS_CM = 0.04
"""Radius of the 0.8 mm titanium capsule that the seeds of the library share."""

CAPSULE_HALF_LENGTH_CM = 0.225
"""Half of the 4.5 mm capsule that the seeds of the library share (some are up to 5 mm long)."""


def seed_coordinates_cm(
    points_mm: FloatArray, center_mm: FloatArray, axis: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Distance from the seed's axis and height along it.

    Args:
        points_mm: shape (p, 3).
        center_mm: centre of the seed, shape (3,).
        axis: unit vector along the seed, shape (3,).

    Returns:
        rho_cm >= 0 and z_cm (signed), each of shape (p,).
    """
    offset_cm = (points_mm - center_mm) / 10.0
    z_cm = offset_cm @ axis
    rho_cm = np.linalg.norm(np.cross(offset_cm, axis), axis=1)
    return rho_cm, z_cm


def lift_out_of_capsule(rho_cm: FloatArray, z_cm: FloatArray) -> FloatArray:
    """``rho_cm``, raised to the capsule's radius where a point lies inside the capsule.

    TG-43 describes the dose in water around a seed, and the line source is singular on its line.
    A point inside the capsule is given the dose of the capsule's surface beside it.
    """
    inside = (rho_cm < CAPSULE_RADIUS_CM) & (np.abs(z_cm) <= CAPSULE_HALF_LENGTH_CM)
    return np.where(inside, CAPSULE_RADIUS_CM, rho_cm)


def line_geometry(rho_cm: FloatArray, z_cm: FloatArray, length_cm: float) -> FloatArray:
    """Line-source geometry function G_L, 1/cm2 (TG-43U1 equation 4).

    ``beta / (L r sin(theta))`` with ``r sin(theta) = rho``, and ``1 / (r2 - L2/4)`` on the axis
    beyond the line's ends. On the line itself it is infinite.

    Args:
        rho_cm: distance from the axis, cm.
        z_cm: height along the axis from the middle of the line, cm.
        length_cm: L, cm.
    """
    rho = np.asarray(rho_cm, dtype=np.float64)
    beyond = rho**2 + np.asarray(z_cm, dtype=np.float64) ** 2 - length_cm**2 / 4.0
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.arctan2(length_cm * rho, beyond)
        on_axis = np.where(beyond > 0, 1.0 / beyond, np.inf)
        return np.where(rho > 0, beta / (length_cm * rho), on_axis)
