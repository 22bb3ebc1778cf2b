"""Find the regions of a structure whose dose is below or above a level."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures import contains, sample_structure, signed_distance_mm
from dosimetry_core.subvolumes.grid import box_around, fine_grid
from dosimetry_core.subvolumes.regions import Regions, connected_regions
from dosimetry_core.subvolumes.result import Extreme, NearSeed, SubVolume, SubVolumes
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.values import ContouredStructure, Vector

FloatArray = NDArray[np.float64]

TARGET_HOT_PERCENT = 200.0
"""Level for hot regions of a target, in percent of its prescription."""
SMALLEST_CC = 0.01
SMALLEST_CELLS = 4
"""A region of fewer cells has no sure volume."""
COARSE_CELLS = 4_000
"""Cells of the first look, which only tells where to look closely."""
NEAR_LEVEL = 1.5
"""The first look holds all cells within this factor of the level."""
MARGIN_CELLS = 1.5
SEEDS_TOLD = 3
ROUNDING = 1e-9


def cold_subvolumes(
    structure: ContouredStructure,
    implant: Sequence[ImplantedSources],
    *,
    below_gy: float,
    smallest_cc: float = SMALLEST_CC,
    plane_spacing_mm: float | None = None,
) -> SubVolumes:
    """Connected regions of a structure that get less than ``below_gy`` for all time.

    The dose is computed on a grid of about 60,000 cells inside the structure, or inside the part
    of it where the dose is near the level or below. Cells are connected if they touch, be it at a
    corner. The regions' total is what a DVH leaves below the level.

    Args:
        structure: a target or one of its zones.
        implant: the seeds; none at all leave everything cold.
        below_gy: for a target its prescription.
        smallest_cc: smaller regions, and those of fewer than four cells, are counted, not listed.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.

    Raises:
        StructureError: the structure has no sound shape.
        ValueError: ``below_gy`` is not above zero.
    """
    return _subvolumes(
        structure,
        implant,
        below_gy,
        hot=False,
        smallest_cc=smallest_cc,
        plane_spacing_mm=plane_spacing_mm,
    )


def hot_subvolumes(
    structure: ContouredStructure,
    implant: Sequence[ImplantedSources],
    *,
    above_gy: float,
    smallest_cc: float = SMALLEST_CC,
    plane_spacing_mm: float | None = None,
) -> SubVolumes:
    """Connected regions of a structure that get at least ``above_gy`` for all time.

    As ``cold_subvolumes``. In a target every seed has a hot region around it: ``seeds_inside``
    tells those where seeds lie so near each other that their regions have become one.

    Args:
        structure: an organ, or a target.
        implant: the seeds.
        above_gy: for an organ its limit; for a target ``TARGET_HOT_PERCENT`` of its prescription.
        smallest_cc: smaller regions, and those of fewer than four cells, are counted, not listed.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.

    Raises:
        StructureError: the structure has no sound shape.
        ValueError: ``above_gy`` is not above zero.
    """
    return _subvolumes(
        structure,
        implant,
        above_gy,
        hot=True,
        smallest_cc=smallest_cc,
        plane_spacing_mm=plane_spacing_mm,
    )


def _subvolumes(
    structure: ContouredStructure,
    implant: Sequence[ImplantedSources],
    level_gy: float,
    *,
    hot: bool,
    smallest_cc: float,
    plane_spacing_mm: float | None,
) -> SubVolumes:
    if not level_gy > 0:
        raise ValueError(f"a dose level must be above zero, is {level_gy} Gy")
    samples = sample_structure(
        structure, point_count=COARSE_CELLS, plane_spacing_mm=plane_spacing_mm
    )
    volume_cc = float(samples.weights_mm3.sum()) / 1000.0
    center = samples.weights_mm3 @ samples.centers_mm / samples.weights_mm3.sum()
    seeds = np.concatenate([np.empty((0, 3)), *(sources.centers_mm for sources in implant)])
    dose = total_dose_gy(implant, samples.points_mm, engine="table")
    if hot:
        near = dose >= level_gy / NEAR_LEVEL
        own = seeds[contains(structure, seeds, plane_spacing_mm=plane_spacing_mm)]
    else:
        near = dose < level_gy * NEAR_LEVEL
        own = seeds[:0]
    box = box_around(samples, near, own, MARGIN_CELLS)
    if box is None:
        return SubVolumes(structure.name, level_gy, 0.0, 0.0, (), 0, 0.0)

    grid = fine_grid(structure, samples, box, plane_spacing_mm)
    regions = connected_regions(grid, implant, level_gy, hot=hot)
    fewest = max(SMALLEST_CELLS, smallest_cc / grid.cell_cc * (1 - ROUNDING))
    listed = [n for n in regions.largest_first() if regions.cells[n] >= fewest]
    places = {n: regions.extremes(n) for n in listed}
    cells = [cell for n in listed for cell in places[n]]
    depth_mm = -signed_distance_mm(
        structure, regions.center_mm[cells], plane_spacing_mm=plane_spacing_mm
    )
    told = {
        cell: _extreme(regions, cell, seeds, max(0.0, float(depth)))
        for cell, depth in zip(cells, depth_mm, strict=True)
    }
    total_cc = int(regions.cells.sum()) * grid.cell_cc
    region_of = regions.at(seeds)
    listed_cc = int(regions.cells[listed].sum()) * grid.cell_cc
    return SubVolumes(
        name=structure.name,
        level_gy=level_gy,
        total_cc=total_cc,
        total_percent=100.0 * total_cc / volume_cc,
        regions=tuple(
            SubVolume(
                volume_cc=int(regions.cells[n]) * grid.cell_cc,
                share_percent=100.0 * int(regions.cells[n]) * grid.cell_cc / volume_cc,
                centroid_mm=_vector(regions.centroid_mm[n]),
                from_center_mm=_vector(regions.centroid_mm[n] - center),
                extremes=tuple(told[cell] for cell in places[n]),
                reaches_surface=bool(regions.at_surface[n]),
                seeds_inside=tuple(int(index) for index in np.flatnonzero(region_of == n)),
                nearest_seeds=_nearest(seeds, regions.centroid_mm[n]),
            )
            for n in listed
        ),
        left_out_count=regions.cells.size - len(listed),
        left_out_cc=total_cc - listed_cc,
    )


def _extreme(regions: Regions, cell: int, seeds_mm: FloatArray, depth_mm: float) -> Extreme:
    place = regions.center_mm[cell]
    return Extreme(
        dose_gy=float(regions.dose_gy[cell]),
        place_mm=_vector(place),
        depth_mm=depth_mm,
        nearest_seeds=_nearest(seeds_mm, place),
    )


def _nearest(seeds_mm: FloatArray, place_mm: FloatArray) -> tuple[NearSeed, ...]:
    distance_mm = np.linalg.norm(seeds_mm - place_mm, axis=1)
    nearest = np.argsort(distance_mm, kind="stable")[:SEEDS_TOLD]
    return tuple(NearSeed(int(index), float(distance_mm[index])) for index in nearest)


def _vector(values: FloatArray) -> Vector:
    x, y, z = values
    return float(x), float(y), float(z)
