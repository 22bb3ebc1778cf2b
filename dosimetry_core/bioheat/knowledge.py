"""What is not known well about tissue and probes, and how sure it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.probe import Cryoprobe, EffectiveBoundary
from dosimetry_core.bioheat.tissue import Tissue

FloatArray = NDArray[np.float64]

QUANTITIES = (
    "conductivity_frozen",
    "conductivity_unfrozen",
    "latent_heat",
    "perfusion",
    "freezing_ends",
    "wall_temperature",
)
"""What varies, in the order of all vectors here, each in units of its own standard deviation."""

MODEL_SD_MM = 1.0
"""How far the modelled isotherms may lie from the real ones together, beside what follows from
properties and boundaries: vessels that are not drawn, anisotropy, the grid. A choice; published
simulations with several probes were 2.3 mm off on average, everything included (Int J Hyperthermia
37 (2020) 1268)."""

MODEL_SD_C = 3.0
"""The same for temperatures, where they hardly change from place to place, as midway between
probes. A choice; published simulations of single probes were up to 5 K off on average (same)."""

_COLDEST_WALL_C, _WARMEST_WALL_C = -196.0, -5.0


@dataclass(frozen=True, slots=True)
class TissueSpread:
    """One standard deviation of the tissue's properties.

    Attributes:
        conductivity_frozen, conductivity_unfrozen, latent_heat, perfusion: of the natural
            logarithm, that is about the relative one.
        freezing_ends_c: of the temperature at which freezing ends, K.

    Raises:
        ValueError: a value is not finite or below zero.
    """

    conductivity_frozen: float
    conductivity_unfrozen: float
    latent_heat: float
    perfusion: float
    freezing_ends_c: float

    def __post_init__(self) -> None:
        for value in (
            self.conductivity_frozen,
            self.conductivity_unfrozen,
            self.latent_heat,
            self.perfusion,
            self.freezing_ends_c,
        ):
            if not 0 <= value < math.inf:
                raise ValueError(f"a standard deviation must be finite, 0 or more, not {value}")


def sd_of_range(low: float, high: float) -> float:
    """Standard deviation of a quantity of which only its range is known (GUM 4.3.7)."""
    return (high - low) / math.sqrt(12.0)


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Where the quantities lie: a normal distribution, in units of their first deviations.

    Attributes:
        mean: shape (quantities,); 0 for what the tissue and the probes say of themselves.
        factor: shape (quantities, quantities); its product with its transpose is the covariance.
    """

    mean: FloatArray
    factor: FloatArray

    @classmethod
    def at_first(cls) -> "Knowledge":
        """Before anything was observed."""
        return cls(np.zeros(len(QUANTITIES)), np.eye(len(QUANTITIES)))

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of each quantity, 1 at first."""
        return np.sqrt((self.factor**2).sum(axis=1))


def varied(
    tissue: Tissue, spread: TissueSpread, probes: Sequence[Cryoprobe], at: FloatArray
) -> tuple[Tissue, tuple[Cryoprobe, ...]]:
    """Tissue and probes with their quantities moved.

    Args:
        tissue: as it is stated.
        spread: how sure that is.
        probes: with their boundaries as calibrated; heat sinks stay as they are.
        at: by how many standard deviations, shape (quantities,).
    """
    frozen, unfrozen, latent, perfusion, ends, wall = (float(value) for value in at)
    moved = replace(
        tissue,
        conductivity_frozen_w_per_mk=tissue.conductivity_frozen_w_per_mk
        * math.exp(frozen * spread.conductivity_frozen),
        conductivity_unfrozen_w_per_mk=tissue.conductivity_unfrozen_w_per_mk
        * math.exp(unfrozen * spread.conductivity_unfrozen),
        latent_heat_j_per_kg=tissue.latent_heat_j_per_kg * math.exp(latent * spread.latent_heat),
        perfusion_per_s=tissue.perfusion_per_s * math.exp(perfusion * spread.perfusion),
        freezing_ends_c=min(
            tissue.freezing_begins_c, tissue.freezing_ends_c + ends * spread.freezing_ends_c
        ),
    )
    return moved, tuple(
        replace(probe, boundary=moved_boundary(probe.boundary, wall))
        if isinstance(probe.boundary, EffectiveBoundary)
        else probe
        for probe in probes
    )


def moved_boundary(boundary: EffectiveBoundary, by: float) -> EffectiveBoundary:
    """A boundary whose wall is warmer by so many of its standard deviations, within reason."""
    freeze_c = boundary.freeze_c + by * boundary.freeze_sd_c
    return replace(boundary, freeze_c=min(_WARMEST_WALL_C, max(_COLDEST_WALL_C, freeze_c)))
