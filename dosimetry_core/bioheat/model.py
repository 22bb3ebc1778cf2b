"""The model of a freeze, and what it knows at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.coupling import Coupling, coupling
from dosimetry_core.bioheat.grid import Grid
from dosimetry_core.bioheat.probe import Cryoprobe
from dosimetry_core.bioheat.tissue import EnthalpyCurve, Tissue
from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HeldRegion:
    """Voxels whose temperature does not change: a large vessel, a warmed urethra, a cold wall.

    Attributes:
        mask: shape of the grid.
        temperature_c: of all of them; arterial blood or the instrument that keeps it.
    """

    mask: NDArray[np.bool_]
    temperature_c: float


@dataclass(frozen=True, slots=True)
class Heat:
    """Where the heat of the tissue went and came from since the beginning, J.

    Attributes:
        stored: gain of the tissue's enthalpy (below zero when it is cooled).
        drawn: taken by each probe.
        blood_and_metabolism: given by perfusion and metabolism.
        held: given by held regions, and taken to bring them to their temperature at first.
        faces: come in through the grid's faces.
    """

    stored: float
    drawn: tuple[float, ...]
    blood_and_metabolism: float
    held: float
    faces: float

    @property
    def gap(self) -> float:
        """What does not add up, J: 0 but for rounding."""
        return self.stored + sum(self.drawn) - self.blood_and_metabolism - self.held - self.faces


@dataclass(frozen=True, slots=True, eq=False)
class BioheatModel:
    """Tissue with probes in it.

    Attributes:
        tissue: all of it is the same.
        grid: where it is computed.
        probes: all that may be used.
        held: regions of constant temperature; where they overlap the last counts.
        curve: what follows from the tissue.
        couplings: what follows from the probes and the grid, one for each probe.
        held_index, held_enthalpy_j_per_m3, held_theta_w_per_m: what follows from the regions.
    """

    tissue: Tissue
    grid: Grid
    probes: tuple[Cryoprobe, ...]
    held: tuple[HeldRegion, ...]
    curve: EnthalpyCurve
    couplings: tuple[Coupling, ...]
    held_index: NDArray[np.int64]
    held_enthalpy_j_per_m3: NDArray[np.float32]
    held_theta_w_per_m: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        tissue: Tissue,
        grid: Grid,
        probes: Sequence[Cryoprobe] = (),
        held: Sequence[HeldRegion] = (),
    ) -> "BioheatModel":
        """Put a model together.

        Raises:
            ValueError: a probe's active length reaches out of the grid or a mask does not fit it.
        """
        curve = EnthalpyCurve.of(tissue)
        temperature_c = np.full(grid.shape_kji, np.nan)
        for region in held:
            if region.mask.shape != grid.shape_kji:
                raise ValueError(
                    f"a held region has shape {region.mask.shape}, the grid {grid.shape_kji}"
                )
            temperature_c[region.mask] = region.temperature_c
        index = np.flatnonzero(np.isfinite(temperature_c))
        values, where = np.unique(temperature_c.reshape(-1)[index], return_inverse=True)
        enthalpies = np.array([curve.enthalpy_j_per_m3(float(t)) for t in values], np.float32)
        thetas = np.array([curve.theta_w_per_m(float(t)) for t in values], np.float32)
        return cls(
            tissue,
            grid,
            tuple(probes),
            tuple(held),
            curve,
            tuple(coupling(probe, grid) for probe in probes),
            index.astype(np.int64),
            enthalpies[where] if index.size else np.empty(0, np.float32),
            thetas[where] if index.size else np.empty(0, np.float32),
        )

    @property
    def longest_step_s(self) -> float:
        """The longest time step for which no voxel is overtaken by its neighbours.

        Below it the new value of each voxel rises with the old value of that voxel and of all its
        neighbours, so that no temperature arises beyond those that were there (discrete maximum
        principle), whatever melts or freezes.
        """
        around = sum(
            2.0 / (pitch * 1e-3) ** 2
            for pitch, count in zip(self.grid.spacing_mm, self.grid.shape_kji, strict=True)
            if count > 1
        )
        return 1.0 / (self.curve.largest_m2_per_s * around + self._blood_rate_per_s)

    @property
    def _blood_rate_per_s(self) -> float:
        tissue = self.tissue
        return (
            tissue.perfusion_per_s
            * tissue.blood_heat_capacity_j_per_m3k
            / (tissue.density_kg_per_m3 * tissue.heat_capacity_unfrozen_j_per_kgk)
        )


@dataclass(frozen=True, slots=True, eq=False)
class BioheatState:
    """What is known at a moment. Not changed by going on from it.

    Attributes:
        model: what it belongs to.
        elapsed_s: on the clock of the simulation.
        enthalpy_j_per_m3: from body temperature, shape of the grid, float32.
        lowest_enthalpy_j_per_m3: least so far.
        drawn_j, given_j: running sums for ``heat``: of each probe; of blood and metabolism, held
            regions and faces.
    """

    model: BioheatModel
    elapsed_s: float
    enthalpy_j_per_m3: NDArray[np.float32]
    lowest_enthalpy_j_per_m3: NDArray[np.float32]
    drawn_j: FloatArray
    given_j: FloatArray

    @classmethod
    def initial(cls, model: BioheatModel, at_s: float = 0.0) -> "BioheatState":
        """All at body temperature but for the held regions."""
        enthalpy = np.zeros(model.grid.shape_kji, np.float32)
        enthalpy.reshape(-1)[model.held_index] = model.held_enthalpy_j_per_m3
        given = np.zeros(3)
        given[1] = float(enthalpy.sum(dtype=np.float64)) * model.grid.voxel_volume_m3
        return cls(model, at_s, enthalpy, enthalpy.copy(), np.zeros(len(model.probes)), given)

    def temperature_c(self) -> Volume:
        """Temperature of each voxel, float32."""
        return self._in_celsius(self.enthalpy_j_per_m3)

    def minimum_temperature_c(self) -> Volume:
        """Lowest temperature that each voxel has had so far, float32."""
        return self._in_celsius(self.lowest_enthalpy_j_per_m3)

    def frozen_volume_cc(self) -> float:
        """Volume of frozen tissue, voxels counted by the share of latent heat given off."""
        fraction = self.model.curve.frozen_fraction(self.enthalpy_j_per_m3)
        return float(fraction.sum()) * self.model.grid.voxel_volume_m3 * 1e6

    def heat(self) -> Heat:
        """The energy balance."""
        stored = float(self.enthalpy_j_per_m3.sum(dtype=np.float64))
        return Heat(
            stored * self.model.grid.voxel_volume_m3,
            tuple(float(value) for value in self.drawn_j),
            *(float(value) for value in self.given_j),
        )

    def _in_celsius(self, enthalpy: NDArray[np.float32]) -> Volume:
        values = self.model.curve.temperature_c(enthalpy).astype(np.float32)
        return self.model.grid.volume(values)
