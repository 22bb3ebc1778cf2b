"""Compiles (or loads from its cache) all that the first scan would otherwise wait for."""

from collections.abc import Mapping

import numpy as np

from dosimetry_core.dvh import structure_dose
from dosimetry_core.registration import load_kernels
from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.structures import distance_field_mm, signed_distance_mm
from dosimetry_core.subvolumes import cold_subvolumes
from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.uncertainty import DoseErrors, dose_bands
from dosimetry_core.values import ContouredStructure, Volume
from procedure_node.imaging.dose import display_grid

_HU_TISSUE = 50
_HU_METAL = 3000
_PRESCRIPTION_GY = 100.0


def warm_up(models: Mapping[str, SeedModel]) -> None:
    """Run every kernel once on a small phantom with one seed."""
    load_kernels()
    values = np.full((12, 40, 40), _HU_TISSUE, dtype=np.int16)
    values[5:7, 20, 18:22] = _HU_METAL
    find_seeds(Volume(values, np.diag([0.8, 0.8, 2.5, 1.0])))
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    planes = ((0.0, 6.0), (2.5, 5.0), (5.0, 4.0), (7.5, 2.0))
    pyramid = ContouredStructure(
        "phantom",
        tuple(np.column_stack([5.0 + half_mm * square, np.full(4, z)]) for z, half_mm in planes),
    )
    signed_distance_mm(pyramid, np.zeros((1, 3)))
    distance_field_mm(pyramid, origin_mm=(-5, -5, -5), spacing_mm=(5, 5, 5), shape_kji=(4, 4, 4))
    for model in models.values():
        implant = (
            ImplantedSources(
                model=model,
                centers_mm=np.array([[5.0, 5.0, 4.0]]),
                axes=np.array([[0.0, 0.0, 1.0]]),
                strengths_u=np.array([1.0]),
            ),
        )
        dose = structure_dose(pyramid, implant, prescription_gy=_PRESCRIPTION_GY)
        dose_bands([pyramid], implant, [dose], DoseErrors(registration_sd_mm=1.0))
        cold_subvolumes(pyramid, implant, below_gy=_PRESCRIPTION_GY)
        display_grid(implant)
        break
