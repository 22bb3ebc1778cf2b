"""Dose figures that follow an implant seed by seed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh.dose import seed_lines_mm
from dosimetry_core.dvh.figures import region_dose
from dosimetry_core.dvh.kept import KeptDose, joined
from dosimetry_core.dvh.region import region_of
from dosimetry_core.dvh.result import StructureDoseResult
from dosimetry_core.tg43 import ImplantedSources, SeedModel, dose_grid_gy
from dosimetry_core.values import ContouredStructure, Source, Volume

FloatArray = NDArray[np.float64]
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

LIVE_TOLERANCE = 0.03
SLABS = 8
"""Parts of the grid that may be worked on at the same time."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveStructure:
    """A structure that a live implant tells the dose of.

    Attributes:
        structure: what was contoured.
        prescription_gy: the dose that is 100 %; None for an organ.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.
    """

    structure: ContouredStructure
    prescription_gy: float | None = None
    plane_spacing_mm: float | None = None


@dataclass(frozen=True, slots=True)
class GridGeometry:
    """An axis-aligned grid.

    Attributes:
        origin_mm: centre (x, y, z) of voxel [0, 0, 0].
        spacing_mm: voxel pitch along (k, j, i).
        shape_kji: number of voxels along (k, j, i).
    """

    origin_mm: tuple[float, float, float]
    spacing_mm: tuple[float, float, float]
    shape_kji: tuple[int, int, int]


class LiveImplant:
    """Seeds that come, go and move, and the total dose of all of them to some structures.

    A change costs the dose of the seeds that changed: the dose at all points is kept and added to.
    It is kept in float64, so that after any changes the figures are those of a new computation to
    rounding. Points that figures newly need are computed from all seeds. Not to be used from
    several threads at once.

    Args:
        structures: what dose is told of; those with a prescription are each other's
            ``other_targets`` (see ``evaluate_structure``).
        grid: a grid that dose is kept on as well.
        executor: works on structures, and parts of the grid, at the same time.
        tolerance: error bar, as a part of a dose, below which nothing is cut finer: the finer, the
            more points of their own the figures of the hottest volumes need after each change.

    Raises:
        StructureError: a structure has no sound shape.
        ValueError: a prescription is not above zero.
    """

    def __init__(
        self,
        structures: Sequence[LiveStructure],
        *,
        grid: GridGeometry | None = None,
        executor: Executor | None = None,
        tolerance: float = LIVE_TOLERANCE,
    ) -> None:
        for one in structures:
            if one.prescription_gy is not None and not one.prescription_gy > 0:
                raise ValueError(
                    f"{one.structure.name}: a prescription must be above zero, is "
                    f"{one.prescription_gy} Gy"
                )
        self._executor = executor
        self._tolerance = tolerance
        self._prescriptions_gy = [one.prescription_gy for one in structures]
        self._regions = [region_of(one.structure, one.plane_spacing_mm) for one in structures]
        self._kept = [KeptDose() for _ in structures]
        self._seeds: dict[str, ImplantedSources] = {}
        self._added: list[ImplantedSources] = []
        self._removed: list[ImplantedSources] = []
        self._grid = grid
        self._slabs = [] if grid is None else _slabs(grid)

    @property
    def seeds(self) -> Mapping[str, ImplantedSources]:
        """Each seed by its key, as an implant of one."""
        return dict(self._seeds)

    def add(self, key: str, model: SeedModel, source: Source) -> None:
        """One more seed.

        Raises:
            ValueError: there is one of this key; or the source is not sound.
        """
        if key in self._seeds:
            raise ValueError(f"seed {key!r} is there already; move it, or take another key")
        self._put(
            key,
            ImplantedSources(
                model,
                np.array([source.center_mm]),
                np.array([source.axis]),
                np.array([source.strength_u]),
            ),
        )

    def remove(self, key: str) -> None:
        """Without one of the seeds.

        Raises:
            KeyError: there is none of this key.
        """
        seed = self._seeds.pop(key)
        if seed in self._added:
            self._added.remove(seed)
        else:
            self._removed.append(seed)

    def move(self, key: str, source: Source) -> None:
        """The same seed in another place, or of another strength.

        Raises:
            KeyError: there is none of this key.
            ValueError: the source is not sound; the seed then stays as it was.
        """
        old = self._seeds[key]
        new = ImplantedSources(
            old.model,
            np.array([source.center_mm]),
            np.array([source.axis]),
            np.array([source.strength_u]),
        )
        self.remove(key)
        self._put(key, new)

    def results(self, *, with_isodose: bool = True) -> tuple[StructureDoseResult, ...]:
        """All figures of all structures, in their order.

        Args:
            with_isodose: also the volume of each prescription isodose, and CI and EI, which rest on
                it. They take a third of the time; without them their place says so.
        """
        self._settle()
        implant = joined(self._seeds.values())
        peaks_mm = seed_lines_mm(implant)
        targets = [
            region
            for region, prescription_gy in zip(self._regions, self._prescriptions_gy, strict=True)
            if prescription_gy is not None
        ]

        def figures_of(index: int) -> StructureDoseResult:
            region, kept = self._regions[index], self._kept[index]
            kept.begin(implant, peaks_mm)
            found = region_dose(
                region,
                kept,
                prescription_gy=self._prescriptions_gy[index],
                others=[other for other in targets if other is not region],
                tolerance=self._tolerance,
                with_isodose=with_isodose,
            )
            kept.end()
            return found

        indices = sorted(range(len(self._regions)), key=self._cost, reverse=True)
        found = dict(zip(indices, self._each(figures_of, indices), strict=True))
        return tuple(found[index] for index in range(len(self._regions)))

    def dose_grid(self) -> Volume:
        """Total dose on the grid, Gy, float64.

        Raises:
            ValueError: the implant was made without a grid.
        """
        if self._grid is None:
            raise ValueError("this implant has no grid; give one when it is made")
        self._settle()
        affine = np.diag([*reversed(self._grid.spacing_mm), 1.0])
        affine[:3, 3] = self._grid.origin_mm
        return Volume(np.concatenate([slab.dose_gy for slab in self._slabs]), affine)

    def _put(self, key: str, seed: ImplantedSources) -> None:
        self._seeds[key] = seed
        self._added.append(seed)

    def _settle(self) -> None:
        """Let all that is kept follow the changes."""
        if not self._added and not self._removed:
            return
        added, removed = joined(self._added), joined(self._removed)
        is_empty = not self._seeds
        parts: list[KeptDose | _Slab] = [*self._slabs, *self._kept]
        list(self._each(lambda part: part.change(added, removed, is_empty=is_empty), parts))
        self._added.clear()
        self._removed.clear()

    def _each(self, work: Callable[[_Item], _Made], items: Sequence[_Item]) -> Iterable[_Made]:
        if self._executor is None:
            return map(work, items)
        return self._executor.map(work, items)

    def _cost(self, index: int) -> tuple[bool, float]:
        return self._prescriptions_gy[index] is not None, self._regions[index].volume_cc


class _Slab:
    """Some slices of the grid."""

    def __init__(self, grid: GridGeometry, first: int, count: int) -> None:
        x_mm, y_mm, z_mm = grid.origin_mm
        self._origin_mm = (x_mm, y_mm, z_mm + first * grid.spacing_mm[0])
        self._spacing_mm = grid.spacing_mm
        self._shape_kji = (count, *grid.shape_kji[1:])
        self.dose_gy = np.zeros(self._shape_kji)

    def change(
        self,
        added: Sequence[ImplantedSources],
        removed: Sequence[ImplantedSources],
        *,
        is_empty: bool,
    ) -> None:
        """Follow a change of seeds."""
        if is_empty:
            self.dose_gy = np.zeros(self._shape_kji)
            return
        for seeds, apply in ((added, np.add), (removed, np.subtract)):
            if seeds:
                change = dose_grid_gy(
                    seeds,
                    origin_mm=self._origin_mm,
                    spacing_mm=self._spacing_mm,
                    shape_kji=self._shape_kji,
                    threads=1,
                )
                apply(self.dose_gy, change.values, out=self.dose_gy)


def _slabs(grid: GridGeometry) -> list[_Slab]:
    if min(grid.spacing_mm) <= 0 or min(grid.shape_kji) < 1:
        raise ValueError(f"a grid needs spacing and size above zero: {grid}")
    ends = np.linspace(0, grid.shape_kji[0], min(SLABS, grid.shape_kji[0]) + 1).astype(int).tolist()
    return [_Slab(grid, first, last - first) for first, last in pairwise(ends)]
