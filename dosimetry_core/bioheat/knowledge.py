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
"""What varies, in the order of all vectors here, each in units of its own standard deviation.

A vector may be longer: then what follows is what each probe's wall has of its own.
Together with the common ``wall_temperature`` it is as sure as its boundary says.
"""

INDIVIDUAL = 0.5
"""How much probes of a kind differ from each other, as part of the standard deviation of their
boundary, where they may: a choice."""

MODEL_SD_MM = 1.0
"""How far the modelled isotherms may lie from the real ones together, beside what follows from
properties and boundaries: vessels that are not drawn, anisotropy, the grid. A choice; published
simulations with several probes were 2.3 mm off on average, everything included (Int J Hyperthermia
37 (2020) 1268)."""

MODEL_SD_C = 3.0
"""The same for temperatures, where they hardly change from place to place, as midway between
probes. A choice; published simulations of single probes were up to 5 K off on average (same)."""

_WALL = QUANTITIES.index("wall_temperature")
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
        mean: shape (quantities,) or longer; 0 for what the tissue and the probes say of themselves.
        factor: square, of that size; its product with its transpose is the covariance.
    """

    mean: FloatArray
    factor: FloatArray

    @classmethod
    def at_first(cls, probes: int = 0) -> "Knowledge":
        """Before anything was observed.

        Args:
            probes: how many of them may differ from each other; 0 if all share one shift.
        """
        count = len(QUANTITIES) + probes
        return cls(np.zeros(count), np.eye(count))

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
        at: by how many standard deviations, shape (quantities,), or with one more for each probe.

    Raises:
        ValueError: ``at`` has another length.
    """
    shifts = wall_shifts(at, len(probes))
    frozen, unfrozen, latent, perfusion, ends = (float(value) for value in at[:_WALL])
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
        replace(probe, boundary=moved_boundary(probe.boundary, float(shift)))
        if isinstance(probe.boundary, EffectiveBoundary)
        else probe
        for probe, shift in zip(probes, shifts, strict=True)
    )


def wall_shifts(at: FloatArray, probes: int) -> FloatArray:
    """By how many of its boundary's standard deviations the wall of each probe is warmer.

    Raises:
        ValueError: ``at`` has neither the length of the quantities nor that and the probes.
    """
    if at.size not in {len(QUANTITIES), len(QUANTITIES) + probes}:
        raise ValueError(
            f"{len(QUANTITIES)} quantities, or {len(QUANTITIES) + probes} with {probes} probes "
            f"that differ, were expected, not {at.size}"
        )
    return _weights(at.size, probes) @ at


def wall_sd(knowledge: Knowledge, probes: int) -> FloatArray:
    """Standard deviation of ``wall_shifts``, shape (probes,), in the same units."""
    return np.sqrt(((_weights(knowledge.mean.size, probes) @ knowledge.factor) ** 2).sum(axis=1))


def _weights(size: int, probes: int) -> FloatArray:
    """What the shift of each wall takes from the quantities, shape (probes, size)."""
    weights = np.zeros((probes, size))
    weights[:, _WALL] = 1.0
    if size > len(QUANTITIES):
        weights[:, _WALL] = math.sqrt(1.0 - INDIVIDUAL**2)
        weights[:, len(QUANTITIES) :] = INDIVIDUAL * np.eye(probes)
    return weights


def moved_boundary(boundary: EffectiveBoundary, by: float) -> EffectiveBoundary:
    """A boundary whose wall is warmer by so many of its standard deviations, within reason."""
    freeze_c = boundary.freeze_c + by * boundary.freeze_sd_c
    return replace(boundary, freeze_c=min(_WARMEST_WALL_C, max(_COLDEST_WALL_C, freeze_c)))
