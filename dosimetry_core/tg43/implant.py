"""Seeds in place, and the dose they give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.decay import dose_factor_h
from dosimetry_core.tg43.seed_model import SeedModel
from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]
Engine = Literal["exact", "table"]

CGY_PER_GY = 100.0
SLAB_POINTS = 1_000_000
"""Points held at once by ``dose_grid_gy`` (24 MB of coordinates)."""


@dataclass(frozen=True, slots=True, eq=False)
class ImplantedSources:
    """Seeds of one model, all implanted at the same time.

    Attributes:
        model: the TG-43 data.
        centers_mm: shape (n, 3), LPS mm.
        axes: shape (n, 3), directions along the capsules; stored as unit vectors. Their sign has no
            meaning.
        strengths_u: air-kerma strength at implantation, shape (n,), U.

    Raises:
        ValueError: a shape does not fit, a value is not finite, an axis is zero or a strength is
            not above zero.
    """

    model: SeedModel
    centers_mm: FloatArray
    axes: FloatArray
    strengths_u: FloatArray

    def __post_init__(self) -> None:
        centers = np.array(self.centers_mm, dtype=np.float64, order="C")
        axes = np.array(self.axes, dtype=np.float64, order="C")
        strengths = np.array(self.strengths_u, dtype=np.float64)
        count = strengths.size
        if centers.shape != (count, 3) or axes.shape != (count, 3) or strengths.ndim != 1:
            raise ValueError(
                f"{count} strengths need centres and axes of shape ({count}, 3), got "
                f"{centers.shape} and {axes.shape}"
            )
        if not (np.isfinite(centers).all() and np.isfinite(axes).all()):
            raise ValueError("centres and axes of seeds must be finite numbers")
        if not (np.isfinite(strengths).all() and (strengths > 0).all()):
            raise ValueError("every seed's strength must be a finite number above zero")
        length = np.linalg.norm(axes, axis=1, keepdims=True)
        if (length == 0).any():
            raise ValueError(f"seed {int(np.argmin(length))} has a zero axis: it has no direction")
        for name, value in (
            ("centers_mm", centers),
            ("axes", axes / length),
            ("strengths_u", strengths),
        ):
            value.flags.writeable = False
            object.__setattr__(self, name, value)


def dose_rate_cgy_per_h(
    implant: Sequence[ImplantedSources], points_mm: FloatArray, *, engine: Engine = "exact"
) -> FloatArray:
    """Initial dose rate to water (TG-43U1 2-D line source), summed over all seeds.

    Args:
        implant: the seeds, one entry per model or batch.
        points_mm: shape (p, 3), LPS mm.
        engine: ``exact`` evaluates the formula in float64 for every seed and point; ``table`` is
            some times as fast and differs by less than 0.2 % (see ``docs/dose.md``).

    Returns:
        Shape (p,), cGy/h.

    Raises:
        ValueError: the points are not of shape (p, 3) or not finite.
    """
    points = _checked_points(points_mm)
    total = np.zeros(points.shape[0])
    for sources in implant:
        _add_rates(sources, points, total, engine)
    return total


def total_dose_gy(
    implant: Sequence[ImplantedSources],
    points_mm: FloatArray,
    *,
    elapsed_h: float | None = None,
    engine: Engine = "exact",
) -> FloatArray:
    """Dose to water given since implantation, Gy.

    The rate falls with each model's half-life: ``D = rate tau (1 - exp(-t / tau))`` with
    ``tau = half-life / ln 2``.

    Args:
        implant: the seeds, one entry per model or batch.
        points_mm: shape (p, 3), LPS mm.
        elapsed_h: hours since implantation; None for all time (permanent implant).
        engine: as for ``dose_rate_cgy_per_h``.

    Returns:
        Shape (p,), Gy.

    Raises:
        ValueError: the points are not of shape (p, 3) or not finite, or ``elapsed_h`` is negative.
    """
    points = _checked_points(points_mm)
    total = np.zeros(points.shape[0])
    for sources in implant:
        rate = np.zeros(points.shape[0])
        _add_rates(sources, points, rate, engine)
        total += rate * (dose_factor_h(sources.model.mean_life_h, elapsed_h) / CGY_PER_GY)
    return total


def dose_grid_gy(
    implant: Sequence[ImplantedSources],
    *,
    origin_mm: tuple[float, float, float],
    spacing_mm: tuple[float, float, float],
    shape_kji: tuple[int, int, int],
) -> Volume:
    """Total dose of a permanent implant on an axis-aligned LPS grid, by the table engine.

    Beside the result it needs about 50 MB, whatever the grid's size. A caller may compute parts of
    a grid in threads of its own: the work releases the GIL.

    Args:
        implant: the seeds.
        origin_mm: centre (x, y, z) of voxel [0, 0, 0].
        spacing_mm: voxel pitch along (k, j, i), that is along (z, y, x).
        shape_kji: number of voxels along (k, j, i).

    Returns:
        Gy, float32.

    Raises:
        ValueError: a spacing or a size is not above zero.
    """
    if min(spacing_mm) <= 0 or min(shape_kji) < 1:
        raise ValueError(f"a grid needs spacing and size above zero: {spacing_mm}, {shape_kji}")
    rows, columns = shape_kji[1:]
    x = origin_mm[0] + spacing_mm[2] * np.arange(columns)
    rows_per_slab = max(1, SLAB_POINTS // columns)
    values = np.empty(shape_kji, dtype=np.float32)
    for k in range(shape_kji[0]):
        z = origin_mm[2] + spacing_mm[0] * k
        for first in range(0, rows, rows_per_slab):
            y = origin_mm[1] + spacing_mm[1] * np.arange(first, min(first + rows_per_slab, rows))
            points = np.empty((y.size, columns, 3))
            points[..., 0] = x
            points[..., 1] = y[:, None]
            points[..., 2] = z
            dose = total_dose_gy(implant, points.reshape(-1, 3), engine="table")
            values[k, first : first + y.size] = dose.reshape(y.size, columns)
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


def _add_rates(
    sources: ImplantedSources, points: FloatArray, total: FloatArray, engine: Engine
) -> None:
    from dosimetry_core.tg43 import kernel  # noqa: PLC0415 - the compiler is heavy to import

    run = kernel.exact_rates if engine == "exact" else kernel.tabulated_rates
    seeds = kernel.SeedArrays(sources.centers_mm, sources.axes, sources.strengths_u)
    run(kernel.kernel_data(sources.model), seeds, points, total)
