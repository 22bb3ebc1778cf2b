"""Cylinders and spheres of metal in the patient, and what they take the place of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Vector
from simulators.projection import _attenuate as columns
from simulators.projection.materials import DENSITY_G_CM3, Material
from simulators.projection.segments import unit

TISSUE_G_CM3 = 1.06
"""Of what a body displaces (liver, ICRU report 44), as water."""


@dataclass(frozen=True, slots=True)
class Body:
    """A solid cylinder with flat ends, or a sphere (length 0).

    Attributes:
        center_mm: LPS.
        axis: unit vector, LPS.
        length_mm: of a cylinder; 0 for a sphere.
        radius_mm: of either.
        material: what it is of.
        density_g_cm3: below zero: that much is taken away, as for a lumen in a rod.
    """

    center_mm: Vector
    axis: Vector
    length_mm: float
    radius_mm: float
    material: Material
    density_g_cm3: float

    def __post_init__(self) -> None:
        if self.length_mm < 0.0 or self.radius_mm <= 0.0:
            raise ValueError(f"a body has a radius above 0 mm and no negative length: {self}")
        if abs(float(np.linalg.norm(self.axis)) - 1.0) > 1e-3:
            raise ValueError(f"a body's axis must be a unit vector, got {self.axis}")


def rod(
    center_mm: Vector,
    axis: Vector,
    length_mm: float,
    diameter_mm: float,
    material: Material,
    *,
    lumen_mm: float = 0.0,
    closed_ends_mm: float = 0.0,
) -> tuple[Body, ...]:
    """A rod or, with a lumen, a tube of a solid, in the place of tissue.

    Args:
        center_mm: LPS.
        axis: unit vector, LPS.
        length_mm: of the whole.
        diameter_mm: outer.
        material: of the wall.
        lumen_mm: diameter of the empty bore.
        closed_ends_mm: length of solid at each end of the bore.
    """
    density = DENSITY_G_CM3[material]
    made = [
        Body(center_mm, axis, length_mm, diameter_mm / 2.0, Material.WATER, -TISSUE_G_CM3),
        Body(center_mm, axis, length_mm, diameter_mm / 2.0, material, density),
    ]
    if lumen_mm > 0.0:
        bore = length_mm - 2.0 * closed_ends_mm
        made.append(Body(center_mm, axis, bore, lumen_mm / 2.0, material, -density))
    return tuple(made)


def ball(center_mm: Vector, radius_mm: float, material: Material, share: float) -> Body:
    """A ball that holds ``share`` of its solid's density on top of the tissue."""
    density = DENSITY_G_CM3[material] * share
    return Body(center_mm, (0.0, 0.0, 1.0), 0.0, radius_mm, material, density)


def as_rows(bodies: tuple[Body, ...], axis_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Bodies for the compiled kernel: shape (n, ``_attenuate.FIELDS``)."""
    rows = np.zeros((len(bodies), columns.FIELDS))
    for row, body in zip(rows, bodies, strict=True):
        row[columns.SPHERE] = body.length_mm == 0.0
        row[columns.X : columns.Z + 1] = body.center_mm
        row[columns.X] -= axis_mm[0]
        row[columns.Y] -= axis_mm[1]
        row[columns.UX : columns.UZ + 1] = unit(np.array(body.axis, dtype=np.float64))
        row[columns.HALF] = body.length_mm / 2.0
        row[columns.RADIUS] = body.radius_mm
        row[columns.MATERIAL] = body.material
        row[columns.DENSITY] = body.density_g_cm3 * 1e-3
    return rows
