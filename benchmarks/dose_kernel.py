"""How fast and how right the TG-43 engines are, against plain NumPy and peers in the same run.

``python -m benchmarks.dose_kernel [--peer pytg43=CHECKOUT] [--peer robustbrachy=CHECKOUT]``. Times
are CPU seconds unless they are said to be wall time; a pair is one seed at one voxel. 60 seeds of a
6711, 9 mm apart, lie in the middle of 100 x 100 x 100 voxels of 1 mm. What is slow is measured at
some of the voxels. The deviation is the largest relative one from plain NumPy at voxels that are
1 mm to 10 cm from every seed.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.dose_peers import Peer, peer
from dosimetry_core.tg43 import (
    ImplantedSources,
    SeedModel,
    dose_grid_gy,
    dose_rate_cgy_per_h,
    total_dose_gy,
)
from dosimetry_core.tg43.geometry import seed_coordinates_cm
from dosimetry_core.tg43.reference import unit_dose_rate
from procedure_node.seed_library import load_seed_models
from procedure_node.settings.paths import default_config_dir

SEEDS = 60
SHAPE_KJI = (100, 100, 100)
ORIGIN_MM = (-49.5, -49.5, -49.5)
SPACING_MM = (1.0, 1.0, 1.0)
SOME_VOXELS = 20_000
FEW_VOXELS = 2000
"""For programs that take minutes, or gigabytes, for more."""
REPEATS = 5
AROUND_ONE_SEED = 100_000

FloatArray = NDArray[np.float64]


def models() -> dict[str, SeedModel]:
    """The library."""
    return dict(load_seed_models(default_config_dir() / "seed_models"))


def implant(count: int = SEEDS) -> ImplantedSources:
    """Seeds on a 9 mm lattice, their places and axes a little scattered."""
    rng = np.random.default_rng(1)
    lattice = np.stack(np.meshgrid(*[np.arange(-18, 19, 9.0)] * 3, indexing="ij"), axis=-1)
    nearest = lattice.reshape(-1, 3)
    nearest = nearest[np.argsort(np.linalg.norm(nearest, axis=1), kind="stable")][:count]
    return ImplantedSources(
        models()["Amersham6711"],
        nearest + rng.normal(scale=0.8, size=nearest.shape),
        rng.normal(scale=0.2, size=nearest.shape) + np.array([0.0, 0.0, 1.0]),
        np.full(count, 0.7),
    )


def voxel_centres() -> FloatArray:
    """Voxel centres (p, 3), mm, in the order of the grid."""
    kji = np.indices(SHAPE_KJI).reshape(3, -1)
    return np.ascontiguousarray((kji * np.array(SPACING_MM)[:, None])[::-1].T + ORIGIN_MM)


def numpy_rate(sources: ImplantedSources, points: FloatArray) -> FloatArray:
    """The formula, vectorised over the points, seed by seed."""
    assert sources.axes is not None
    total = np.zeros(points.shape[0])
    for center, axis, strength in zip(
        sources.centers_mm, sources.axes, sources.strengths_u, strict=True
    ):
        total += strength * unit_dose_rate(
            sources.model, *seed_coordinates_cm(points, center, axis)
        )
    return total


def measure(work: Callable[[], FloatArray], repeats: int) -> tuple[FloatArray, float, float, float]:
    """Result, least CPU seconds, least wall seconds, and peak of newly allocated memory in MB."""
    tracemalloc.start()
    result = work()
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    cpu_s: list[float] = []
    wall_s: list[float] = []
    for _ in range(repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        cpu_s.append(time.process_time() - start_cpu)
        wall_s.append(time.perf_counter() - start)
    return result, min(cpu_s), min(wall_s), peak_mb


def speed(peers: dict[str, Peer]) -> None:
    """Measure and print the speed of every engine and peer."""
    sources, points = implant(), voxel_centres()
    nearest_mm = np.min(
        [np.linalg.norm(points - center, axis=1) for center in sources.centers_mm], axis=0
    )
    usable = np.flatnonzero((nearest_mm >= 1.0) & (np.linalg.norm(points, axis=1) < 70.0))
    some = np.sort(np.random.default_rng(2).choice(usable, SOME_VOXELS, replace=False))
    few = some[:: SOME_VOXELS // FEW_VOXELS]
    gy_per_rate = sources.model.mean_life_h / 100

    def grid(threads: int) -> FloatArray:
        dose = dose_grid_gy(
            [sources],
            origin_mm=ORIGIN_MM,
            spacing_mm=SPACING_MM,
            shape_kji=SHAPE_KJI,
            threads=threads,
        )
        return dose.values.reshape(-1)

    plain = numpy_rate(sources, points[some])
    everywhere = np.full(points.shape[0], np.nan)
    everywhere[some] = plain
    for engine in ("exact", "table"):
        dose_rate_cgy_per_h([sources], points[:10], engine=engine)
    print(f"TG-43 dose of {SEEDS} seeds on {' x '.join(map(str, SHAPE_KJI))} voxels")
    print(f"{'':<34}{'M pairs/CPU s':>14}{'wall s':>9}{'deviation':>11}{'peak MB':>9}")

    def line(
        name: str, work: Callable[[], FloatArray], voxels: NDArray[np.intp] | None, scale: float = 1
    ) -> None:
        rate, cpu_s, wall_s, peak_mb = measure(work, 1 if voxels is not None else REPEATS)
        pairs = SEEDS * rate.size
        expected = everywhere[slice(None) if voxels is None else voxels]
        deviation = float(np.nanmax(np.abs(rate / scale / expected - 1)))
        print(
            f"{name:<34}{pairs / cpu_s / 1e6:>14.4g}"
            f"{wall_s:>9.3f}{deviation:>11.1e}{peak_mb:>9.1f}",
            flush=True,
        )

    line(f"plain NumPy, {some.size} voxels", lambda: numpy_rate(sources, points[some]), some)
    line(
        f"exact, {some.size} voxels",
        lambda: dose_rate_cgy_per_h([sources], points[some]),
        some,
    )
    line(
        "table, list of points",
        lambda: total_dose_gy([sources], points, engine="table"),
        None,
        gy_per_rate,
    )
    for threads in (1, 2):
        line(f"table, grid, {threads} thread(s)", lambda n=threads: grid(n), None, gy_per_rate)
    for name, ready in peers.items():
        rate_at = ready(sources)
        line(f"{name}, {few.size} voxels", lambda f=rate_at: f(points[few]), few)

    one = [implant(1)]
    _, cpu_s, wall_s, _ = measure(
        lambda: dose_grid_gy(
            one, origin_mm=ORIGIN_MM, spacing_mm=SPACING_MM, shape_kji=SHAPE_KJI
        ).values.reshape(-1),
        REPEATS,
    )
    print(f"one seed on the same grid: {1e3 * wall_s:.1f} ms ({1e3 * cpu_s:.1f} ms of CPU)")
    _, cpu_s, _, _ = measure(
        lambda: np.stack([total_dose_gy(one, points[:10], engine="table") for _ in range(100)]),
        REPEATS,
    )
    print(f"one seed at 10 points: {1e6 * cpu_s / 100:.0f} us for each call")


def accuracy() -> None:
    """Print the largest deviation of the table engine around one seed of every model."""
    rng = np.random.default_rng(3)
    direction = rng.normal(size=(AROUND_ONE_SEED, 3))
    near_axis = rng.random(AROUND_ONE_SEED) < 0.4
    direction[near_axis, :2] *= 0.03
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    r_mm = np.exp(rng.uniform(np.log(1.0), np.log(100.0), (AROUND_ONE_SEED, 1)))
    points = r_mm * direction
    print(
        f"\ndeviation of the table engine from plain NumPy, {AROUND_ONE_SEED} points at 1 mm to "
        "10 cm, many near the axis"
    )
    worst = 0.0
    for name, model in models().items():
        seed = ImplantedSources(model, np.zeros((1, 3)), np.array([[0, 0, 1.0]]), np.ones(1))
        table = dose_rate_cgy_per_h([seed], points, engine="table")
        deviation = np.abs(table / numpy_rate(seed, points) - 1)
        at = int(deviation.argmax())
        worst = max(worst, float(deviation[at]))
        print(
            f"{name:<22}{100 * deviation[at]:.3f} % at {r_mm[at, 0]:5.1f} mm, "
            f"{np.degrees(np.arccos(abs(direction[at, 2]))):4.1f} deg; "
            f"99.9 % of points within {100 * np.quantile(deviation, 0.999):.3f} %"
        )
    print(f"largest: {100 * worst:.3f} %")


def main() -> int:
    """Measure and print; returns 2 if a peer cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dose_kernel")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=CHECKOUT",
        help="pytg43 (livingag/pyTG43) or robustbrachy (DrAndrewKennedy/RobustBrachy)",
    )
    named: list[str] = parser.parse_args().peer
    try:
        peers = {
            name: peer(name, Path(checkout))
            for name, _, checkout in (one.partition("=") for one in named)
        }
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    speed(peers)
    accuracy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
