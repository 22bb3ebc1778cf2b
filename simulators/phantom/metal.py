"""Metal in CT: seeds, needles and cryoprobes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Vector, Volume
from simulators.phantom.scanner import (
    MAXIMUM_HU,
    ScannerResponse,
    add_points,
    line_points,
    require_axial,
)

CAPSULE_LENGTH_MM = 4.5
"""Titanium capsule of a 6711-like seed; its diameter of 0.8 mm is below the scanner's blur."""
CAPSULE_EXCESS_HU_MM3 = 10_000.0
"""0.82 mm3 of titanium at 12 200 HU (mass attenuation 0.56 cm2/g near 70 keV, NIST XCOM)."""
MARKER_LENGTH_MM = 3.0
"""Silver rod inside, 0.5 mm thick (AAPM TG-43U1, appendix A)."""
MARKER_EXCESS_HU_MM3 = 50_000.0
"""0.59 mm3 of silver. At 120 kVp it absorbs most of the beam that meets it, so that its effective
85 000 HU are less than half of what its mass attenuation says; with the capsule it comes to what a
polychromatic fan-beam simulation of such seeds shows in 5 mm slices."""
SHAFT_EXCESS_HU = 12_000.0
"""A steel tube with its lumen, averaged over the section: between a needle and a cryoprobe."""

_STEP_MM = 0.25


@dataclass(frozen=True, slots=True)
class SeedPose:
    """Where a seed lies.

    Attributes:
        center_mm: centre of the capsule, LPS mm.
        axis: unit vector along the capsule, LPS.
    """

    center_mm: Vector
    axis: Vector


@dataclass(frozen=True, slots=True)
class Shaft:
    """The straight shaft of a needle or cryoprobe.

    Attributes:
        tip_mm: LPS mm.
        direction: unit vector in which it was pushed in: from the hub to the tip, LPS.
        length_mm: from the tip backwards.
        diameter_mm: outer diameter; a 17 G cryoprobe has 1.47 mm, an 18 G needle 1.27 mm.
    """

    tip_mm: Vector
    direction: Vector
    length_mm: float
    diameter_mm: float


def with_seeds(
    volume: Volume, seeds: Sequence[SeedPose], response: ScannerResponse | None = None
) -> Volume:
    """The same patient with seeds: a titanium capsule with a silver rod each.

    Args:
        volume: HU, axial.
        seeds: those present.
        response: the scanner's point spread.

    Returns:
        HU as int16, not above ``MAXIMUM_HU`` where there is metal.

    Raises:
        ValueError: the volume is not axial or an axis is not a unit vector.
    """
    points, masses = [np.zeros((0, 3))], [np.zeros(0)]
    for seed in seeds:
        center, axis = np.array(seed.center_mm, dtype=np.float64), _unit(seed.axis)
        for length_mm, mass in (
            (CAPSULE_LENGTH_MM, CAPSULE_EXCESS_HU_MM3),
            (MARKER_LENGTH_MM, MARKER_EXCESS_HU_MM3),
        ):
            half = axis * length_mm / 2.0
            line = line_points(center - half, center + half, _STEP_MM)
            points.append(line)
            masses.append(np.full(len(line), mass / len(line)))
    return _with_metal(volume, points, masses, response)


def with_shafts(
    volume: Volume, shafts: Sequence[Shaft], response: ScannerResponse | None = None
) -> Volume:
    """The same patient with needles or cryoprobes of steel.

    Args:
        volume: HU, axial.
        shafts: those present; what of them lies outside of the volume is left out.
        response: the scanner's point spread.

    Returns:
        HU as int16, not above ``MAXIMUM_HU`` where there is metal.

    Raises:
        ValueError: the volume is not axial, a direction is not a unit vector or a size is not
            above zero.
    """
    points, masses = [np.zeros((0, 3))], [np.zeros(0)]
    for shaft in shafts:
        if min(shaft.length_mm, shaft.diameter_mm) <= 0.0:
            raise ValueError(f"a shaft's length and diameter must be above 0 mm: {shaft}")
        tip = np.array(shaft.tip_mm, dtype=np.float64)
        line = line_points(tip - _unit(shaft.direction) * shaft.length_mm, tip, 2.0 * _STEP_MM)
        section_mm2 = math.pi * shaft.diameter_mm**2 / 4.0
        points.append(line)
        masses.append(
            np.full(len(line), SHAFT_EXCESS_HU * section_mm2 * shaft.length_mm / len(line))
        )
    return _with_metal(volume, points, masses, response)


def _unit(axis: Vector) -> NDArray[np.float64]:
    vector = np.array(axis, dtype=np.float64)
    if abs(float(np.linalg.norm(vector)) - 1.0) > 1e-3:
        raise ValueError(f"a direction must be a unit vector, got {axis}")
    return vector


def _with_metal(
    volume: Volume,
    points: Sequence[NDArray[np.float64]],
    masses: Sequence[NDArray[np.float64]],
    response: ScannerResponse | None,
) -> Volume:
    require_axial(volume)
    excess = np.zeros(volume.values.shape)
    scanner = response or ScannerResponse()
    add_points(excess, volume, np.concatenate(points), np.concatenate(masses), scanner)
    values = volume.values.astype(np.int16)
    touched = excess > 0.5
    raised = np.rint(values[touched] + excess[touched])
    values[touched] = np.minimum(raised, np.maximum(values[touched], MAXIMUM_HU))
    return Volume(values, volume.affine)
