"""Level fields of a lesion and of what its zones are made from, on any grid."""

from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.structures import distance_field_mm
from dosimetry_core.values import ContouredStructure, Vector, Volume, ZoneKind
from dosimetry_core.zoning.rules import (
    CoreRule,
    Drawn,
    HighRiskRule,
    InwardMargin,
    IsothermReach,
)

FloatArray = NDArray[np.float32]

_NOWHERE = np.float32(1e3)
"""Level of a region that holds nothing: far outside, mm or K."""


@dataclass(frozen=True, slots=True)
class Grid:
    """An axis-aligned LPS grid: centre of point [0, 0, 0], pitch and size."""

    origin_mm: Vector
    spacing_mm: tuple[float, float, float]
    shape_kji: tuple[int, int, int]

    def volume(self, values: FloatArray) -> Volume:
        """Values [k, j, i] on this grid."""
        affine = np.diag([*self.spacing_mm[::-1], 1.0])
        affine[:3, 3] = self.origin_mm
        return Volume(values, affine)

    def distance_mm(self, structure: ContouredStructure) -> FloatArray:
        """Signed distance from a structure's surface, negative inside."""
        values: FloatArray = distance_field_mm(
            structure,
            origin_mm=self.origin_mm,
            spacing_mm=self.spacing_mm,
            shape_kji=self.shape_kji,
        ).values
        return values


@dataclass(frozen=True, slots=True, eq=False)
class ZoneFields:
    """Fields on one grid, below zero inside.

    Attributes:
        lesion: the lesion's signed distance, mm.
        core: of the core's own region, which may reach out of the lesion.
        high_risk: of the high-risk margin's own region, likewise; None without one.
        drawn_first: the high-risk margin takes from the core where they overlap.
    """

    grid: Grid
    lesion: FloatArray
    core: FloatArray
    high_risk: FloatArray | None
    drawn_first: bool = field(default=False)

    def zone(self, kind: ZoneKind) -> FloatArray:
        """Field of a zone: of what its regions have in common, the rest taken away."""
        core, high = self.core, self.high_risk
        match kind:
            case ZoneKind.WHOLE:
                return self.lesion
            case ZoneKind.CORE:
                taken = [-high] if high is not None and self.drawn_first else []
                return reduce(np.maximum, [self.lesion, core, *taken])
            case ZoneKind.HIGH_RISK_MARGIN:
                if high is None:
                    return np.full_like(self.lesion, _NOWHERE)
                taken = [] if self.drawn_first else [-core]
                return reduce(np.maximum, [self.lesion, high, *taken])
            case ZoneKind.PERIPHERY:
                taken = [-core] if high is None else [-core, -high]
                return reduce(np.maximum, [self.lesion, *taken])


def zone_fields(
    lesion: ContouredStructure, core: CoreRule, high_risk: HighRiskRule | None, grid: Grid
) -> ZoneFields:
    """The fields by the rules.

    Raises:
        StructureError: a structure has no sound shape.
    """
    distance = grid.distance_mm(lesion)
    return ZoneFields(
        grid=grid,
        lesion=distance,
        core=_core(core, distance, grid),
        high_risk=None if high_risk is None else _high_risk(high_risk, grid),
        drawn_first=isinstance(high_risk, Drawn),
    )


def _core(rule: CoreRule, distance: FloatArray, grid: Grid) -> FloatArray:
    match rule:
        case InwardMargin(margin_mm):
            return distance + np.float32(margin_mm)
        case IsothermReach(minimum_c, level_c):
            return _on_grid(minimum_c, grid, outside=level_c + float(_NOWHERE)) - np.float32(
                level_c
            )
        case Drawn(structure):
            return grid.distance_mm(structure)


def _high_risk(rule: HighRiskRule, grid: Grid) -> FloatArray:
    if isinstance(rule, Drawn):
        return grid.distance_mm(rule.structure)
    nearest = reduce(np.minimum, [grid.distance_mm(organ) for organ in rule.organs.values()])
    return nearest - np.float32(rule.within_mm)


def _on_grid(volume: Volume, grid: Grid, *, outside: float) -> FloatArray:
    """Linear between the voxel centres of another grid."""
    axes = (np.arange(n, dtype=np.float64) for n in grid.shape_kji)
    points_mm = grid.volume(np.empty((1, 1, 1), dtype=np.float32)).to_patient_mm(
        np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    )
    values = np.empty(grid.shape_kji, dtype=np.float32)
    ndimage.map_coordinates(
        volume.values.astype(np.float32),
        np.moveaxis(volume.to_index(points_mm), -1, 0),
        output=values,
        order=1,
        mode="constant",
        cval=outside,
    )
    return values
