"""The freeze of a request as the bioheat model takes it."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat import Cryoprobe, FreezeCase, Grid, HeldRegion
from dosimetry_core.structures import StructureError, mask_on
from dosimetry_core.values import ContouredStructure
from procedure_node.lethal_zone.request import FreezeRequest, PlacedProbe
from procedure_node.thermal_library import ThermalLibrary

AROUND_MM = 35.0
"""Tissue computed around the probes' active lengths: 15 mm of ice and the 20 mm beyond it that the
faces, which stay at body temperature, must be away."""

MOST_VOXELS = 1_200_000
"""A grid of more takes coarser voxels: over 3 s of CPU for ten minutes."""


def cryoprobes_of(probes: tuple[PlacedProbe, ...], library: ThermalLibrary) -> list[Cryoprobe]:
    """The probes with their boundaries as calibrated."""
    return [
        library.cryoprobes[probe.cryoprobe].placed(probe.name, probe.tip_mm, probe.direction)
        for probe in probes
    ]


def freeze_case(
    request: FreezeRequest,
    library: ThermalLibrary,
    contours: Mapping[str, ContouredStructure],
    grid_mm: float,
) -> tuple[FreezeCase, tuple[str, ...]]:
    """Tissue, probes, vessels and a grid that holds them.

    Returns:
        The case, and what is doubtful of it in words.
    """
    probes = cryoprobes_of(request.probes, library)
    grid = _grid(probes, grid_mm)
    held: list[HeldRegion] = []
    doubts: list[str] = []
    for name in request.vessels:
        try:
            mask = mask_on(contours[name], grid.affine, grid.shape_kji, clip=True)
        except KeyError:
            doubts.append(f"vessel {name} is not drawn: it is left out")
        except StructureError:
            continue  # it lies elsewhere
        else:
            held.append(HeldRegion(mask, request.vessel_temperature_c))
    stated = library.tissues[request.tissue]
    return FreezeCase(stated.tissue, stated.spread, tuple(probes), grid, tuple(held)), tuple(doubts)


def _grid(probes: list[Cryoprobe], grid_mm: float) -> Grid:
    ends: list[NDArray[np.float64]] = []
    for probe in probes:
        half = 0.5 * probe.active_length_mm * probe.unit_towards_tip
        ends += [probe.middle_mm - half, probe.middle_mm + half]
    low: NDArray[np.float64] = np.min(ends, axis=0) - AROUND_MM
    extent: NDArray[np.float64] = np.max(ends, axis=0) + AROUND_MM - low
    pitch = max(grid_mm, float((np.prod(extent) / MOST_VOXELS) ** (1.0 / 3.0)))
    columns, rows, slices = (math.ceil(mm / pitch) + 1 for mm in extent.tolist())
    origin = (float(low[0]), float(low[1]), float(low[2]))
    return Grid(origin, (pitch, pitch, pitch), (slices, rows, columns))
