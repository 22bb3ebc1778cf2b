"""Solids in dose distributions whose dose-volume histogram has a closed form.

After Nelms et al., Med Phys 42 (2015) 4435 (doi 10.1118/1.4923175): a sphere, a cylinder and a cone
along z, in a dose that changes linearly along z, as a Gaussian, and as one over the squared
distance from a point, which is what a seed does far from its ends.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
Area = Callable[[float], float]

CORNERS = 360
PRESCRIPTION_GY = 100.0
NEAREST_MM = 0.5
"""A point source's dose does not rise nearer than this."""
DOSES = ("gradient", "Gaussian", "one seed")
SHAPES = ("sphere", "cylinder", "cone")


@dataclass(frozen=True, slots=True)
class Solid:
    """A solid of revolution about z from ``low_mm`` to ``high_mm``.

    Attributes:
        shape: one of ``SHAPES``.
        radius_mm: of the sphere, the cylinder or the cone's base, at its low end.
        height_mm: of the cylinder and the cone; as large as a sphere's diameter.
    """

    shape: str
    radius_mm: float
    height_mm: float

    @property
    def low_mm(self) -> float:
        """Where it begins: the middle of a sphere and of a cylinder is at 0, a cone's apex too."""
        return -self.height_mm if self.shape == "cone" else -self.height_mm / 2.0

    @property
    def high_mm(self) -> float:
        """Where it ends."""
        return self.low_mm + self.height_mm

    @property
    def volume_mm3(self) -> float:
        """Its volume."""
        part = {"sphere": 2.0 / 3.0, "cylinder": 1.0, "cone": 1.0 / 3.0}[self.shape]
        return math.pi * self.radius_mm**2 * self.height_mm * part

    def radius_at(self, z_mm: float) -> float:
        """Radius of its section, mm."""
        if self.shape == "sphere":
            return math.sqrt(max(self.radius_mm**2 - z_mm**2, 0.0))
        if self.shape == "cylinder":
            return self.radius_mm
        return -z_mm / self.height_mm * self.radius_mm

    def volume_between_mm3(self, low_mm: float, high_mm: float) -> float:
        """Volume between two heights."""
        low, high = (min(max(z, self.low_mm), self.high_mm) for z in (low_mm, high_mm))
        return max(self._volume_below(high) - self._volume_below(low), 0.0)

    def _volume_below(self, z: float) -> float:
        """An antiderivative of the section's area."""
        if self.shape == "sphere":
            return math.pi * (self.radius_mm**2 * z - z**3 / 3.0)
        if self.shape == "cylinder":
            return math.pi * self.radius_mm**2 * z
        return math.pi * (self.radius_mm / self.height_mm) ** 2 * z**3 / 3.0

    def volume_in_ball_mm3(self, radius_mm: float) -> float:
        """Volume within a distance from the origin."""
        r = radius_mm
        if self.shape == "sphere":
            return 4.0 / 3.0 * math.pi * min(r, self.radius_mm) ** 3
        if self.shape == "cylinder":
            meets = math.sqrt(max(r**2 - self.radius_mm**2, 0.0))
            end = min(r, self.high_mm)
            inner = min(meets, end)
            cap = r**2 * (end - inner) - (end**3 - inner**3) / 3.0
            return 2.0 * math.pi * (self.radius_mm**2 * inner + cap)
        slope = self.radius_mm / self.height_mm
        end = min(r, self.height_mm)
        meets = min(r / math.sqrt(1.0 + slope**2), end)
        cap = r**2 * (end - meets) - (end**3 - meets**3) / 3.0
        return math.pi * (slope**2 * meets**3 / 3.0 + cap)

    def contoured(self, spacing_mm: float) -> ContouredStructure:
        """Its contours, the outermost half a spacing from its ends: circles as polygons."""
        angle = 2.0 * np.pi * np.arange(CORNERS) / CORNERS
        # a polygon of the circle's area
        outward = math.sqrt(2.0 * np.pi / CORNERS / math.sin(2.0 * np.pi / CORNERS))
        circle = outward * np.column_stack([np.cos(angle), np.sin(angle)])
        planes = self.low_mm + spacing_mm * (np.arange(round(self.height_mm / spacing_mm)) + 0.5)
        return ContouredStructure(
            self.shape,
            tuple(
                np.column_stack([self.radius_at(z_mm) * circle, np.full(CORNERS, z_mm)])
                for z_mm in planes.tolist()
            ),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A solid in a dose.

    Attributes:
        solid: the solid.
        dose: one of ``DOSES``.
    """

    solid: Solid
    dose: str

    @property
    def _gradient(self) -> float:
        """Gy per mm: from 50 to 150 Gy along the solid."""
        return 100.0 / self.solid.height_mm

    @property
    def _sigma_mm(self) -> float:
        return self.solid.radius_mm * (2.0 if self.solid.shape == "cone" else 1.0)

    def dose_gy(self, points_mm: FloatArray) -> FloatArray:
        """The dose at points (p, 3)."""
        z_mm = points_mm[:, 2]
        if self.dose == "gradient":
            return np.maximum(50.0 + self._gradient * (z_mm - self.solid.low_mm), 0.0)
        if self.dose == "one seed":
            r2 = np.maximum(np.sum(points_mm**2, axis=1), NEAREST_MM**2)
            return PRESCRIPTION_GY * self.solid.radius_mm**2 / r2
        off2 = {
            "sphere": np.sum(points_mm**2, axis=1),
            "cylinder": np.sum(points_mm[:, :2] ** 2, axis=1),
            "cone": z_mm**2,
        }[self.solid.shape]
        return 150.0 * np.exp(-off2 / (2.0 * self._sigma_mm**2))

    def volume_mm3(self, dose_gy: float) -> float:
        """Volume that receives at least a dose, in closed form."""
        solid = self.solid
        if self.dose == "gradient":
            z_mm = solid.low_mm + (dose_gy - 50.0) / self._gradient
            return solid.volume_between_mm3(z_mm, solid.high_mm)
        if self.dose == "one seed":
            reach = solid.radius_mm * math.sqrt(PRESCRIPTION_GY / dose_gy)
            return solid.volume_in_ball_mm3(reach) if reach >= NEAREST_MM else 0.0
        if dose_gy >= 150.0:
            return 0.0
        reach = self._sigma_mm * math.sqrt(2.0 * math.log(150.0 / dose_gy))
        if solid.shape == "sphere":
            return solid.volume_in_ball_mm3(reach)
        if solid.shape == "cylinder":
            return math.pi * min(reach, solid.radius_mm) ** 2 * solid.height_mm
        return solid.volume_between_mm3(-reach, reach)

    def dose_to_hottest_gy(self, volume_mm3: float) -> float:
        """Dose that at least a volume receives."""
        return float(brentq(lambda dose: self.volume_mm3(dose) - volume_mm3, 1e-3, 1e7, xtol=1e-9))
