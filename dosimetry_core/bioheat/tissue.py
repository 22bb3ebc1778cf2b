"""Thermal properties of tissue, and what follows from them."""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tissue:
    """Homogeneous tissue that freezes over a range of temperatures.

    Between ``freezing_ends_c`` and ``freezing_begins_c`` the latent heat is given off evenly, and
    conductivity and heat capacity are the means of frozen and unfrozen tissue. The two may be the
    same temperature: then it freezes as pure water does.

    Attributes:
        name: for people.
        conductivity_frozen_w_per_mk, conductivity_unfrozen_w_per_mk: W/(m K).
        heat_capacity_frozen_j_per_kgk, heat_capacity_unfrozen_j_per_kgk: J/(kg K).
        density_kg_per_m3: of both phases: freezing moves no tissue.
        latent_heat_j_per_kg: given off between the two freezing temperatures.
        freezing_begins_c, freezing_ends_c: on cooling, degrees Celsius.
        perfusion_per_s: volume of blood for each volume of tissue and second; none from where
            freezing has begun, and again as before where it has thawed.
        blood_heat_capacity_j_per_m3k: density times specific heat, J/(m3 K).
        metabolic_w_per_m3: heat made by tissue in which freezing has not begun.
        body_temperature_c: of arterial blood, and of all tissue at first.

    Raises:
        ValueError: a value is not finite, is out of its physical range, or contradicts another.
    """

    name: str
    conductivity_frozen_w_per_mk: float
    conductivity_unfrozen_w_per_mk: float
    heat_capacity_frozen_j_per_kgk: float
    heat_capacity_unfrozen_j_per_kgk: float
    density_kg_per_m3: float
    latent_heat_j_per_kg: float
    freezing_begins_c: float
    freezing_ends_c: float
    perfusion_per_s: float = 0.0
    blood_heat_capacity_j_per_m3k: float = 0.0
    metabolic_w_per_m3: float = 0.0
    body_temperature_c: float = 37.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "name" and not math.isfinite(value):
                raise ValueError(f"tissue {self.name!r}: {field.name} must be finite, not {value}")
        for name in (
            "conductivity_frozen_w_per_mk",
            "conductivity_unfrozen_w_per_mk",
            "heat_capacity_frozen_j_per_kgk",
            "heat_capacity_unfrozen_j_per_kgk",
            "density_kg_per_m3",
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"tissue {self.name!r}: {name} must be above zero")
        for name in (
            "latent_heat_j_per_kg",
            "perfusion_per_s",
            "blood_heat_capacity_j_per_m3k",
            "metabolic_w_per_m3",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"tissue {self.name!r}: {name} must not be below zero")
        if not self.freezing_ends_c <= self.freezing_begins_c < self.body_temperature_c:
            raise ValueError(
                f"tissue {self.name!r}: freezing_ends_c <= freezing_begins_c < body_temperature_c "
                f"must hold, not {self.freezing_ends_c}, {self.freezing_begins_c}, "
                f"{self.body_temperature_c}"
            )


@dataclass(frozen=True, slots=True)
class EnthalpyCurve:
    """Enthalpy, temperature and conductivity integral of a tissue, each from another.

    Both enthalpy (J/m3) and the conductivity integral (W/m, ``theta(T)`` = integral of k dT, the
    Kirchhoff transformation) count from body temperature, where they are zero: far from the probes
    they are then small numbers, which 32 bits hold precisely. Heat flows down the gradient of
    theta, without any averaging of conductivities between neighbours. All are piecewise linear.

    Attributes:
        begins_j_per_m3, ends_j_per_m3: enthalpies where freezing begins and ends, both negative.
        frozen_m2_per_s, freezing_m2_per_s, unfrozen_m2_per_s: slopes of theta over enthalpy, that
            is the diffusivities.
        temperatures_c, enthalpies_j_per_m3, thetas_w_per_m: corners of the curves, cold to warm;
            the first and last lie far outside of what occurs.
    """

    begins_j_per_m3: float
    ends_j_per_m3: float
    frozen_m2_per_s: float
    freezing_m2_per_s: float
    unfrozen_m2_per_s: float
    temperatures_c: FloatArray
    enthalpies_j_per_m3: FloatArray
    thetas_w_per_m: FloatArray

    @classmethod
    def of(cls, tissue: Tissue) -> "EnthalpyCurve":
        """The curves of a tissue."""
        coldest_c, warmest_c = -1000.0, 1000.0
        temperatures = np.array(
            [coldest_c, tissue.freezing_ends_c, tissue.freezing_begins_c, warmest_c]
        )
        frozen, unfrozen = (
            tissue.density_kg_per_m3 * tissue.heat_capacity_frozen_j_per_kgk,
            tissue.density_kg_per_m3 * tissue.heat_capacity_unfrozen_j_per_kgk,
        )
        k_frozen, k_unfrozen = (
            tissue.conductivity_frozen_w_per_mk,
            tissue.conductivity_unfrozen_w_per_mk,
        )
        span = np.diff(temperatures)
        latent = tissue.density_kg_per_m3 * tissue.latent_heat_j_per_kg
        gained = np.array([frozen, 0.5 * (frozen + unfrozen), unfrozen]) * span
        gained[1] += latent
        carried = np.array([k_frozen, 0.5 * (k_frozen + k_unfrozen), k_unfrozen]) * span
        to_body = tissue.body_temperature_c - tissue.freezing_begins_c
        enthalpies = np.concatenate(([0.0], np.cumsum(gained)))
        thetas = np.concatenate(([0.0], np.cumsum(carried)))
        enthalpies -= enthalpies[2] + unfrozen * to_body
        thetas -= thetas[2] + k_unfrozen * to_body
        return cls(
            begins_j_per_m3=float(enthalpies[2]),
            ends_j_per_m3=float(enthalpies[1]),
            frozen_m2_per_s=k_frozen / frozen,
            freezing_m2_per_s=float(carried[1] / gained[1]) if gained[1] > 0 else 0.0,
            unfrozen_m2_per_s=k_unfrozen / unfrozen,
            temperatures_c=temperatures,
            enthalpies_j_per_m3=enthalpies,
            thetas_w_per_m=thetas,
        )

    @property
    def largest_m2_per_s(self) -> float:
        """The largest diffusivity, which bounds the time step."""
        return max(self.frozen_m2_per_s, self.freezing_m2_per_s, self.unfrozen_m2_per_s)

    def temperature_c(self, enthalpy_j_per_m3: NDArray[np.floating]) -> FloatArray:
        """Temperature of each enthalpy."""
        return np.interp(enthalpy_j_per_m3, self.enthalpies_j_per_m3, self.temperatures_c)

    def enthalpy_j_per_m3(self, temperature_c: float) -> float:
        """Enthalpy at a temperature; unfrozen at the very temperature of a sharp change."""
        if temperature_c >= self.temperatures_c[2]:
            fraction = (temperature_c - self.temperatures_c[2]) / np.diff(self.temperatures_c)[2]
            step = np.diff(self.enthalpies_j_per_m3)[2]
            return float(self.enthalpies_j_per_m3[2] + fraction * step)
        return float(np.interp(temperature_c, self.temperatures_c, self.enthalpies_j_per_m3))

    def theta_w_per_m(self, temperature_c: float) -> float:
        """Conductivity integral from body temperature."""
        return float(np.interp(temperature_c, self.temperatures_c, self.thetas_w_per_m))

    def theta_of_w_per_m(self, enthalpy_j_per_m3: NDArray[np.floating]) -> NDArray[np.float32]:
        """Conductivity integral of each enthalpy."""
        theta = np.interp(enthalpy_j_per_m3, self.enthalpies_j_per_m3, self.thetas_w_per_m)
        return theta.astype(np.float32)

    def frozen_fraction(self, enthalpy_j_per_m3: NDArray[np.floating]) -> FloatArray:
        """Share of the latent heat that has been given off, 0 to 1."""
        if self.begins_j_per_m3 == self.ends_j_per_m3:
            return (np.asarray(enthalpy_j_per_m3) < self.ends_j_per_m3).astype(np.float64)
        melted = (np.asarray(enthalpy_j_per_m3, dtype=np.float64) - self.ends_j_per_m3) / (
            self.begins_j_per_m3 - self.ends_j_per_m3
        )
        return 1.0 - np.clip(melted, 0.0, 1.0)
