"""Seed identities against simulated truth: how many are right, and how sure they say they are.

    python -m benchmarks.seed_identity [CASES]

Two scans of an implant of 20 to 60 seeds, with 0 to 20 new ones in the second: shifted by up to
15 mm, turned by up to 5 degrees, swollen by up to 10 % and bent smoothly; places with an error of
0.2 to 1 mm, axes of 9 degrees along each direction; 0 to 5 % of the seeds missed and as many false
finds in each scan; 1 % of the seeds slip by themselves. The errors of places are stated to the
matching in half of the cases; in the others 0.5 mm is stated whatever they are.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from dosimetry_core.seed_identity import (
    MigrationLimits,
    PlannedPlace,
    ScanFinds,
    SeedRegister,
    Strand,
    identify_seeds,
    match_plan,
    same_covariance,
)
from dosimetry_core.values import FoundSeed

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
LIMITS = MigrationLimits(moved_mm=10.0, outside_mm=20.0)
GUESSED_MM = 0.5
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0 + 1e-9)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one scan shows.

    Attributes:
        finds: as the matching takes them.
        truth: shape (n,), which true seed each find is; -1 for a false one.
    """

    finds: ScanFinds
    truth: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Decisions of many cases: one for each seed of the first scan and each find of the second.

    Attributes:
        right: of the seeds known before, whether each was given its own find or rightly none.
        linked: of the finds given to a known seed, whether rightly.
        certainty: of the same, how probable that was said to be.
        cpu_ms: processor time of each case.
        worst: share of right decisions in the worst case.
    """

    right: NDArray[np.bool_]
    linked: NDArray[np.bool_]
    certainty: FloatArray
    cpu_ms: FloatArray
    worst: float


def spread_out(count: int, rng: np.random.Generator) -> FloatArray:
    """Needles 10 mm apart with a seed every 10 mm, each off by 2 mm: a usual implant."""
    return _lattice(count, 10.0, 2.0, rng)


def dense_lattice(count: int, rng: np.random.Generator) -> FloatArray:
    """A lattice of 5 mm with errors of 0.7 mm: the hardest, as it fits itself when shifted."""
    return _lattice(count, 5.0, 0.7, rng)


def dense_random(count: int, rng: np.random.Generator) -> FloatArray:
    """As dense as random places with at least 5 mm between them get easily."""
    places = np.empty((0, 3))
    radius = 5.0
    while len(places) < count:
        place = rng.uniform(-radius, radius, 3)
        if np.linalg.norm(place) < radius and np.all(np.linalg.norm(places - place, axis=1) > 5.0):
            places = np.vstack([places, place])
        radius *= 1.0005
    return places


def _lattice(
    count: int, spacing_mm: float, error_mm: float, rng: np.random.Generator
) -> FloatArray:
    line = np.arange(-4, 5) * spacing_mm
    grid = np.stack(np.meshgrid(line, line, line), axis=-1).reshape(-1, 3)
    order = np.argsort((grid**2).sum(axis=1) + rng.uniform(0.0, 0.1, len(grid)), kind="stable")
    return grid[order[:count]] + rng.normal(0.0, error_mm, (count, 3))


def moved(places_mm: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Places shifted, turned, swollen and bent, and the rotation."""
    middle = places_mm.mean(axis=0)
    arms = places_mm - middle
    shift = _direction(rng) * rng.uniform(0.0, 15.0)
    turn = Rotation.from_rotvec(np.radians(rng.uniform(0.0, 5.0)) * _direction(rng)).as_matrix()
    waves = rng.normal(size=(3, 3)) / 40.0
    phase = rng.uniform(0.0, 2.0 * np.pi, 3)
    bent = rng.normal(0.0, 0.8, 3) * np.sin(arms @ waves.T + phase)
    swollen = 1.0 + rng.uniform(0.0, 0.1)
    return middle + shift + swollen * arms @ turn.T + bent, turn


def look(
    name: str,
    places_mm: FloatArray,
    axes: FloatArray,
    truth: IntArray,
    noise_mm: float,
    stated_mm: float,
    rng: np.random.Generator,
) -> Look:
    """A scan of seeds: noise, misses and false finds, in any order."""
    seen = rng.uniform(size=len(places_mm)) > rng.uniform(0.0, 0.05)
    false_count = int(rng.binomial(len(places_mm), rng.uniform(0.0, 0.05)))
    low, high = places_mm.min(axis=0) - 10.0, places_mm.max(axis=0) + 10.0
    noisy = places_mm[seen] + rng.normal(0.0, noise_mm, (int(seen.sum()), 3))
    tilted = axes[seen] + rng.normal(0.0, np.radians(9.0), (int(seen.sum()), 3))
    centers = np.vstack([noisy, rng.uniform(low, high, (false_count, 3))])
    pointing = np.vstack([tilted, rng.normal(size=(false_count, 3))])
    pointing /= np.linalg.norm(pointing, axis=1, keepdims=True)
    sure = np.concatenate([rng.beta(20, 1, int(seen.sum())), rng.beta(4, 2, false_count)])
    whose = np.concatenate([truth[seen], np.full(false_count, -1)])
    order = rng.permutation(len(centers))
    seeds = tuple(_found(centers[n], pointing[n], float(sure[n])) for n in order)
    return Look(ScanFinds(name, seeds, same_covariance(seeds, (stated_mm,) * 3)), whose[order])


def case(
    layout: Callable[[int, np.random.Generator], FloatArray],
    rng: np.random.Generator,
    *,
    stated: bool = True,
) -> tuple[Look, Look]:
    """Two scans of one implant."""
    count, new = int(rng.integers(20, 61)), int(rng.integers(0, 21))
    places = rng.permutation(layout(count + new, rng))
    axes = np.array([0.0, 0.0, 1.0]) + rng.normal(0.0, 0.25, places.shape)
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    after, turn = moved(places, rng)
    slipped = rng.uniform(size=len(places)) < 0.01
    along = rng.normal(0.0, 6.0, (len(places), 1)) * axes
    after += slipped[:, None] * (along + rng.normal(0.0, 2.0, places.shape))
    noise_mm = rng.uniform(0.2, 1.0)
    stated_mm = noise_mm if stated else GUESSED_MM
    ids = np.arange(len(places))
    first = look("first", places[:count], axes[:count], ids[:count], noise_mm, stated_mm, rng)
    second = look("second", after, axes @ turn.T, ids, noise_mm, stated_mm, rng)
    return first, second


def tally(
    layout: Callable[[int, np.random.Generator], FloatArray],
    cases: int,
    *,
    seed: int = 1,
    stated: bool = True,
) -> Tally:
    """Identify the seeds of many cases and compare with the truth."""
    rng = np.random.default_rng(seed)
    right: list[bool] = []
    linked: list[bool] = []
    certainty: list[float] = []
    cpu_ms: list[float] = []
    worst = 1.0
    for _ in range(cases):
        first, second = case(layout, rng, stated=stated)
        known = identify_seeds(SeedRegister(), first.finds, LIMITS)
        whose = {find.seed_id: int(first.truth[find.index]) for find in known.finds}
        started = time.process_time()
        told = identify_seeds(known.register, second.finds, LIMITS)
        cpu_ms.append(1e3 * (time.process_time() - started))
        there = set(second.truth[second.truth >= 0].tolist())
        mine: list[bool] = []
        for find in told.finds:
            if find.seed_id in whose:
                mine.append(whose[find.seed_id] == second.truth[find.index] != -1)
                linked.append(mine[-1])
                certainty.append(find.identity_certainty)
        mine += [whose[seed.seed_id] not in there for seed in told.unfound]
        right += mine
        worst = min(worst, float(np.mean(mine)))
    return Tally(np.array(right), np.array(linked), np.array(certainty), np.array(cpu_ms), worst)


def calibration(certainty: FloatArray, right: NDArray[np.bool_]) -> list[str]:
    """Lines of a table: what was said against what was so."""
    lines = ["| said | matches | mean said | right |", "|---|---|---|---|"]
    for low, high in pairwise(BINS):
        inside = (certainty >= low) & (certainty < high)
        if inside.any():
            lines.append(
                f"| {low:.2f} to {min(high, 1.0):.2f} | {int(inside.sum())} | "
                f"{certainty[inside].mean():.3f} | {right[inside].mean():.3f} |"
            )
    return lines


def plan_tally(cases: int, *, stranded: bool, seed: int = 2) -> tuple[FloatArray, FloatArray]:
    """Planned seeds that were given the right find: whether, and how sure, shape (n,) each.

    Sixteen needles 10 mm apart with four seeds each at 10 mm: each needle is off by 3 mm along
    every axis, each loose seed by 1 mm and by 2.5 mm more along the needle, each stranded one by
    0.3 mm.
    """
    rng = np.random.default_rng(seed)
    right: list[bool] = []
    certainty: list[float] = []
    corners = [(10.0 * i, 10.0 * j) for i in range(4) for j in range(4)]
    for _ in range(cases):
        planned = [
            PlannedPlace((x, y, 10.0 * k), (0.0, 0.0, 1.0), f"N{n}", f"S{n}" if stranded else "")
            for n, (x, y) in enumerate(corners)
            for k in range(4)
        ]
        needle_off = np.repeat(rng.normal(0.0, 3.0, (16, 3)), 4, axis=0)
        own = rng.normal(0.0, 0.3 if stranded else 1.0, (64, 3))
        if not stranded:
            own[:, 2] += rng.normal(0.0, 2.5, 64)
        places = np.array([place.center_mm for place in planned]) + needle_off + own
        axes = np.tile([0.0, 0.0, 1.0], (64, 1))
        scan = look("scan", places, axes, np.arange(64), 0.5, 0.5, rng)
        for match in match_plan(planned, scan.finds).seeds:
            if match.found is not None:
                right.append(bool(scan.truth[match.found] == match.planned))
                certainty.append(match.certainty)
    return np.array(right, dtype=np.float64), np.array(certainty)


def strands_slid(cases: int, *, told: bool, seed: int = 3) -> float:
    """Share of right identities in strands that slid by 4 to 8 mm along themselves.

    Nine strands of four seeds at 10 mm, 6 mm apart; three of them slide. ``told``: whether the
    matching knows which seeds hang together.
    """
    rng = np.random.default_rng(seed)
    right: list[bool] = []
    for _ in range(cases):
        corner = np.stack(np.meshgrid([0.0, 6.0, 12.0], [0.0, 6.0, 12.0]), -1).reshape(-1, 2)
        places = np.array([[x, y, 10.0 * k] for x, y in corner for k in range(4)])
        places += np.repeat(rng.normal(0.0, 1.0, (9, 3)), 4, axis=0)
        axes = np.tile([0.0, 0.0, 1.0], (36, 1))
        slide = np.zeros((9, 3))
        slide[rng.choice(9, 3, replace=False), 2] = rng.choice([-1, 1], 3) * rng.uniform(4, 8, 3)
        ids = np.arange(36)
        first = _exact("first", places, rng)
        second = look("second", places + np.repeat(slide, 4, axis=0), axes, ids, 0.5, 0.5, rng)
        register = identify_seeds(SeedRegister(), first, LIMITS).register
        if told:
            for n in range(9):
                register = register.with_strand(Strand(tuple(range(4 * n + 1, 4 * n + 5)), 10.0))
        finds = identify_seeds(register, second.finds, LIMITS).finds
        right += [find.seed_id == second.truth[find.index] + 1 for find in finds]
    return float(np.mean(right))


def lattice_by_one(cases: int, *, seed: int = 4) -> tuple[float, float, float]:
    """A lattice that moved by its own spacing, with new seeds where it came from.

    A 4 x 4 x 4 lattice of 5 mm, places with 0.3 mm, moves by 5 mm along x; 16 new seeds fill the
    side that it left. What is seen is the same as if it had stayed and got 16 on the other side.

    Returns:
        Shares of right identities, of certainties above 0.9 among the wrong, and of cases with a
        warning that more than one motion fits.
    """
    rng = np.random.default_rng(seed)
    right: list[bool] = []
    sure: list[bool] = []
    warned = 0
    line = 5.0 * np.arange(4)
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    fresh = grid[grid[:, 0] == 0.0]
    for _ in range(cases):
        places = np.vstack([grid + np.array([5.0, 0.0, 0.0]), fresh])
        register = identify_seeds(SeedRegister(), _exact("first", grid, rng, 0.3), LIMITS).register
        told = identify_seeds(register, _exact("second", places, rng, 0.3), LIMITS)
        warned += any("more than one common motion" in warning for warning in told.warnings)
        right += [find.seed_id == find.index + 1 for find in told.finds[:64]]
        sure += [find.identity_certainty > 0.9 for find in told.finds[:64]]
    wrong = ~np.array(right)
    overrated = float(np.array(sure)[wrong].mean()) if wrong.any() else 0.0
    return float(np.mean(right)), overrated, warned / cases


def sixty_by_sixty(repeats: int = 50) -> FloatArray:
    """Processor time of one scan of 60 seeds after another, ms, each of ``repeats``."""
    rng = np.random.default_rng(5)
    places = dense_random(60, rng)
    register = identify_seeds(SeedRegister(), _exact("first", places, rng), LIMITS).register
    scan = _exact("second", moved(places, rng)[0], rng)
    spent: list[float] = []
    for _ in range(repeats):
        started = time.process_time()
        identify_seeds(register, scan, LIMITS)
        spent.append(1e3 * (time.process_time() - started))
    return np.array(spent)


def main() -> None:
    """Print all tables."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    layouts = {"10 mm": spread_out, "5 mm random": dense_random, "5 mm lattice": dense_lattice}
    all_said: list[Tally] = []
    print("| implant | errors stated | right | of links right | worst case | CPU median, most |")
    print("|---|---|---|---|---|---|")
    for name, layout in layouts.items():
        for stated in (True, False):
            one = tally(layout, cases, stated=stated)
            all_said.append(one)
            print(
                f"| {name} | {'yes' if stated else 'no'} | {100 * one.right.mean():.2f} % | "
                f"{100 * one.linked.mean():.2f} % | {100 * one.worst:.0f} % | "
                f"{np.median(one.cpu_ms):.0f}, {one.cpu_ms.max():.0f} ms |"
            )
    print()
    for stated, said in (("stated", all_said[::2]), ("guessed", all_said[1::2])):
        print(f"errors {stated}:")
        sure = np.concatenate([one.certainty for one in said])
        print("\n".join(calibration(sure, np.concatenate([one.linked for one in said]))), "\n")
    for kind, stranded in (("loose", False), ("stranded", True)):
        right, sure = plan_tally(max(cases // 5, 10), stranded=stranded)
        print(f"planned {kind}: {100 * right.mean():.1f} % of {len(right)} links right")
        print("\n".join(calibration(sure, right > 0.5)), "\n")
    for told in (False, True):
        share = strands_slid(max(cases // 5, 10), told=told)
        print(f"strands that slid, {'told' if told else 'not told'}: {100 * share:.1f} % right")
    right_share, overrated, warned = lattice_by_one(max(cases // 5, 10))
    print(
        f"lattice moved by its spacing: {100 * right_share:.0f} % right, "
        f"{100 * overrated:.0f} % of the wrong above 0.9, "
        f"warning in {100 * warned:.0f} % of cases"
    )
    spent = sixty_by_sixty()
    print(f"60 x 60: {np.median(spent):.0f} ms, at most {spent.max():.0f} ms of one core")


def _exact(
    name: str, places: FloatArray, rng: np.random.Generator, noise_mm: float = 0.5
) -> ScanFinds:
    """A scan that misses nothing and finds nothing false; all seeds along z, in order."""
    noisy = places + rng.normal(0.0, noise_mm, places.shape)
    seeds = tuple(_found(place, np.array([0.0, 0.0, 1.0]), 0.97) for place in noisy)
    return ScanFinds(name, seeds, same_covariance(seeds, (noise_mm,) * 3))


def _found(center: FloatArray, axis: FloatArray, confidence: float) -> FoundSeed:
    x, y, z = (float(value) for value in center)
    a, b, c = (float(value) for value in axis)
    return FoundSeed((x, y, z), (a, b, c), confidence)


def _direction(rng: np.random.Generator) -> FloatArray:
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)


if __name__ == "__main__":
    main()
