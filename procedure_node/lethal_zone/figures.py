"""Figures of a band of temperature: volumes, shares of structures, nearness to organs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat import Grid, isotherm_surface_mm, isotherm_volume_cc, values_at
from dosimetry_core.structures import (
    StructureError,
    bounds_mm,
    distance_field_mm,
    mask_on,
    volume_cc,
)
from dosimetry_core.values import ContouredStructure, Volume
from procedure_node.events import IsothermFigure, ModelledFigure, ModelledStructure
from procedure_node.lethal_zone.fields import Fields
from procedure_node.lethal_zone.request import NamedStructure

ICE_C = 0.0
LETHAL_C = (-20.0, -40.0)
"""Cells begin to die at the one and do so reliably at the other: Gage and Baust, Cryobiology 37(3),
1998, 171-186."""
COLD_C = 10.0
"""Organs at risk are kept above it: Sag and Husain 2022, PMC9246484."""

DISTANCE_MM = 2.0
"""Pitch of the distance from an organ, which is straight between voxels but at its edges."""

Surfaces = Mapping[float, Sequence[NDArray[np.float64]]]
"""Places on the isotherms of the temperature now, by level, for each of its fields."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedStructure:
    """A structure on the model's grid.

    Attributes:
        name: as drawn.
        is_target: or an organ at risk.
        inside: its voxels; None where none of them lies on the grid.
        share_of_voxel: of all of the structure, that part outside the grid included.
        distance_mm: from its surface, for an organ; None for a target.
    """

    name: str
    is_target: bool
    inside: NDArray[np.bool_] | None
    share_of_voxel: float
    distance_mm: Volume | None


def place_structures(
    wanted: Sequence[NamedStructure], contours: Mapping[str, ContouredStructure], grid: Grid
) -> tuple[tuple[PlacedStructure, ...], tuple[str, ...]]:
    """Structures on a grid, and what is doubtful of them in words."""
    placed: list[PlacedStructure] = []
    doubts: list[str] = []
    coarse = grid.refined(max(DISTANCE_MM, grid.spacing_mm[0]))
    for one in wanted:
        if one.name not in contours:
            doubts.append(f"{one.name} is not in the structure set's file")
            continue
        structure = contours[one.name]
        try:
            volume_mm3 = volume_cc(structure) * 1000.0
            distance = None
            if not one.is_target:
                distance = distance_field_mm(
                    structure,
                    origin_mm=coarse.origin_mm,
                    spacing_mm=coarse.spacing_mm,
                    shape_kji=coarse.shape_kji,
                )
        except StructureError as error:
            doubts.append(f"{one.name}: {error}")
            continue
        inside = _inside(structure, grid)
        voxels = 0.0 if inside is None else float(inside.sum())
        if not _holds(grid, structure):
            voxels = max(voxels, volume_mm3 / (grid.voxel_volume_m3 * 1e9))
        placed.append(
            PlacedStructure(one.name, one.is_target, inside, 1.0 / max(1.0, voxels), distance)
        )
    return tuple(placed), tuple(doubts)


def _holds(grid: Grid, structure: ContouredStructure) -> bool:
    """Whether all of a structure lies on a grid."""
    low, high = bounds_mm(structure)
    first = np.array(grid.origin_mm)
    last = first + np.array(grid.spacing_mm[::-1]) * (np.array(grid.shape_kji[::-1]) - 1)
    return bool((np.array(low) >= first).all() and (np.array(high) <= last).all())


def _inside(structure: ContouredStructure, grid: Grid) -> NDArray[np.bool_] | None:
    try:
        return mask_on(structure, grid.affine, grid.shape_kji, clip=True)
    except StructureError:
        return None  # it lies elsewhere


def volumes_within(fields: Fields, levels_c: Sequence[float]) -> tuple[IsothermFigure, ...]:
    """Volumes within isotherms, cm3."""
    return tuple(
        IsothermFigure(
            level_c=level,
            amount=_figure(fields, lambda field, level=level: isotherm_volume_cc(field, level)),
        )
        for level in levels_c
    )


def structure_figures(
    structures: Sequence[PlacedStructure], now: Fields, lowest: Fields
) -> tuple[ModelledStructure, ...]:
    """What the cold makes of each structure."""
    surfaces: Surfaces = {}
    if any(structure.distance_mm is not None for structure in structures):
        surfaces = {level: [_surface(field, level) for field in now] for level in (ICE_C, COLD_C)}
    return tuple(_of_structure(structure, now, lowest, surfaces) for structure in structures)


def _surface(field: Volume, level_c: float) -> NDArray[np.float64]:
    """Middles of the triangles of an isotherm, (n, 3), LPS mm."""
    return isotherm_surface_mm(field, level_c).mean(axis=1)


def _of_structure(
    structure: PlacedStructure, now: Fields, lowest: Fields, surfaces: Surfaces
) -> ModelledStructure:
    voxel_cc = lowest[0].voxel_volume_mm3 / 1000.0

    def count(field: Volume, level_c: float) -> int:
        if structure.inside is None:
            return 0
        return int(np.count_nonzero(field.values[structure.inside] < level_c))

    def percent(level_c: float) -> ModelledFigure:
        share = 100.0 * structure.share_of_voxel
        return _figure(lowest, lambda field: min(100.0, share * count(field, level_c)))

    return ModelledStructure(
        name=structure.name,
        role="TARGET" if structure.is_target else "ORGAN",
        lethal_percent=tuple(
            IsothermFigure(level_c=level, amount=percent(level)) for level in LETHAL_C
        ),
        ice_percent=percent(ICE_C),
        ice_cc=_figure(lowest, lambda field: voxel_cc * count(field, ICE_C)),
        ice_distance_mm=_nearness(structure, now, ICE_C, surfaces),
        cold_distance_mm=_nearness(structure, now, COLD_C, surfaces),
    )


def _figure(fields: Fields, of: Callable[[Volume], float]) -> ModelledFigure:
    """A figure of what is colder than a level: it is least in the warm field."""
    best, *around = (of(field) for field in fields)
    if not around:
        return ModelledFigure(best=best)
    return ModelledFigure(best=best, low=min(best, around[0]), high=max(best, around[1]))


def _nearness(
    structure: PlacedStructure, now: Fields, level_c: float, surfaces: Surfaces
) -> ModelledFigure | None:
    """How far an isotherm is from an organ: nearest where it is coldest."""
    if structure.distance_mm is None:
        return None
    best, *around = (
        _nearest_mm(structure, structure.distance_mm, field, level_c, surface)
        for field, surface in zip(now, surfaces[level_c], strict=True)
    )
    if best is None:
        return None
    if not around:
        return ModelledFigure(best=best)
    warm, cold = around
    low = best if cold is None else min(best, cold)
    return ModelledFigure(best=best, low=low, high=None if warm is None else max(best, warm))


def _nearest_mm(
    structure: PlacedStructure,
    distance_mm: Volume,
    field: Volume,
    level_c: float,
    surface: NDArray[np.float64],
) -> float | None:
    """From an organ's surface to an isotherm; 0 where the organ is as cold anywhere."""
    if structure.inside is not None and bool((field.values[structure.inside] < level_c).any()):
        return 0.0
    if not len(surface):
        return None
    last = np.array(distance_mm.values.shape, np.float64) - 1.0
    within = distance_mm.to_patient_mm(np.clip(distance_mm.to_index(surface), 0.0, last))
    return max(0.0, float(values_at(distance_mm, within).min()))
