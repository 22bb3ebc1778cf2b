"""Probes in the grid, and a freezing cylinder against one computed in its own coordinate."""

import math

import numpy as np
import pytest
from scipy.special import iv

from dosimetry_core.bioheat import (
    BioheatModel,
    BioheatState,
    Cryoprobe,
    EffectiveBoundary,
    Grid,
    ProbeSpell,
    Tissue,
    advance,
    values_at,
)
from dosimetry_core.bioheat.coupling import coupling
from dosimetry_core.values import CyclePhase

TISSUE = Tissue("t", 2.0, 0.5, 1800.0, 3600.0, 1000.0, 250_000.0, -1.0, -8.0, 0.002, 3.6e6)


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 0, 0), (1, 1, 0), (0.3, -0.7, 0.5)])
def test_the_shares_add_up_to_the_cylinder_and_lie_on_it(direction: tuple[float, ...]) -> None:
    probe = Cryoprobe(
        "1", (3.0, 2.0, 1.0), direction, 20.0, 2.0, EffectiveBoundary(1.2, -100.0, 10.0, 15.0)
    )
    grid = Grid.cube((0.0, 0.0, 0.0), 60.0, 1.0)
    found = coupling(probe, grid)
    assert found.share.sum() * grid.voxel_volume_m3 == pytest.approx(found.volume_m3)
    assert found.volume_m3 == pytest.approx(math.pi * 1.8**2 * 20.0 * 1e-9)
    kji = np.column_stack(np.unravel_index(found.index, grid.shape_kji))
    places = grid.volume(np.zeros(grid.shape_kji)).to_patient_mm(kji.astype(np.float64))
    middle = (places * found.share[:, None]).sum(axis=0) / found.share.sum()
    assert middle == pytest.approx(probe.middle_mm, abs=0.05)
    x = 1.8e-3 * math.sqrt(found.conductance_per_m2)
    assert x * iv(1, x) / iv(0, x) == pytest.approx(1.0 / math.log(1.5))


def radial_c(wall_c: float, radius_mm: float, until_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Radii (mm) and temperatures around a cylinder: rings of 0.2 mm, plain conductivities."""
    pitch_m = 2e-4
    edges = radius_mm * 1e-3 + pitch_m * np.arange(251)
    centers = 0.5 * (edges[1:] + edges[:-1])
    temperature = np.full(250, 37.0)
    corners_h = np.array([-92 * 1.8e6, 0.0, 7 * 2.7e6 + 2.5e8, 7 * 2.7e6 + 2.5e8 + 38 * 3.6e6])
    corners_t = np.array([-100.0, -8.0, -1.0, 37.0])
    enthalpy = np.interp(temperature, corners_t, corners_h)
    step_s = 0.4 * pitch_m**2 / (2.0 / 1.8e6)
    for _ in range(math.ceil(until_s / step_s)):
        k = np.where(temperature > -1, 0.5, np.where(temperature < -8, 2.0, 1.25))
        flux = np.empty(251)
        harmonic = 2 * k[1:] * k[:-1] / (k[1:] + k[:-1])
        flux[1:-1] = harmonic * np.diff(temperature) / pitch_m
        flux[0] = k[0] * (temperature[0] - wall_c) / (0.5 * pitch_m)
        flux[-1] = 0.0
        gain = np.diff(flux * edges) / (centers * pitch_m)
        gain += np.where(temperature > -1, 0.002 * 3.6e6 * (37.0 - temperature), 0.0)
        enthalpy += step_s * gain
        temperature = np.interp(enthalpy, corners_h, corners_t)
    return centers * 1e3, temperature


def test_a_freezing_cylinder_reaches_as_far_as_in_rings_around_it() -> None:
    """Radii of 0, -20 and -40 C within 0.2 mm at 1 mm voxels, and 0.4 mm at 2 mm."""
    r_mm, rings_c = radial_c(-90.0, 1.2, 300.0)
    for spacing_mm, within_mm in ((1.0, 0.2), (2.0, 0.4)):
        count = round(90.0 / spacing_mm)
        start = -0.5 * (count - 1) * spacing_mm
        grid = Grid((start, start, 0.0), (spacing_mm,) * 3, (1, count, count), "insulated")
        probe = Cryoprobe(
            "1", (0.2, 0.1, -50.0), (0, 0, -1), 100.0, 0.0, EffectiveBoundary(1.2, -90, 9, 15)
        )
        state = BioheatState.initial(BioheatModel.of(TISSUE, grid, (probe,)))
        state = advance(state, 300.0, ((ProbeSpell(0.0, CyclePhase.FREEZE),),))
        out_mm = np.arange(3.0, 30.0, 0.1)
        along = np.column_stack([0.2 + out_mm, np.full(out_mm.size, 0.1), np.zeros(out_mm.size)])
        values = values_at(state.temperature_c(), along)
        for level_c in (0.0, -20.0, -40.0):
            wanted_mm = np.interp(level_c, rings_c, r_mm)
            assert np.interp(level_c, values, out_mm) == pytest.approx(wanted_mm, abs=within_mm)
