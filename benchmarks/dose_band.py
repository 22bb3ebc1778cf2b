"""How fast dose bands and sub-volumes are, and how often the truth lies in the band.

Run as ``python -m benchmarks.dose_band [TRUTHS]``. Speed: 60 seeds, 2 targets and 6 organs. Then,
if a number of truths is given, implants are drawn around a plan, as needles are placed; each is
seen with the stated errors, and the band of what is seen is held against the truth. That takes some
0.3 CPU seconds for each truth and line of the table.
"""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.dose_kernel import implant
from dosimetry_core.dvh import structure_dose
from dosimetry_core.subvolumes import cold_subvolumes, hot_subvolumes
from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.uncertainty import DoseErrors, dose_bands
from dosimetry_core.uncertainty.drawing import draw_implant
from dosimetry_core.values import ContouredStructure

PRESCRIPTION_GY = 110.0
STRENGTH_U = 0.35
THREADS = 2
REPEATS = 5
FIGURES = ("d90_gy", "v100_percent", "d2cc_gy", "d0_1cc_gy")

Xyz = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """One line of the table of truths.

    Attributes:
        planting_mm: how far a truth's seeds are from the plan, along each axis (1 sigma).
        errors: how far what is seen is from the truth.
    """

    planting_mm: float
    errors: DoseErrors


TRIALS = (
    Trial(0.0, DoseErrors(registration_sd_mm=1.0)),
    Trial(2.0, DoseErrors(registration_sd_mm=1.0)),
    Trial(4.0, DoseErrors(registration_sd_mm=1.0)),
    Trial(2.0, DoseErrors(registration_sd_mm=0.0)),
)


def ellipsoid(name: str, center: Xyz, radii: Xyz) -> ContouredStructure:
    """Contours every 2.5 mm."""
    angle = 2 * np.pi * np.arange(90) / 90
    polygons = [
        np.column_stack(
            [
                center[0] + radii[0] * part * np.cos(angle),
                center[1] + radii[1] * part * np.sin(angle),
                np.full(angle.size, center[2] + z),
            ]
        )
        for z in np.arange(-radii[2] + 1.25, radii[2], 2.5)
        for part in [np.sqrt(1.0 - (z / radii[2]) ** 2)]
    ]
    return ContouredStructure(name, tuple(polygons))


TARGETS = (
    ellipsoid("target", (0.0, 0.0, 0.0), (20.0, 20.0, 20.0)),
    ellipsoid("zone", (3.0, 0.0, 0.0), (12.0, 14.0, 10.0)),
)
ORGANS = (
    ellipsoid("organ 1", (32.0, 0.0, 0.0), (10.0, 10.0, 30.0)),
    ellipsoid("organ 2", (0.0, 40.0, 0.0), (15.0, 15.0, 40.0)),
    ellipsoid("organ 3", (-80.0, 0.0, 0.0), (50.0, 50.0, 60.0)),
    ellipsoid("organ 4", (0.0, -28.0, 0.0), (5.0, 5.0, 40.0)),
    ellipsoid("organ 5", (30.0, 30.0, 0.0), (10.0, 10.0, 10.0)),
    ellipsoid("organ 6", (0.0, 0.0, -60.0), (30.0, 30.0, 30.0)),
)


def seeds(strength_u: float = STRENGTH_U) -> ImplantedSources:
    """60 seeds in the target."""
    sources = implant()
    count = sources.strengths_u.size
    return ImplantedSources(
        sources.model, sources.centers_mm, sources.axes, np.full(count, strength_u)
    )


def plan() -> ImplantedSources:
    """57 parallel seeds, 9 mm apart, within 20 mm of the target's centre."""
    axis = np.arange(-18.0, 19.0, 9.0)
    lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    places = lattice[np.linalg.norm(lattice, axis=1) < 20.5]
    axes = np.tile([0.0, 0.0, 1.0], (len(places), 1))
    return ImplantedSources(seeds().model, places, axes, np.full(len(places), STRENGTH_U))


def timed(what: str, work: Callable[[], object]) -> None:
    """Print the best wall and CPU time."""
    work()
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(f"{what:<58}{min(walls) * 1000:>8.0f} ms{min(cpus) * 1000:>8.0f} CPU ms")


def speed() -> None:
    """Time bands and sub-volumes, and show the bands."""
    implanted = [seeds()]
    structures = (*TARGETS, *ORGANS)
    results = [
        structure_dose(
            structure, implanted, prescription_gy=PRESCRIPTION_GY if structure in TARGETS else None
        )
        for structure in structures
    ]
    errors = DoseErrors(registration_sd_mm=1.0)
    bands = partial(dose_bands, structures, implanted, results, errors, threads=THREADS)
    timed(f"bands, 2 targets, 6 organs, 1000 samples, {THREADS} threads", bands)
    target = TARGETS[0]
    timed(
        "cold regions of a target of 34 cm3",
        lambda: cold_subvolumes(target, implanted, below_gy=PRESCRIPTION_GY),
    )
    timed(
        "hot regions of it",
        lambda: hot_subvolumes(target, implanted, above_gy=2.0 * PRESCRIPTION_GY),
    )
    print(f"\n{'':<24}{'nominal':>9}{'5 %':>8}{'95 %':>8}{'sd':>7}{'shift':>8}{'error of 5 %':>14}")
    for one in bands():
        for name in FIGURES:
            band = getattr(one, name)
            if band is not None:
                print(
                    f"{one.name:<10}{name:<14}{band.nominal:>9.1f}{band.low:>8.1f}{band.high:>8.1f}"
                    f"{band.sd:>7.2f}{band.scatter_shift:>8.2f}{band.low_error:>14.2f}"
                )


def truth_and_band(trial: Trial, number: int) -> list[tuple[float, float, float, float, float]]:
    """Truth, seen, low, high and shift of each of ``FIGURES``."""
    rng = np.random.default_rng([number, round(10 * trial.planting_mm)])
    planting = DoseErrors(0.0, trial.planting_mm, 5.0, 0.0, 0.0)
    truth = draw_implant([plan()], planting, rng)
    seen = draw_implant(truth, trial.errors, rng)
    structures = (TARGETS[0], ORGANS[0])
    levels = (PRESCRIPTION_GY, None)
    true, nominal = (
        [
            structure_dose(structure, one, prescription_gy=level)
            for structure, level in zip(structures, levels, strict=True)
        ]
        for one in (truth, seen)
    )
    bands = dose_bands(structures, seen, nominal, trial.errors, samples=300, seed=number)
    found: list[tuple[float, float, float, float, float]] = []
    for n, name in zip((0, 0, 1, 1), FIGURES, strict=True):
        band = getattr(bands[n], name)
        found.append(
            (getattr(true[n], name), band.nominal, band.low, band.high, band.scatter_shift)
        )
    return found


def rates(truths: int) -> Iterator[str]:
    """Lines of the table of truths."""
    yield (
        f"\n{truths} truths a line; percent of them in, below and above the band of 90 %\n"
        f"{'planting':<10}{'registration':<14}{'figure':<14}{'in':>6}{'below':>7}{'above':>7}"
        f"{'truth - seen':>14}{'shift':>9}"
    )
    with ProcessPoolExecutor(THREADS) as pool:
        for trial in TRIALS:
            found = np.array(list(pool.map(partial(truth_and_band, trial), range(truths))))
            for n, name in enumerate(FIGURES):
                true, seen, low, high, shift = found[:, n].T
                below = 100 * np.count_nonzero(true < low) / truths
                above = 100 * np.count_nonzero(true > high) / truths
                yield (
                    f"{trial.planting_mm:<10}{trial.errors.registration_sd_mm:<14}{name:<14}"
                    f"{100 - below - above:>6.0f}{below:>7.0f}{above:>7.0f}"
                    f"{np.mean(true - seen):>14.2f}{np.mean(shift):>9.2f}"
                )


def main() -> None:
    """Measure and print."""
    speed()
    if len(sys.argv) > 1:
        for line in rates(int(sys.argv[1])):
            print(line, flush=True)


if __name__ == "__main__":
    main()
