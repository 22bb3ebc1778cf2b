"""Volumes from contours against closed forms, beside the plain rule of slabs.

    python -m benchmarks.structure_volume [PLACEMENTS]

Balls, cylinders and cones are contoured at planes of 1, 2.5 and 5 mm that lie at random; the height
of cylinders and cones is random too, between 2 and 3 radii. The plain rule gives each plane half of
the gaps beside it, and half a gap beyond the last planes. Where an abrupt end (cylinder, base of a
cone) lies between two planes cannot be told from contours: "ends known" are the same solids with
those ends half a gap beyond a plane. "In error" is how often the true volume is within the stated
error, and "error" the median of that.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine_line
from dosimetry_core.structures import volume_estimate
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
SPACINGS_MM = (1.0, 2.5, 5.0)
RADII_MM = (5.0, 10.0, 15.0, 25.0)
PLACEMENTS = 40
CORNERS = 180
SHAPES = ("ball", "cylinder", "cone")


@dataclass(frozen=True, slots=True)
class Solid:
    """A solid of revolution: its radius at each height, its ends and its volume."""

    radius_at: Callable[[float], float]
    low_mm: float
    high_mm: float
    volume_mm3: float


def main(placements: int) -> None:
    """Print the table."""
    print(machine_line())
    print(f"{placements} placements each; errors in percent: least, median, largest\n")
    print(
        f"{'solid':<22}{'slices':>7}{'R':>5}   {'this':^23}   {'plain slabs':^23}   "
        f"{'in error':>8}{'error':>9}"
    )
    for kind, spacing_mm, radius_mm in product(SHAPES, SPACINGS_MM, RADII_MM):
        for ends_known in (False, True) if kind != "ball" else (False,):
            print(_line(kind, spacing_mm, radius_mm, placements, ends_known=ends_known))


def _line(
    kind: str, spacing_mm: float, radius_mm: float, placements: int, *, ends_known: bool
) -> str:
    rng = np.random.default_rng(7)
    ours: list[float] = []
    plain: list[float] = []
    stated: list[float] = []
    hits = 0
    for _ in range(placements):
        height_mm = radius_mm * rng.uniform(2, 3)
        shift = 0.5 if ends_known else float(rng.uniform(0.02, 0.98))
        if ends_known and kind == "cylinder":
            height_mm = spacing_mm * max(2, round(height_mm / spacing_mm))
        solid = _solid(kind, radius_mm, height_mm)
        heights = solid.low_mm + spacing_mm * (np.arange(400) + shift)
        heights = heights[heights < solid.high_mm - 1e-6]
        if heights.size < 2:
            continue
        polygons = tuple(_circle(solid.radius_at(z), z) for z in heights.tolist())
        estimate = volume_estimate(ContouredStructure("SOLID", polygons))
        areas = sum(math.pi * solid.radius_at(z) ** 2 for z in heights.tolist())
        ours.append(_percent(estimate.volume_cc * 1000, solid))
        plain.append(_percent(areas * spacing_mm, solid))
        stated.append(100 * estimate.error_cc * 1000 / solid.volume_mm3)
        hits += abs(estimate.volume_cc * 1000 - solid.volume_mm3) <= estimate.error_cc * 1000
    name = f"{kind}, ends known" if ends_known else kind
    return (
        f"{name:<22}{spacing_mm:>4.1f} mm{radius_mm:>5.0f}   {_range(ours)}   {_range(plain)}   "
        f"{100 * hits / len(ours):>6.0f} %{float(np.median(stated)):>8.2f}"
    )


def _solid(kind: str, radius_mm: float, height_mm: float) -> Solid:
    base = math.pi * radius_mm**2
    if kind == "ball":
        return Solid(
            lambda z: math.sqrt(max(radius_mm**2 - z * z, 0.0)),
            -radius_mm,
            radius_mm,
            4 / 3 * base * radius_mm,
        )
    if kind == "cylinder":
        return Solid(lambda _: radius_mm, 0.0, height_mm, base * height_mm)
    return Solid(lambda z: radius_mm * (1 - z / height_mm), 0.0, height_mm, base * height_mm / 3)


def _circle(radius_mm: float, z_mm: float) -> FloatArray:
    """A polygon with exactly the circle's area."""
    angle = 2 * np.pi * np.arange(CORNERS) / CORNERS
    rho = radius_mm * math.sqrt(2 * math.pi / CORNERS / math.sin(2 * math.pi / CORNERS))
    return np.column_stack([rho * np.cos(angle), rho * np.sin(angle), np.full(CORNERS, z_mm)])


def _percent(volume_mm3: float, solid: Solid) -> float:
    return 100 * (volume_mm3 / solid.volume_mm3 - 1)


def _range(values: list[float]) -> str:
    return f"{min(values):>7.2f}{float(np.median(values)):>8.2f}{max(values):>8.2f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PLACEMENTS)
