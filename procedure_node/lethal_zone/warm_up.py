"""Compiles (or loads from its cache) all that the first freeze would otherwise wait for."""

import numpy as np

from dosimetry_core.bioheat import (
    Cryoprobe,
    EffectiveBoundary,
    FreezeCase,
    Grid,
    HeldRegion,
    Knowledge,
    ProbeSpell,
    isotherm_volume_cc,
)
from dosimetry_core.structures import distance_field_mm, mask_on
from dosimetry_core.values import ContouredStructure, CyclePhase
from procedure_node.lethal_zone.courses import Courses
from procedure_node.lethal_zone.simulation import Simulation
from procedure_node.thermal_library import ThermalLibrary


def warm_up(library: ThermalLibrary) -> None:
    """Freeze two seconds on a tiny grid with a vessel, and look at it."""
    grid = Grid.cube((0.0, 0.0, 0.0), 12.0, 2.0)
    boundary = EffectiveBoundary(1.0, -100.0, 10.0, 15.0, 1.0)
    probe = Cryoprobe("1", (0.0, 0.0, 2.0), (0.0, 0.0, 1.0), 4.0, 0.0, boundary)
    held = np.zeros(grid.shape_kji, np.bool_)
    held[1, 1, 1] = True
    course = (ProbeSpell(0.0, CyclePhase.FREEZE),)
    courses = Courses((course,), (course,), (course,), ())
    for stated in library.tissues.values():
        case = FreezeCase(stated.tissue, stated.spread, (probe,), grid, (HeldRegion(held, 37.0),))
        simulation = Simulation(case, Knowledge.at_first(1), 4.0)
        simulation.advance(2.0, courses, lambda: True)
        band = simulation.band("minimum")
        if band is not None:
            isotherm_volume_cc(band.best_c, 0.0)
        break
    square = np.array([[-2.0, -2.0], [2.0, -2.0], [2.0, 2.0], [-2.0, 2.0]])
    box = ContouredStructure(
        "phantom", tuple(np.column_stack([square, np.full(4, z)]) for z in (-2.0, 0.0, 2.0))
    )
    mask_on(box, grid.affine, grid.shape_kji)
    distance_field_mm(
        box, origin_mm=grid.origin_mm, spacing_mm=grid.spacing_mm, shape_kji=grid.shape_kji
    )
