"""TG-43U1 dose rate of one seed whose axis is not known: the point-source formalism.

``D(r) = S_K Lambda [G_L(r, 90 deg) / G_L(1 cm, 90 deg)] g_L(r) phi_an(r)``
(Rivard et al., Med Phys 31 (2004) 633, the 1-D formalism in the form that it prefers). It is the
other form, ``S_K Lambda (1 cm / r)2 g_P(r) phi_an(r)``, with the g_P that follows from g_L without
rounding: between its radii a published g_P bends, and interpolated it is up to 2 % too low below
0.5 cm. Written to be read, as ``reference.py`` is.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.geometry import CAPSULE_RADIUS_CM, line_geometry
from dosimetry_core.tg43.reference import anisotropy_function, radial_dose_function
from dosimetry_core.tg43.seed_model import SeedModel, TabulatedCurve

FloatArray = NDArray[np.float64]

FIRST_R_CM = 0.25
"""Where a derived phi_an begins: a sphere about the seed that is all outside of the capsule."""
LAST_R_CM = 10.0
NEAR_STEP_R_CM = 0.025
FAR_STEP_R_CM = 0.25
CONSISTENT_WITHIN = 0.01
"""How far a published phi_an may be from the one that follows from F to be used."""
NODES = 24
"""Gauss-Legendre nodes between two angles of F, between which the integrand is smooth."""


def point_radial_dose_function(model: SeedModel, r_cm: FloatArray) -> FloatArray:
    """g_P(r) as it follows from g_L: the same dose with G_P = 1 / r2; 1 at 1 cm."""
    zero = np.zeros_like(r_cm)
    length_cm = model.active_length_cm
    reference = line_geometry(np.array([1.0]), np.array([0.0]), length_cm)[0]
    geometry = line_geometry(r_cm, zero, length_cm) / reference
    return geometry * r_cm**2 * radial_dose_function(model, r_cm)


@lru_cache(maxsize=64)
def anisotropy_factor(model: SeedModel) -> TabulatedCurve:
    """phi_an(r) as the point-source formalism uses it, on radii close enough to be joined by lines.

    The published values where the model has them, and between and outside of them along the curve
    that follows from F (``derived_anisotropy_factor``); that curve alone where there are none, or
    where they do not follow from F to 1 %: F is preferred then. Nearer than 0.25 cm and beyond
    10 cm the nearest radius's value is used. ``source`` says which it is.
    """
    published = model.anisotropy_factor
    near = np.arange(FIRST_R_CM, 1.0, NEAR_STEP_R_CM)
    far = np.arange(1.0, LAST_R_CM + FAR_STEP_R_CM / 2, FAR_STEP_R_CM)
    table = model.f_r_cm if published is None else np.append(model.f_r_cm, published.r_cm)
    inside = table[(table >= FIRST_R_CM) & (table <= LAST_R_CM)]
    r_cm = np.unique(np.round(np.concatenate([near, far, inside]), 9))
    value = derived_anisotropy_factor(model, r_cm)
    source = "derived from F by integration over the sphere"
    if published is not None:
        ratio = published.value / derived_anisotropy_factor(model, published.r_cm)
        if np.abs(ratio - 1.0).max() <= CONSISTENT_WITHIN:
            value = value * np.interp(r_cm, published.r_cm, ratio)
            source = published.source
    r_cm.flags.writeable = value.flags.writeable = False
    return TabulatedCurve(r_cm, value, source)


def derived_anisotropy_factor(model: SeedModel, r_cm: FloatArray) -> FloatArray:
    """phi_an(r) from F: the mean of the dose rate over all directions (TG-43U1 equation 12).

    ``integral of G_L(r, theta) F(r, theta) sin(theta) from 0 to 90 deg / G_L(r, 90 deg)``. F(r, 90
    deg) is 1 by definition; where noise puts a table off it, the mean of the rate is what stays
    right.

    Args:
        model: the seed's data.
        r_cm: radii of 0.25 cm or more, shape (n,): nearer ones would cut the capsule.

    Returns:
        Shape (n,).

    Raises:
        ValueError: a radius is below 0.25 cm.
    """
    if r_cm.size and r_cm.min() < FIRST_R_CM:
        raise ValueError(f"phi_an follows from F from {FIRST_R_CM} cm on, asked at {r_cm.min()} cm")
    node, weight = np.polynomial.legendre.leggauss(NODES)
    edges = np.radians(np.unique(np.concatenate([[0.0], model.f_theta_deg])))
    half = np.diff(edges)[:, None] / 2.0
    theta = (edges[:-1, None] + half * (1.0 + node)).reshape(-1)
    weights = (half * weight).reshape(-1) * np.sin(theta)
    radius, angle = np.meshgrid(r_cm, theta, indexing="ij")
    geometry = line_geometry(radius * np.sin(angle), radius * np.cos(angle), model.active_length_cm)
    around = geometry * anisotropy_function(model, radius, np.degrees(angle))
    beside = line_geometry(r_cm, np.zeros_like(r_cm), model.active_length_cm)
    return (around @ weights) / beside


def point_unit_dose_rate(model: SeedModel, rho_cm: FloatArray, z_cm: FloatArray) -> FloatArray:
    """Dose rate in water per unit of air-kerma strength of a seed of unknown axis, cGy/h/U.

    Args:
        model: the seed's data.
        rho_cm: distance from any axis through the seed's centre, cm.
        z_cm: height along it, cm. Only the distance from the centre counts.

    Returns:
        Shape of ``rho_cm``; nearer than the capsule's radius, the value at that radius.
    """
    r_cm = np.maximum(np.hypot(rho_cm, z_cm), CAPSULE_RADIUS_CM)
    factor = anisotropy_factor(model)
    return (
        model.dose_rate_constant
        * point_radial_dose_function(model, r_cm)
        / r_cm**2
        * np.interp(r_cm, factor.r_cm, factor.value)
    )
