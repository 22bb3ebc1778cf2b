"""How fast and how right the TG-43 kernels are, against plain NumPy in the same run.

Run as ``python -m benchmarks.dose_kernel``. Times are CPU seconds of one thread; a pair is one seed
at one voxel. The implant has 60 seeds of a 6711, 9 mm apart; the grid is 80 x 80 x 32 voxels of
1 x 1 x 2.5 mm around it.
"""

import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh import structure_dose
from dosimetry_core.tg43 import ImplantedSources, dose_rate_cgy_per_h
from dosimetry_core.tg43.geometry import seed_coordinates_cm
from dosimetry_core.tg43.reference import unit_dose_rate
from dosimetry_core.values import ContouredStructure
from procedure_node.seed_library import load_seed_models
from procedure_node.settings.paths import default_config_dir

SEEDS = 60
SHAPE_KJI = (32, 80, 80)
SPACING_MM = (2.5, 1.0, 1.0)
REPEATS = 3

FloatArray = NDArray[np.float64]


def implant() -> ImplantedSources:
    """60 seeds on a 9 mm lattice, their places and axes a little scattered."""
    rng = np.random.default_rng(1)
    lattice = np.stack(np.meshgrid(*[np.arange(-18, 19, 9.0)] * 3, indexing="ij"), axis=-1)
    nearest = lattice.reshape(-1, 3)
    nearest = nearest[np.argsort(np.linalg.norm(nearest, axis=1), kind="stable")][:SEEDS]
    return ImplantedSources(
        load_seed_models(default_config_dir() / "seed_models")["Amersham6711"],
        nearest + rng.normal(scale=0.8, size=nearest.shape),
        rng.normal(scale=0.2, size=nearest.shape) + np.array([0.0, 0.0, 1.0]),
        np.full(SEEDS, 0.7),
    )


def grid_points() -> FloatArray:
    """Voxel centres (p, 3), mm."""
    axes = [
        (np.arange(count, dtype=np.float64) - (count - 1) / 2) * pitch
        for count, pitch in zip(SHAPE_KJI, SPACING_MM, strict=True)
    ]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)[..., ::-1].reshape(-1, 3)


def numpy_rate(sources: ImplantedSources, points: FloatArray) -> FloatArray:
    """The formula, vectorised over the grid, seed by seed."""
    total = np.zeros(points.shape[0])
    for center, axis, strength in zip(
        sources.centers_mm, sources.axes, sources.strengths_u, strict=True
    ):
        total += strength * unit_dose_rate(
            sources.model, *seed_coordinates_cm(points, center, axis)
        )
    return total


def measure(work: Callable[[], FloatArray], repeats: int) -> tuple[FloatArray, float, float]:
    """Result, best CPU seconds, and peak of newly allocated memory in MB."""
    tracemalloc.start()
    result = work()
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    seconds: list[float] = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return result, min(seconds), peak_mb


def target() -> ContouredStructure:
    """A sphere of 40 mm, 2.5 mm slices."""
    angle = 2 * np.pi * np.arange(120) / 120
    heights = np.arange(-18.75, 20, 2.5)
    return ContouredStructure(
        "TARGET",
        tuple(
            np.column_stack([r * np.cos(angle), r * np.sin(angle), np.full(120, z)])
            for z, r in zip(heights, np.sqrt(400 - heights**2), strict=True)
        ),
    )


def main() -> None:
    """Measure and print."""
    sources, points = implant(), grid_points()
    pairs = SEEDS * points.shape[0]
    for engine in ("exact", "table"):
        dose_rate_cgy_per_h([sources], points[:10], engine=engine)
    plain, plain_s, plain_mb = measure(lambda: numpy_rate(sources, points), 1)
    print(f"TG-43 dose rate, {SEEDS} seeds x {points.shape[0]} voxels = {pairs / 1e6:.1f} M pairs")
    print(f"{'engine':<14}{'M pairs/CPU s':>14}{'x NumPy':>10}{'deviation':>12}{'peak MB':>9}")
    print(f"{'plain NumPy':<14}{pairs / plain_s / 1e6:>14.2f}{1:>10.1f}{'-':>12}{plain_mb:>9.1f}")
    for engine in ("exact", "table"):
        rate, seconds, peak_mb = measure(
            lambda engine=engine: dose_rate_cgy_per_h([sources], points, engine=engine), REPEATS
        )
        deviation = float(np.max(np.abs(rate / plain - 1)))
        print(
            f"{engine:<14}{pairs / seconds / 1e6:>14.2f}{plain_s / seconds:>10.1f}"
            f"{deviation:>12.1e}{peak_mb:>9.1f}"
        )
    structure = target()
    structure_dose(structure, [sources], prescription_gy=110.0)
    start = time.process_time()
    result = structure_dose(structure, [sources], prescription_gy=110.0)
    print(
        f"all dose-volume figures of a {result.volume_cc:.1f} cm3 target, {SEEDS} seeds: "
        f"{time.process_time() - start:.3f} CPU s"
    )


if __name__ == "__main__":
    main()
