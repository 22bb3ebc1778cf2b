"""Dose-volume figures of a structure from the dose at points inside it.

The dose is evaluated at the structure's own sample points, never taken from a dose grid: small and
thin structures, and those that reach out of a grid, come out as right as others.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh.histogram import Histogram
from dosimetry_core.dvh.result import StructureDoseResult
from dosimetry_core.structures import (
    StructureSamples,
    contains,
    sample_structure,
    surface_points_mm,
    volume_cc,
)
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
DoseFunction = Callable[[FloatArray], FloatArray]
"""Dose (p,) in Gy at points (p, 3) in LPS mm."""

POINT_COUNT = 60_000
CURVE_POINTS = 101
SMALL_VOLUMES_MM3 = (2000.0, 100.0)
"""The hottest 2 cm3 and 0.1 cm3."""
HOT_POINTS = 2_000
"""Samples that a hottest volume is to hold; in coarser samples its cells are divided."""
HOT_MARGIN_CELLS = 3.0
"""Cells around a hottest volume, across, that are divided with it: they may hold some of it."""
HOT_CLUSTERS = 2.0
"""Allowance for a hottest volume that is in several places."""
WITHOUT_DOSE_GY = 1.0
"""Where the curve of a structure without any dose ends."""


def structure_dose(
    structure: ContouredStructure,
    implant: Sequence[ImplantedSources],
    *,
    prescription_gy: float | None,
    plane_spacing_mm: float | None = None,
) -> StructureDoseResult:
    """Total dose of a permanent implant to one structure.

    Args:
        structure: what was contoured.
        implant: the seeds; none at all give zero dose.
        prescription_gy: the dose that is 100 %; None for an organ.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.

    Raises:
        StructureError: the structure has no sound shape.
        ValueError: the prescription is not above zero.
    """
    return evaluate_structure(
        structure,
        partial(total_dose_gy, implant, engine="table"),
        prescription_gy=prescription_gy,
        plane_spacing_mm=plane_spacing_mm,
    )


def evaluate_structure(
    structure: ContouredStructure,
    dose_function: DoseFunction,
    *,
    prescription_gy: float | None,
    plane_spacing_mm: float | None = None,
) -> StructureDoseResult:
    """Dose-volume figures of a structure in any dose distribution.

    About 60,000 cells fill the structure. Around the hottest 2 and 0.1 cm3 of a large structure the
    cells are divided, so that these volumes are resolved too.

    Args:
        structure: what was contoured.
        dose_function: the dose at any points.
        prescription_gy: the dose that is 100 %; None for an organ.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.

    Raises:
        StructureError: the structure has no sound shape.
        ValueError: the prescription is not above zero.
    """
    if prescription_gy is not None and not prescription_gy > 0:
        raise ValueError(f"a prescription must be above zero, is {prescription_gy} Gy")
    samples = sample_structure(
        structure, point_count=POINT_COUNT, plane_spacing_mm=plane_spacing_mm
    )
    points = samples.points_mm
    dose = dose_function(points)
    histogram = Histogram.of(dose, samples.weights_mm3)
    spacing_mm = (histogram.total_mm3 / POINT_COUNT) ** (1 / 3)
    surface = surface_points_mm(structure, spacing_mm, plane_spacing_mm=plane_spacing_mm)
    least_gy = float(dose_function(surface).min())
    colder = dose < least_gy
    if colder.any():
        inside = contains(structure, points[colder], plane_spacing_mm=plane_spacing_mm)
        least_gy = float(dose[colder][inside].min(initial=least_gy))
    d2cc, d0_1cc = (
        _dose_to_hottest(samples, histogram, volume, dose_function)
        if volume <= histogram.total_mm3 * (1 + 1e-9)
        else None
        for volume in SMALL_VOLUMES_MM3
    )
    v100, v150, v200 = (
        None if prescription_gy is None else histogram.volume_percent_at(level * prescription_gy)
        for level in (1.0, 1.5, 2.0)
    )
    end_gy = _curve_end(histogram, prescription_gy, d0_1cc)
    curve_gy = tuple(float(value) for value in np.linspace(0.0, end_gy, CURVE_POINTS))
    return StructureDoseResult(
        name=structure.name,
        volume_cc=volume_cc(structure, plane_spacing_mm=plane_spacing_mm),
        prescription_gy=prescription_gy,
        d90_gy=histogram.dose_to_hottest(0.9 * histogram.total_mm3),
        d100_gy=least_gy,
        v100_percent=v100,
        v150_percent=v150,
        v200_percent=v200,
        d2cc_gy=d2cc,
        d0_1cc_gy=d0_1cc,
        dvh_dose_gy=curve_gy,
        dvh_volume_percent=tuple(histogram.volume_percent_at(value) for value in curve_gy),
    )


def _dose_to_hottest(
    samples: StructureSamples,
    histogram: Histogram,
    volume_mm3: float,
    dose_function: DoseFunction,
) -> float:
    """Dose to the hottest volume, with cells divided until it holds ``HOT_POINTS`` of them."""
    found = histogram.dose_to_hottest(volume_mm3)
    target_mm = (volume_mm3 / HOT_POINTS) ** (1 / 3)
    extent = np.median(samples.cells_mm, axis=0)
    into_x, into_y, into_z = (max(1, math.ceil(value / target_mm)) for value in extent)
    if into_x * into_y * into_z == 1:
        return found
    in_volume = volume_mm3 / float(np.median(samples.weights_mm3))
    count = math.ceil(HOT_CLUSTERS * (in_volume ** (1 / 3) + HOT_MARGIN_CELLS) ** 3)
    reached = np.searchsorted(histogram.volume_mm3, HOT_CLUSTERS * volume_mm3)
    hot = histogram.order[: max(count, int(reached) + 1)]
    fine = samples.chosen(hot).divided((into_x, into_y, into_z))
    return Histogram.of(dose_function(fine.points_mm), fine.weights_mm3).dose_to_hottest(volume_mm3)


def _curve_end(
    histogram: Histogram, prescription_gy: float | None, d0_1cc_gy: float | None
) -> float:
    """Last dose of the curve: three prescriptions, or what the hottest part of an organ gets."""
    if prescription_gy is not None:
        return 3.0 * prescription_gy
    hottest = d0_1cc_gy or histogram.dose_to_hottest(0.01 * histogram.total_mm3)
    return hottest or WITHOUT_DOSE_GY
