"""The dose that seeds in place give, at points and on grids."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.decay import dose_factor_h, remaining_fraction
from dosimetry_core.tg43.sources import ImplantedSources
from dosimetry_core.values import Volume

if TYPE_CHECKING:
    from dosimetry_core.tg43.kernel import SeedArrays
    from dosimetry_core.tg43.kernel_data import Formalism

FloatArray = NDArray[np.float64]
Engine = Literal["exact", "table"]
Elapsed = float | Sequence[float] | None

CGY_PER_GY = 100.0
PAIRS_PER_THREAD = 500_000
"""Pairs of seed and voxel below which one more thread costs more than it gives (0.5 ms)."""
_ANY_AXIS = np.array([0.0, 0.0, 1.0])


def dose_rate_cgy_per_h(
    implant: Sequence[ImplantedSources],
    points_mm: FloatArray,
    *,
    elapsed_h: float | Sequence[float] = 0.0,
    engine: Engine = "exact",
) -> FloatArray:
    """Dose rate to water (TG-43U1), summed over all seeds.

    Seeds with axes are line sources (2-D), seeds without are point sources (1-D).

    Args:
        implant: the seeds, one entry per model or batch.
        points_mm: shape (p, 3), LPS mm.
        elapsed_h: hours since implantation, of all or of each entry; at 0 it is the initial rate.
        engine: ``exact`` evaluates the formula in float64 for every seed and point; ``table`` is
            over fifty times as fast and differs by less than 0.2 % (see ``docs/dose.md``). Both
            give a seed's dose at a point by the same operations whatever else is asked for.

    Returns:
        Shape (p,), cGy/h.

    Raises:
        ValueError: the points are not of shape (p, 3) or not finite, or ``elapsed_h`` is negative
            or has not one value for each entry.
    """
    points = _checked_points(points_mm)
    total = np.zeros(points.shape[0])
    for sources, hours in zip(implant, _each(elapsed_h, len(implant)), strict=True):
        if hours is None:
            raise ValueError("a dose rate needs a finite time since implantation")
        left = remaining_fraction(sources.model.mean_life_h, hours)
        _add(sources, left, points, total, engine)
    return total


def total_dose_gy(
    implant: Sequence[ImplantedSources],
    points_mm: FloatArray,
    *,
    elapsed_h: Elapsed = None,
    engine: Engine = "exact",
) -> FloatArray:
    """Dose to water given since implantation, Gy.

    The rate falls with each model's half-life: ``D = rate tau (1 - exp(-t / tau))`` with
    ``tau = half-life / ln 2``.

    Args:
        implant: the seeds, one entry per model or batch.
        points_mm: shape (p, 3), LPS mm.
        elapsed_h: hours since implantation, of all or of each entry; None for all time (permanent
            implant).
        engine: as for ``dose_rate_cgy_per_h``.

    Returns:
        Shape (p,), Gy.

    Raises:
        ValueError: as ``dose_rate_cgy_per_h`` raises it.
    """
    points = _checked_points(points_mm)
    total = np.zeros(points.shape[0])
    for sources, hours in zip(implant, _each(elapsed_h, len(implant)), strict=True):
        _add(sources, _gy_per_initial_rate(sources, hours), points, total, engine)
    return total


def dose_grid_gy(
    implant: Sequence[ImplantedSources],
    *,
    origin_mm: tuple[float, float, float],
    spacing_mm: tuple[float, float, float],
    shape_kji: tuple[int, int, int],
    elapsed_h: Elapsed = None,
    threads: int | None = None,
) -> Volume:
    """Dose of an implant on an axis-aligned LPS grid, by the table engine.

    Beside the result it needs some kilobytes. The voxels are divided among threads; the values do
    not depend on how.

    Args:
        implant: the seeds.
        origin_mm: centre (x, y, z) of voxel [0, 0, 0].
        spacing_mm: voxel pitch along (k, j, i), that is along (z, y, x).
        shape_kji: number of voxels along (k, j, i).
        elapsed_h: as for ``total_dose_gy``.
        threads: how many at most; None for as many as this process has CPUs.

    Returns:
        Gy, float32.

    Raises:
        ValueError: a spacing, a size or ``threads`` is not above zero, or a value is not finite.
    """
    from dosimetry_core.tg43 import kernel  # noqa: PLC0415 - the compiler is heavy to import
    from dosimetry_core.tg43.kernel_data import table_data  # noqa: PLC0415 - likewise

    if min(spacing_mm) <= 0 or min(shape_kji) < 1:
        raise ValueError(f"a grid needs spacing and size above zero: {spacing_mm}, {shape_kji}")
    if not np.isfinite([*origin_mm, *spacing_mm]).all():
        raise ValueError(f"a grid needs finite numbers: {origin_mm}, {spacing_mm}")
    if threads is not None and threads < 1:
        raise ValueError(f"a grid needs at least one thread, not {threads}")
    axes_mm = (
        origin_mm[0] + spacing_mm[2] * np.arange(shape_kji[2], dtype=np.float64),
        origin_mm[1] + spacing_mm[1] * np.arange(shape_kji[1], dtype=np.float64),
        origin_mm[2] + spacing_mm[0] * np.arange(shape_kji[0], dtype=np.float64),
    )
    parts = [
        (
            table_data(sources.model, _formalism(sources)),
            _seed_arrays(sources, _gy_per_initial_rate(sources, hours)),
        )
        for sources, hours in zip(implant, _each(elapsed_h, len(implant)), strict=True)
    ]
    values = np.zeros(shape_kji, dtype=np.float32)
    flat = values.reshape(-1)

    def fill(span: tuple[int, int]) -> None:
        for data, seeds in parts:
            kernel.tabulated_grid(data, seeds, axes_mm, span, flat)

    pairs = flat.size * sum(sources.strengths_u.size for sources in implant)
    wanted = min(threads or len(os.sched_getaffinity(0)), max(1, pairs // PAIRS_PER_THREAD))
    if wanted == 1:
        fill((0, flat.size))
    else:
        edges = [flat.size * n // wanted for n in range(wanted + 1)]
        with ThreadPoolExecutor(wanted) as pool:
            list(pool.map(fill, pairwise(edges)))
    affine = np.diag([spacing_mm[2], spacing_mm[1], spacing_mm[0], 1.0])
    affine[:3, 3] = origin_mm
    return Volume(values, affine)


def _checked_points(points_mm: FloatArray) -> FloatArray:
    points = np.ascontiguousarray(points_mm, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"points must be of shape (p, 3), got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite numbers")
    return points


def _each(elapsed_h: Elapsed, entries: int) -> Sequence[float | None]:
    """The time of each entry of an implant."""
    if elapsed_h is None or isinstance(elapsed_h, int | float):
        return [elapsed_h] * entries
    if len(elapsed_h) != entries:
        raise ValueError(
            f"{entries} entries of an implant need as many times, got {len(elapsed_h)}"
        )
    return elapsed_h


def _gy_per_initial_rate(sources: ImplantedSources, elapsed_h: float | None) -> float:
    return dose_factor_h(sources.model.mean_life_h, elapsed_h) / CGY_PER_GY


def _formalism(sources: ImplantedSources) -> "Formalism":
    return "point" if sources.axes is None else "line"


def _seed_arrays(sources: ImplantedSources, factor: float) -> "SeedArrays":
    from dosimetry_core.tg43.kernel import SeedArrays  # noqa: PLC0415 - the compiler is heavy

    axes = sources.axes
    if axes is None:
        axes = np.repeat(_ANY_AXIS[None, :], sources.strengths_u.size, axis=0)
    return SeedArrays(sources.centers_mm, axes, sources.strengths_u * factor)


def _add(
    sources: ImplantedSources, factor: float, points: FloatArray, out: FloatArray, engine: Engine
) -> None:
    """Add ``factor`` times the initial rate of some seeds to ``out``."""
    from dosimetry_core.tg43 import kernel, kernel_data  # noqa: PLC0415 - heavy, as above

    seeds, formalism = _seed_arrays(sources, factor), _formalism(sources)
    if engine == "exact":
        kernel.exact_rates(kernel_data.exact_data(sources.model, formalism), seeds, points, out)
    else:
        kernel.tabulated_rates(kernel_data.table_data(sources.model, formalism), seeds, points, out)
