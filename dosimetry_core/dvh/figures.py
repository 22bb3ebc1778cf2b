"""All figures of one structure, made of its samples, its surface and its isodose."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh.distribution import Distribution
from dosimetry_core.dvh.dose import DosePoints, OutsideDoseError
from dosimetry_core.dvh.extremes import extreme
from dosimetry_core.dvh.isodose import Isodose, prescription_isodose
from dosimetry_core.dvh.refining import DEVIATIONS, TOLERANCE, Wanted, refined
from dosimetry_core.dvh.region import Region
from dosimetry_core.dvh.result import FigureErrors, StructureDoseResult

FloatArray = NDArray[np.float64]
Bounded = tuple[float, float]
"""A figure and its error bar."""
NoFigure = tuple[None, None]
NO_FIGURE: NoFigure = (None, None)

NOT_ASKED_FOR = Isodose(None, unknown="it was not asked for")
CURVE_POINTS = 101
SMALL_VOLUMES_MM3 = (2000.0, 1000.0, 100.0)
"""The hottest 2, 1 and 0.1 cm3."""
SHARES = (0.9, 0.95)
"""Of D90 and D95."""
LEVELS = (0.9, 1.0, 1.5, 2.0)
"""Of V90, V100, V150 and V200."""
SURFACE_PART = 0.001
"""Part of a dose that an error bar allows for how finely the boxes follow the surface (measured).

Of a volume it is this part of what gets the dose, times twice the part that does not.
"""
VOLUME_SHARE = 0.4
"""Error bar of V100 and the like, as a part of that of a dose: CI takes its square."""
WITHOUT_DOSE_GY = 1.0
"""Where the curve of a structure without any dose ends."""


def region_dose(
    region: Region,
    dose: DosePoints,
    *,
    prescription_gy: float | None,
    others: Sequence[Region] = (),
    tolerance: float = TOLERANCE,
    with_isodose: bool = True,
) -> StructureDoseResult:
    """``evaluate_structure`` for a structure that was made ready before.

    Without its isodose, CI and EI are left out, for a third of the time.
    """
    if prescription_gy is not None and not 0 < prescription_gy < math.inf:
        raise ValueError(f"a prescription must be above zero, is {prescription_gy} Gy")
    pairs, surface_gy = _sampled(region, dose)
    total = float(region.cells.weights_mm3.sum())
    hottest = [None if v > total * (1 + 1e-9) else v for v in SMALL_VOLUMES_MM3]
    volumes = [share * total for share in SHARES] + [v for v in hottest if v is not None]
    levels = [] if prescription_gy is None else [level * prescription_gy for level in LEVELS]
    found = refined(
        region.cells,
        pairs,
        dose,
        "cells",
        Wanted(volumes, levels, VOLUME_SHARE * tolerance * total, mean=True, tolerance=tolerance),
    )
    d90, d95 = (_dose_to(found, share * total) for share in SHARES)
    d2cc, d1cc, d0_1cc = (NO_FIGURE if v is None else _dose_to(found, v) for v in hottest)
    v90, v100, v150, v200 = (
        _percent_at(found, None if prescription_gy is None else level * prescription_gy)
        for level in LEVELS
    )
    mean_gy, mean_error = found.mean()
    least = extreme(region, dose, pairs, surface_gy, greatest=False)
    greatest = extreme(region, dose, pairs, surface_gy, greatest=True)
    isodose = None
    if prescription_gy is not None:
        reached_mm = region.points_mm[pairs >= prescription_gy]
        isodose = (
            prescription_isodose(region, reached_mm, dose, prescription_gy, others, tolerance)
            if with_isodose
            else NOT_ASKED_FOR
        )
    conformity, external = _indices(isodose, found, prescription_gy)
    homogeneity = _homogeneity(found, prescription_gy)
    end_gy = _curve_end(found, prescription_gy, d0_1cc[0])
    curve_gy = np.linspace(0.0, end_gy, CURVE_POINTS)
    return StructureDoseResult(
        name=region.structure.name,
        volume_cc=region.volume_cc,
        prescription_gy=prescription_gy,
        d90_gy=d90[0],
        d95_gy=d95[0],
        d100_gy=least.dose_gy,
        v100_percent=v100[0],
        v150_percent=v150[0],
        v200_percent=v200[0],
        v90_percent=v90[0],
        d2cc_gy=d2cc[0],
        d1cc_gy=d1cc[0],
        d0_1cc_gy=d0_1cc[0],
        mean_gy=mean_gy,
        maximum_gy=greatest.dose_gy,
        isodose_cc=None
        if isodose is None or isodose.volume_mm3 is None
        else isodose.volume_mm3 / 1000.0,
        isodose_unknown="" if isodose is None else isodose.unknown,
        conformity_index=conformity[0],
        external_index=external[0],
        homogeneity_index=homogeneity[0],
        error=FigureErrors(
            d90_gy=d90[1],
            d95_gy=d95[1],
            d100_gy=least.error_gy,
            v100_percent=v100[1],
            v150_percent=v150[1],
            v200_percent=v200[1],
            v90_percent=v90[1],
            d2cc_gy=d2cc[1],
            d1cc_gy=d1cc[1],
            d0_1cc_gy=d0_1cc[1],
            mean_gy=math.hypot(DEVIATIONS * mean_error, SURFACE_PART * mean_gy),
            maximum_gy=greatest.error_gy,
            conformity_index=conformity[1],
            external_index=external[1],
            homogeneity_index=homogeneity[1],
        ),
        dvh_dose_gy=tuple(curve_gy.tolist()),
        dvh_volume_percent=tuple((found.volumes_at(curve_gy) / found.total_mm3 * 100.0).tolist()),
    )


def _sampled(region: Region, dose: DosePoints) -> tuple[FloatArray, FloatArray]:
    """Dose (n, 2) in the region's cells and (s,) on its surface.

    Raises:
        OutsideDoseError: with the structure's name and the part of it that is outside.
    """
    name = region.structure.name
    try:
        pairs = dose.kept("cells", region.cells.ids, region.points_mm)
    except OutsideDoseError as error:
        shares = error.outside.reshape(-1, 2).mean(axis=1) * region.cells.weights_mm3
        percent = 100.0 * float(shares.sum() / region.cells.weights_mm3.sum())
        raise OutsideDoseError(
            f"{name}: {percent:.2g} % of its volume lies outside of the dose grid; its figures "
            "are not known; give a dose grid that holds all of it",
            error.outside,
        ) from error
    surface = region.surface_mm
    try:
        doses = dose.kept(
            "surface", np.arange(surface.shape[0], dtype=np.int64), surface[:, None, :]
        )
    except OutsideDoseError as error:
        raise OutsideDoseError(
            f"{name}: its surface touches the edge of the dose grid; its figures are not known; "
            "give a dose grid that holds all of it",
            error.outside,
        ) from error
    return pairs, doses[:, 0]


def _dose_to(found: Distribution, volume_mm3: float) -> Bounded:
    """Dose to a hottest volume."""
    dose_gy = found.dose_to_hottest(volume_mm3)
    return dose_gy, math.hypot(found.dose_error(volume_mm3, DEVIATIONS), SURFACE_PART * dose_gy)


def _percent_at(found: Distribution, dose_gy: float | None) -> Bounded | NoFigure:
    """Percent of the volume that receives at least a dose."""
    if dose_gy is None:
        return NO_FIGURE
    part = float(found.volumes_at(np.array([dose_gy]))[0]) / found.total_mm3
    error = DEVIATIONS * found.volume_error_mm3(dose_gy) / found.total_mm3
    surface = SURFACE_PART * 2.0 * part * (1.0 - part)
    return 100.0 * part, 100.0 * math.hypot(error, surface)


def _indices(
    isodose: Isodose | None, found: Distribution, prescription_gy: float | None
) -> tuple[Bounded | NoFigure, Bounded | NoFigure]:
    """Conformity and external index; their two volumes are sampled apart from each other."""
    if isodose is None or isodose.volume_mm3 is None or prescription_gy is None:
        return NO_FIGURE, NO_FIGURE
    total = found.total_mm3
    covered = float(found.volumes_at(np.array([prescription_gy]))[0])
    covered_error = DEVIATIONS * found.volume_error_mm3(prescription_gy)
    enclosed, enclosed_error = isodose.volume_mm3, isodose.error_mm3
    external = (
        max(enclosed - covered, 0.0) / total,
        math.hypot(enclosed_error, covered_error) / total,
    )
    if not (covered > 0 and enclosed > 0):
        return NO_FIGURE, external
    conformity = covered**2 / (total * enclosed)
    relative = math.hypot(2.0 * covered_error / covered, enclosed_error / enclosed)
    return (conformity, conformity * relative), external


def _homogeneity(found: Distribution, prescription_gy: float | None) -> Bounded | NoFigure:
    if prescription_gy is None:
        return NO_FIGURE
    covered, hot = found.volumes_at(np.array([1.0, 1.5]) * prescription_gy).tolist()
    if not covered > 0:
        return NO_FIGURE
    error = found.share_error(1.5 * prescription_gy, prescription_gy)
    return (covered - hot) / covered, DEVIATIONS * error


def _curve_end(
    found: Distribution, prescription_gy: float | None, d0_1cc_gy: float | None
) -> float:
    """Last dose of the curve: three prescriptions, or what the hottest part of an organ gets."""
    if prescription_gy is not None:
        return 3.0 * prescription_gy
    hottest = d0_1cc_gy or found.dose_to_hottest(0.01 * found.total_mm3)
    return hottest or WITHOUT_DOSE_GY
