"""How fast the bioheat model is, and how it compares with published phantoms.

``python -m benchmarks.bioheat [speed] [phantoms] [live]``. Speed: 10 minutes of freezing with four
probes in an 80 mm cube of liver, 1 mm voxels, and its bands; seconds are of CPU, wall time beside.
Phantoms: what was measured beside what the model says with the probes of the library, and its band;
nothing is fitted here. Live: what the service spends on it while a freeze goes on.
"""

import argparse
import math
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.live_freeze import live
from dosimetry_core.bioheat import (
    BioheatState,
    Cryoprobe,
    Ensemble,
    FreezeCase,
    Grid,
    IceSeen,
    Knowledge,
    ProbeSpell,
    TemperatureSeen,
    advance,
    correct,
    isotherm_surface_mm,
    isotherm_volume,
    isotherm_volume_cc,
    temperature_band,
    values_at,
)
from dosimetry_core.values import CyclePhase, Volume
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import load_cryoprobe_models, load_tissues

T = TypeVar("T")
FREEZE = (ProbeSpell(0.0, CyclePhase.FREEZE),)
SQUARE = ((-10.0, -10.0), (10.0, -10.0), (-10.0, 10.0), (10.0, 10.0))
_OUT = 20.0 / math.sqrt(3.0)
TRIANGLE = tuple((_OUT * math.cos(a), _OUT * math.sin(a)) for a in (0.0, 2.0944, 4.1888))
LITTRUP = (
    (((0.0, 0.0),), 12.0, 0.13),
    (((-10.0, 0.0), (10.0, 0.0)), 33.0, 0.46),
    (TRIANGLE, 41.0, 0.51),
    (SQUARE, 49.0, 0.56),
)
"""Probes of 2.4 mm, diameter of -30 C in mm, its share of the area of ice (PMC2762356)."""


def case(
    tissue: str, model: str, places: Sequence[tuple[float, float]], grid: Grid, body_c: float
) -> FreezeCase:
    """Parallel probes along z whose active lengths have their middle at z = 0."""
    stated = load_tissues(default_config_dir() / "tissues", body_temperature_c=body_c)[tissue]
    kind = load_cryoprobe_models(default_config_dir() / "cryoprobes")[model]
    tip_mm = 0.5 * kind.active_length_mm + kind.behind_tip_mm
    probes: list[Cryoprobe] = [
        kind.placed(str(n + 1), (x, y, tip_mm), (0.0, 0.0, 1.0)) for n, (x, y) in enumerate(places)
    ]
    return FreezeCase(stated.tissue, stated.spread, tuple(probes), grid)


def timed(what: str, work: Callable[[], T]) -> T:
    """Do it and print how long it took."""
    start, start_cpu = time.perf_counter(), time.process_time()
    result = work()
    print(
        f"{what:<58}{time.process_time() - start_cpu:>8.2f} CPU s"
        f"{time.perf_counter() - start:>8.2f} s wall",
        flush=True,
    )
    return result


def speed() -> None:
    """The freeze, its bands and a correction."""
    freeze = case("liver", "argon-2.4mm", SQUARE, Grid.cube((0.0, 0.0, 0.0), 80.0, 1.0), 37.0)
    courses = [FREEZE] * 4
    knowledge = Knowledge.at_first(len(freeze.probes))
    first = BioheatState.initial(freeze.model(knowledge.mean))
    temperature_band(
        advance(first, 1.0, courses),
        Ensemble.initial(freeze, knowledge, spacing_mm=8.0).advanced(1.0, courses),
    )
    isotherm_volume_cc(first.temperature_c(), 0.0)
    tracemalloc.start()
    advance(first, 1.0, courses)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{'x'.join(map(str, freeze.grid.shape_kji))} voxels, 4 probes, 10 min of freezing")
    print(f"longest stable step {first.model.longest_step_s:.3f} s, memory {peak_mb:.1f} MB")
    best = timed("freeze, 1 mm, one thread", lambda: advance(first, 600.0, courses))
    once = timed("of this, the last 5 s", lambda: advance(best, 605.0, courses))
    ensemble = timed(
        f"{2 * knowledge.mean.size} varied freezes and their middle, 2 mm",
        lambda: Ensemble.initial(freeze, knowledge).advanced(600.0, courses),
    )
    band = timed("band of the minimum temperature", lambda: temperature_band(best, ensemble))
    for level_c in (0.0, -20.0, -40.0):
        volume = timed(
            f"volume within {level_c:g} C",
            lambda at=level_c: isotherm_volume(band, at),
        )
        print(f"    {volume.low_cc:.1f} < {volume.best_cc:.1f} < {volume.high_cc:.1f} cm3")
    surface = timed("surface of -20 C", lambda: isotherm_surface_mm(band.best_c, -20.0))
    place = np.array([[0.0, 0.0, 0.0]])
    seen = [
        IceSeen(1.1 * isotherm_volume_cc(best.temperature_c(), 0.0), 600.0),
        TemperatureSeen((0.0, 0.0, 0.0), 600.0, float(values_at(best.temperature_c(), place)[0])),
    ]
    result = timed("correction by a scan and a thermometer", lambda: correct(freeze, courses, seen))
    gap = once.heat().gap / sum(once.heat().drawn)
    print(f"{len(surface)} triangles; settled: {result.settled}; energy gap {gap:.1e} of drawn")


@dataclass(frozen=True, slots=True)
class Widths:
    """An isotherm in the plane z = 0: largest and mean width, mm, and area, mm2."""

    largest: float
    mean: float
    area: float


def widths(temperature: Volume, level_c: float) -> Widths:
    """Widths of what is colder than a level in the middle plane."""
    middle = temperature.values.shape[0] // 2
    pitch = temperature.spacing_mm[0]
    layers: NDArray[np.float32] = temperature.values[middle - 1 : middle + 1]
    slab = Volume(layers, temperature.affine)
    corners = isotherm_surface_mm(slab, level_c).reshape(-1, 3)
    if not len(corners):
        return Widths(0.0, 0.0, 0.0)
    angle = np.linspace(0.0, math.pi, 90, endpoint=False)
    along = corners[:, :2] @ np.array([np.cos(angle), np.sin(angle)])
    extents = along.max(axis=0) - along.min(axis=0)
    area = isotherm_volume_cc(slab, level_c) * 1000.0 / pitch
    return Widths(float(extents.max()), float(extents.mean()), area)


def phantoms() -> None:
    """Compare with what was published, and print."""
    print("\n2.4 mm probes 2 cm apart, agar at 39 C, 15 min: -30 C (PMC2762356)")
    print(f"{'probes':<8}{'mm':>6}{'mean width [band]':>22}{'largest':>9}{'share of ice':>14}")
    for places, seen_mm, seen_share in LITTRUP:
        grid = Grid.cube((0.0, 0.0, 0.0), 100.0, 2.0)
        freeze = case("agar", "argon-2.4mm", places, grid, 39.0)
        courses = [FREEZE] * len(places)
        knowledge = Knowledge.at_first()
        state = advance(BioheatState.initial(freeze.model(knowledge.mean)), 900.0, courses)
        ensemble = Ensemble.initial(freeze, knowledge).advanced(900.0, courses)
        band = temperature_band(state, ensemble, "now")
        low, best, high = (widths(one, -30.0) for one in (band.warm_c, band.best_c, band.cold_c))
        ice = widths(band.best_c, 0.0)
        print(
            f"{len(places):<8}{seen_mm:>6.0f}"
            f"{best.mean:>8.1f} [{low.mean:>4.1f}, {high.mean:>4.1f}]{best.largest:>10.1f}"
            f"{best.area / ice.area:>8.2f} ({seen_share:.2f})"
        )
        behind_mm = 0.5 * (ice.mean - best.mean)
        of_40_mm = 0.5 * (ice.mean - widths(band.best_c, -40.0).mean)
        to_10_mm = 0.5 * (widths(band.best_c, 10.0).mean - ice.mean)
        print(
            f"{'':<8}-30 C lies {behind_mm:.1f} mm (measured < 10) and -40 C {of_40_mm:.1f} mm "
            f"(PMC4850244: about 10) inside the edge; 10 C {to_10_mm:.1f} mm outside of it"
        )
    print("\nSingle 17 G needles, gel at 37 C, 10 min: 0 C, width x length, and beyond the tip")
    for model, drawn in (("IceRod", "25 x 35 mm, 5 mm"), ("IceSeed", "20 x 25 mm, 5 mm")):
        freeze = case("agar", model, ((0.0, 0.0),), Grid.cube((0.0, 0.0, 0.0), 70.0, 1.0), 37.0)
        state = advance(BioheatState.initial(freeze.model(np.zeros(6))), 600.0, [FREEZE])
        corners = isotherm_surface_mm(state.temperature_c(), 0.0).reshape(-1, 3)
        wide, long = np.ptp(corners[:, 0]), np.ptp(corners[:, 2])
        beyond = corners[:, 2].max() - freeze.probes[0].tip_mm[2]
        print(f"{model:<10}{wide:.1f} x {long:.1f} mm, {beyond:.1f} mm (drawn: {drawn})")


def main() -> int:
    """Measure what is named, or all, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bioheat")
    parser.add_argument("what", nargs="*", choices=["speed", "phantoms", "live", []])
    named: list[str] = parser.parse_args().what or ["speed", "phantoms", "live"]
    if "speed" in named:
        speed()
    if "phantoms" in named:
        phantoms()
    if "live" in named:
        live()
    return 0


if __name__ == "__main__":
    sys.exit(main())
