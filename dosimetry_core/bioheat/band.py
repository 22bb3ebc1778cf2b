"""How sure an isotherm is: the band that it lies in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.ensemble import AWAY, Ensemble
from dosimetry_core.bioheat.grid import Grid
from dosimetry_core.bioheat.isotherm import isotherm_volume_cc, values_at
from dosimetry_core.bioheat.knowledge import MODEL_SD_MM
from dosimetry_core.bioheat.model import BioheatState
from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]

Field = Literal["now", "minimum"]
SIDES = 1.96
"""Standard deviations to each side: 95 % if nothing but the stated quantities is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class TemperatureBand:
    """A field of temperature with how far it may be wrong.

    Attributes:
        warm_c: it is hardly warmer than this: what is below a level here is surely below it.
        best_c: as modelled.
        cold_c: it is hardly colder than this: what is above a level here is surely above it.
    """

    warm_c: Volume
    best_c: Volume
    cold_c: Volume


@dataclass(frozen=True, slots=True)
class IsothermVolume:
    """Volume within an isotherm, cm3.

    Attributes:
        level_c: of the isotherm.
        low_cc, best_cc, high_cc: what is surely, probably and possibly within it.
    """

    level_c: float
    low_cc: float
    best_cc: float
    high_cc: float


@dataclass(frozen=True, slots=True)
class IsothermShare:
    """Share of some points that lies within an isotherm.

    Attributes:
        level_c: of the isotherm.
        low, best, high: what is surely, probably and possibly within it, 0 to 1.
    """

    level_c: float
    low: float
    best: float
    high: float


def temperature_band(
    best: BioheatState,
    ensemble: Ensemble,
    field: Field = "minimum",
    *,
    between: Sequence[BioheatState] = (),
) -> TemperatureBand:
    """Put the band around a modelled temperature.

    To first order: the changes that the members of the ensemble make, each scaled to
    ``SIDES`` standard deviations, are added in quadrature, those to warmer and to colder apart.
    The ensemble's coarse grid gives only these changes; the temperature itself comes from ``best``.
    To both sides ``MODEL_SD_MM``, by which all isotherms may be displaced, is added likewise.

    Args:
        best: on the grid that is wanted.
        ensemble: at the same moment, around the same means.
        field: the temperature now, or the lowest so far.
        between: the same freeze on the ensemble's grid with all that its probes may have done where
            that is not known; what these differ by from the ensemble's middle is added as it is,
            since no likelihood is known of it.

    Raises:
        ValueError: they are not at the same moment.
    """
    for bound in between:
        if abs(bound.elapsed_s - ensemble.middle.elapsed_s) > 1e-6:
            raise ValueError(
                f"a band at {ensemble.middle.elapsed_s} s cannot reach to a freeze at "
                f"{bound.elapsed_s} s"
            )
    if abs(best.elapsed_s - ensemble.middle.elapsed_s) > 1e-6:
        raise ValueError(
            f"a band at {best.elapsed_s} s cannot come from an ensemble at "
            f"{ensemble.middle.elapsed_s} s"
        )
    middle = _temperature(ensemble.middle, field)
    colder, warmer = np.zeros(middle.shape), np.zeros(middle.shape)
    for pair in ensemble.members:
        changes = [_temperature(one, field) - middle for one in pair]
        colder += np.minimum(0.0, np.minimum(*changes)) ** 2
        warmer += np.maximum(0.0, np.maximum(*changes)) ** 2
    temperature = best.temperature_c() if field == "now" else best.minimum_temperature_c()
    coarse, fine = ensemble.middle.model.grid, best.model.grid
    unknown_up, unknown_down = np.zeros(middle.shape), np.zeros(middle.shape)
    for bound in between:
        change = _temperature(bound, field) - middle
        unknown_up = np.maximum(unknown_up, change)
        unknown_down = np.maximum(unknown_down, -change)
    of_model = (MODEL_SD_MM * _steepness(middle, coarse)) ** 2
    up = _between(SIDES * np.sqrt(warmer / AWAY**2 + of_model) + unknown_up, coarse, fine)
    down = _between(SIDES * np.sqrt(colder / AWAY**2 + of_model) + unknown_down, coarse, fine)
    return TemperatureBand(
        fine.volume((temperature.values + up).astype(np.float32)),
        temperature,
        fine.volume((temperature.values - down).astype(np.float32)),
    )


def isotherm_volume(band: TemperatureBand, level_c: float) -> IsothermVolume:
    """The volume within an isotherm, with its band."""
    return IsothermVolume(
        level_c,
        isotherm_volume_cc(band.warm_c, level_c),
        isotherm_volume_cc(band.best_c, level_c),
        isotherm_volume_cc(band.cold_c, level_c),
    )


def isotherm_share(band: TemperatureBand, points_mm: FloatArray, level_c: float) -> IsothermShare:
    """The share of a structure within an isotherm, with its band.

    Args:
        band: of the temperature.
        points_mm: points that stand for equal parts of the structure, shape (n, 3), LPS mm.
        level_c: of the isotherm.

    Raises:
        ValueError: there are no points, or one lies outside of the grid.
    """
    if not len(points_mm):
        raise ValueError("a share of no points cannot be told")
    low, best, high = (
        float(np.count_nonzero(values_at(field, points_mm) < level_c) / len(points_mm))
        for field in (band.warm_c, band.best_c, band.cold_c)
    )
    return IsothermShare(level_c, low, best, high)


def _temperature(state: BioheatState, field: Field) -> FloatArray:
    of_state = state.temperature_c() if field == "now" else state.minimum_temperature_c()
    return of_state.values.astype(np.float64)


def _steepness(values: FloatArray, grid: Grid) -> FloatArray:
    """Length of the gradient, K/mm."""
    squared = np.zeros(values.shape)
    for axis, pitch in enumerate(grid.spacing_mm):
        if values.shape[axis] > 1:
            squared += np.gradient(values, pitch, axis=axis) ** 2
    return np.sqrt(squared)


def _between(values: FloatArray, coarse: Grid, fine: Grid) -> FloatArray:
    """Linear interpolation of a field on one grid at the centres of another, axis by axis."""
    for axis in range(3):
        count = coarse.shape_kji[axis]
        at = (fine.centers_mm(axis) - coarse.centers_mm(axis)[0]) / coarse.spacing_mm[axis]
        at = np.clip(at, 0.0, count - 1.0)
        low = np.minimum(at.astype(np.int64), max(0, count - 2))
        part = (at - low).reshape([-1 if n == axis else 1 for n in range(3)])
        high = np.minimum(low + 1, count - 1)
        below, above = np.take(values, low, axis=axis), np.take(values, high, axis=axis)
        values = below + part * (above - below)
    return values
