"""Patches of tissue with blurred rods in them, as the fits take them."""

import numpy as np

from dosimetry_core.seed_finding.fit import Patch, Prior
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, ROD_FIELDS, UX, UZ, X, Z, add_rod


def rod_of(kind: Prior, center_mm, axis, **other: float) -> np.ndarray:
    """A rod like ``kind`` unless its ``mass`` or ``length_mm`` is given."""
    rod = np.empty(ROD_FIELDS)
    rod[MASS] = other.get("mass", kind.mass)
    rod[LENGTH] = other.get("length_mm", kind.length_mm)
    rod[BLUR] = kind.blur_mm
    rod[X : Z + 1] = center_mm
    rod[UX : UZ + 1] = np.array(axis) / np.linalg.norm(axis)
    return rod


def patch_of(rods, shape, spacing_mm, *, noise_hu=15.0, scale_hu=60.0, seed=3) -> Patch:
    """Tissue of 40 HU with noise and the rods, every voxel in use."""
    field = np.zeros((*shape, 1))
    for rod in rods:
        add_rod(field, rod, spacing_mm)
    noise = np.random.default_rng(seed).normal(0.0, noise_hu, shape)
    return Patch(
        field[..., 0] + 40.0 + noise,
        np.ones(shape, np.bool_),
        np.zeros(shape),
        np.zeros(3, np.int64),
        spacing_mm,
        np.inf,
        np.full(shape, scale_hu),
        np.empty((0, ROD_FIELDS)),
        np.empty((0, 3, 2)),
    )
