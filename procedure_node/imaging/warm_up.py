"""Compiles (or loads from its cache) all that the first scan would otherwise wait for."""

from collections.abc import Mapping

import numpy as np

from dosimetry_core.dvh import structure_dose
from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.structures import distance_field_mm, signed_distance_mm
from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.values import ContouredStructure, Volume
from procedure_node.imaging.dose import display_grid

_HU_TISSUE = 50
_HU_METAL = 3000


def warm_up(models: Mapping[str, SeedModel]) -> None:
    """Run every kernel once on a small phantom with one seed."""
    values = np.full((12, 40, 40), _HU_TISSUE, dtype=np.int16)
    values[5:7, 20, 18:22] = _HU_METAL
    find_seeds(Volume(values, np.diag([0.8, 0.8, 2.5, 1.0])))
    square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    cube = ContouredStructure(
        "phantom",
        tuple(np.column_stack([square, np.full(4, z)]) for z in (0.0, 2.5, 5.0, 7.5)),
    )
    signed_distance_mm(cube, np.zeros((1, 3)))
    distance_field_mm(cube, origin_mm=(-5, -5, -5), spacing_mm=(5, 5, 5), shape_kji=(4, 4, 4))
    for model in models.values():
        implant = (
            ImplantedSources(
                model=model,
                centers_mm=np.array([[5.0, 5.0, 4.0]]),
                axes=np.array([[0.0, 0.0, 1.0]]),
                strengths_u=np.array([1.0]),
            ),
        )
        structure_dose(cube, implant, prescription_gy=100.0)
        display_grid(implant)
        break
