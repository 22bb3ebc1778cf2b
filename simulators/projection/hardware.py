"""Seeds, needles, probes and what may be mistaken for a seed, as bodies of metal and stone."""

from enum import Enum

import numpy as np

from dosimetry_core.values import Vector
from simulators.projection.bodies import Body, ball, rod
from simulators.projection.materials import Material

CAPSULE_LENGTH_MM = 4.5
CAPSULE_DIAMETER_MM = 0.8
_BORE_MM = 0.68
_WELD_MM = 0.4


class SeedModel(Enum):
    """What lies inside of the titanium capsule of 4.5 x 0.8 mm (AAPM TG-43U1, appendix A)."""

    SILVER_ROD = "silver_rod"
    """One rod of silver, 3.0 x 0.5 mm: 6711 and those made like it."""
    NO_MARKER = "no_marker"
    """Beads of resin, nothing dense: 6702."""
    GOLD_MARKER = "gold_marker"
    """A gold wire of 3.5 x 0.17 mm in ceramic: I25.S06."""
    SILVER_BEADS = "silver_beads"
    """Five spheres of silver, 0.5 mm, in line: 125SL."""


def seed_bodies(center_mm: Vector, axis: Vector, model: SeedModel) -> tuple[Body, ...]:
    """One seed: its capsule and what is inside."""
    capsule = rod(
        center_mm,
        axis,
        CAPSULE_LENGTH_MM,
        CAPSULE_DIAMETER_MM,
        Material.TITANIUM,
        lumen_mm=_BORE_MM,
        closed_ends_mm=_WELD_MM,
    )
    if model is SeedModel.SILVER_ROD:
        return (*capsule, _core(center_mm, axis, 3.0, 0.5, Material.SILVER))
    if model is SeedModel.GOLD_MARKER:
        return (*capsule, _core(center_mm, axis, 3.5, 0.17, Material.GOLD))
    if model is SeedModel.SILVER_BEADS:
        beads = [
            ball(_moved(center_mm, axis, 0.75 * n), 0.25, Material.SILVER, 1.0)
            for n in range(-2, 3)
        ]
        return (*capsule, *beads)
    return capsule


def needle_bodies(
    tip_mm: Vector, direction: Vector, length_mm: float, diameter_mm: float, lumen_mm: float
) -> tuple[Body, ...]:
    """A steel needle or probe that was pushed along ``direction`` to its tip."""
    middle = _moved(tip_mm, direction, -length_mm / 2.0)
    return rod(middle, direction, length_mm, diameter_mm, Material.STEEL, lumen_mm=lumen_mm)


def clip_bodies(center_mm: Vector, axis: Vector) -> tuple[Body, ...]:
    """A closed surgical clip: titanium, 6 mm long and 1 mm thick."""
    return rod(center_mm, axis, 6.0, 1.0, Material.TITANIUM)


def fiducial_bodies(center_mm: Vector, axis: Vector) -> tuple[Body, ...]:
    """A gold marker of 3 x 1 mm."""
    return rod(center_mm, axis, 3.0, 1.0, Material.GOLD)


def calcification_bodies(center_mm: Vector, radius_mm: float, share: float) -> tuple[Body, ...]:
    """A ball of tissue in which calcium phosphate takes ``share`` of the volume."""
    return (ball(center_mm, radius_mm, Material.CALCIUM_PHOSPHATE, share),)


def _core(
    center_mm: Vector, axis: Vector, length_mm: float, diameter_mm: float, material: Material
) -> Body:
    return rod(center_mm, axis, length_mm, diameter_mm, material)[1]


def _moved(point_mm: Vector, direction: Vector, by_mm: float) -> Vector:
    x, y, z = (np.array(point_mm) + np.array(direction) * by_mm).tolist()
    return x, y, z
