"""Ice finding measured against truth, beside a plain threshold.

    python -m benchmarks.ice [--quick | --calibrate CASES [--first NUMBER]]

For each kind of ice and slice it prints means over three places in a real CT: the Dice coefficient,
the mean distance from the stated surface to the true one (of the solid, not of its voxels), the
error that was stated, how often the true one was within it, and how often the least margin of a
sphere in the ice was within its band. The plain way beside it is a threshold of half the fall from
the baseline by affines alone, opened, connected to a tip. ``--calibrate`` takes cases at random and
prints only how often errors and margins were within what was stated.
"""

import argparse
import time
from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from benchmarks.ice_cases import LARGE, ONE, PLACES_MM, SMALL, IceCase, IcePair, ice_pair
from dosimetry_core.ice import (
    FALL_HU,
    PLACE_FACTOR,
    PLACE_FACTOR_ALONE,
    find_ice,
    ice_coverage,
    ice_solid,
)
from dosimetry_core.values import Volume

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Finder = Callable[[IcePair], tuple[Bools, float]]
_SHIFT_MM = (2.0, -1.5, 3.0)
_TARGET_MM = 8.0
_FACTORS = {"none": PLACE_FACTOR_ALONE}
_SLICES_MM = (5.0, 2.5, 1.25)


def ours(pair: IcePair) -> tuple[Bools, float]:
    """With the baseline."""
    return _found(pair, pair.baseline)


def alone(pair: IcePair) -> tuple[Bools, float]:
    """Without it."""
    return _found(pair, None)


def plain(pair: IcePair) -> tuple[Bools, float]:
    """Threshold and opening; it states no error."""
    fall = pair.baseline.values.astype(np.float32) - pair.scan.values
    candidate = ndimage.binary_opening(fall > 0.5 * FALL_HU, iterations=1)
    label, _ = ndimage.label(candidate)
    touched: set[int] = set()
    for tip in pair.scan.to_index(np.array(pair.tips_mm)):
        at = np.round(tip).astype(int)
        near = label[tuple(slice(max(0, n - 3), n + 4) for n in at)]
        touched.update(int(n) for n in np.unique(near) if n)
    return np.isin(label, sorted(touched)), float("nan")


def _found(pair: IcePair, baseline: Volume | None) -> tuple[Bools, float]:
    finding = find_ice(pair.scan, baseline, probe_tips_mm=pair.tips_mm, probe_axes=pair.axes)
    return finding.on_grid_of(pair.scan), finding.surface_error_mm


def surface_mm(mask: Bools, pair: IcePair) -> float:
    """Mean distance from the faces between ice and not ice to the true surface."""
    faces: list[NDArray[np.float64]] = []
    for axis in range(3):
        turned = np.moveaxis(mask, axis, 0)
        step = np.moveaxis(turned[1:] != turned[:-1], 0, axis)
        kji = np.argwhere(step).astype(np.float64)
        kji[:, axis] += 0.5
        faces.append(kji)
    points = pair.scan.to_patient_mm(np.concatenate(faces))
    return float(np.abs(pair.depth_mm(points)).mean()) if len(points) else float("inf")


def margin_is_within(mask: Bools, stated_mm: float, pair: IcePair, factor: float) -> bool:
    """Whether the least margin of a sphere in the midst of the ice lies in the band told for it."""
    middle = np.mean([ball.center_mm for ball in pair.balls], axis=0)
    low = middle - _TARGET_MM - 3.0
    side = int(2.0 * (_TARGET_MM + 3.0)) + 1
    affine = np.eye(4)
    affine[:3, 3] = low
    grid = Volume(np.zeros((side, side, side), np.float32), affine)
    kji = np.moveaxis(np.indices(grid.values.shape, dtype=np.float64), 0, -1)
    away = np.linalg.norm(grid.to_patient_mm(kji.reshape(-1, 3)) - middle, axis=1)
    target = Volume((away - _TARGET_MM).reshape(grid.values.shape), affine)
    found = ice_coverage(ice_solid(Volume(mask, pair.scan.affine), stated_mm, factor), target)
    band = found.minimum_margin_mm
    true_mm = _true_margin_mm(middle, pair)
    return band is not None and band.low <= true_mm <= band.high


def _true_margin_mm(middle: Floats, pair: IcePair) -> float:
    """From the sphere to the nearest of many points on the surface of the solids, signed."""
    way = np.random.default_rng(7).normal(size=(30_000, 3))
    way /= np.linalg.norm(way, axis=1)[:, None]
    outer: list[Floats] = []
    for n, ball in enumerate(pair.balls):
        along = np.outer(way @ np.array(ball.axis), np.array(ball.axis))
        own = np.array(ball.center_mm) + ball.across_mm * (way - along) + ball.along_mm * along
        others = [other for m, other in enumerate(pair.balls) if m != n]
        hidden = [other.depth_mm(own) > 0.0 for other in others]
        outer.append(own[~np.any(hidden, axis=0)] if hidden else own)
    surface = middle + _TARGET_MM * way[:3000]
    gap, _ = KDTree(np.concatenate(outer)).query(surface)
    return float(np.where(pair.depth_mm(surface) > 0.0, gap, -gap).min())


def calibrate(cases: int, first: int) -> None:
    """Print how often the stated errors held, in cases at random."""
    within: dict[str, list[tuple[bool, bool]]] = {"baseline": [], "none": []}
    finders: dict[str, Finder] = {"baseline": ours, "none": alone}
    for number in range(first, first + cases):
        pair = ice_pair(_random_case(number))
        for name, finder in finders.items():
            mask, stated = finder(pair)
            held = surface_mm(mask, pair) <= stated
            margin = margin_is_within(mask, stated, pair, _FACTORS.get(name, PLACE_FACTOR))
            within[name].append((held, margin))
    for name, answers in within.items():
        error, margin = (sum(one[n] for one in answers) for n in (0, 1))
        print(f"{name:<9} error within stated {error}/{cases}, margin in band {margin}/{cases}")


def _random_case(number: int) -> IceCase:
    chance = np.random.default_rng(number)
    spoilt = chance.random() < 0.7
    x, y, z = (float(one) for one in chance.uniform(-3.0, 3.0, 3))
    return IceCase(
        str(chance.choice(list(PLACES_MM))),
        (LARGE, ONE, SMALL)[number % 3],
        float(chance.choice(_SLICES_MM, p=(0.6, 0.2, 0.2))),
        noise_hu=float(chance.uniform(5.0, 18.0)),
        shift_mm=(x, y, z) if spoilt else (0.0, 0.0, 0.0),
        streak_hu=60.0 if spoilt else 0.0,
        angle_deg=float(chance.uniform(0.0, 30.0)),
        seed=100 + number,
    )


def main(*, quick: bool) -> None:
    """Print the table."""
    finders: dict[str, Finder] = {"baseline": ours, "none": alone, "plain": plain}
    places = list(PLACES_MM)[:1] if quick else list(PLACES_MM)
    print("ice, slices, shift and streaks, way: Dice, surface error, stated, within, margin, CPU")
    for ball, slice_mm, spoilt in product((LARGE, ONE, SMALL), (1.25, 5.0), (False, True)):
        if quick and slice_mm < 5.0:
            continue
        pairs = [
            ice_pair(
                IceCase(
                    place,
                    ball,
                    slice_mm,
                    shift_mm=_SHIFT_MM if spoilt else (0.0, 0.0, 0.0),
                    streak_hu=60.0 if spoilt else 0.0,
                    angle_deg=20.0 if place == "L2" else 0.0,
                    seed=number,
                )
            )
            for number, place in enumerate(places)
        ]
        for name, finder in finders.items():
            factor = _FACTORS.get(name, PLACE_FACTOR)
            print(
                _row(
                    f"{ball.name:<27}{slice_mm:5.2f} {spoilt!s:<6}{name:<9}", finder, pairs, factor
                )
            )


def _row(label: str, finder: Finder, pairs: list[IcePair], factor: float) -> str:
    dice: list[float] = []
    error: list[float] = []
    stated: list[float] = []
    started = time.process_time()
    masks = [finder(pair) for pair in pairs]
    cpu_s = (time.process_time() - started) / len(pairs)
    for (mask, claimed), pair in zip(masks, pairs, strict=True):
        dice.append(2.0 * float((mask & pair.truth).sum()) / float(mask.sum() + pair.truth.sum()))
        error.append(surface_mm(mask, pair))
        stated.append(claimed)
    within = sum(e <= s for e, s in zip(error, stated, strict=True))
    margins = sum(
        margin_is_within(mask, claimed, pair, factor)
        for (mask, claimed), pair in zip(masks, pairs, strict=True)
        if claimed >= 0.0
    )
    return (
        f"{label} {np.mean(dice):.2f} ({min(dice):.2f})  {np.mean(error):5.2f} mm  "
        f"{np.mean(stated):5.2f} mm  {within}/{len(pairs)}  {margins}/{len(pairs)}  {cpu_s:.2f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--calibrate", type=int, metavar="CASES")
    parser.add_argument("--first", type=int, default=1000, metavar="NUMBER")
    arguments = parser.parse_args()
    if arguments.calibrate:
        calibrate(arguments.calibrate, arguments.first)
    else:
        main(quick=arguments.quick)
