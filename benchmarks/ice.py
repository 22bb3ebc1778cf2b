"""Ice finding measured against truth, beside a plain threshold.

    python -m benchmarks.ice [--quick]

For each kind of ice and slice it prints means over three places in a real CT: the Dice coefficient,
the mean distance from the stated surface to the true one (of the solid, not of its voxels), the
error that was stated, and how often the true one was within it. The plain way beside it is a
threshold of half the fall from the baseline by affines alone, opened, connected to a tip.
"""

import argparse
import time
from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.ice_cases import LARGE, ONE, PLACES_MM, SMALL, IceCase, IcePair, ice_pair
from dosimetry_core.ice import FALL_HU, find_ice
from dosimetry_core.values import Volume

Bools = NDArray[np.bool_]
Finder = Callable[[IcePair], tuple[Bools, float]]
_SHIFT_MM = (2.0, -1.5, 3.0)


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


def main(*, quick: bool) -> None:
    """Print the table."""
    finders: dict[str, Finder] = {"baseline": ours, "none": alone, "plain": plain}
    places = list(PLACES_MM)[:1] if quick else list(PLACES_MM)
    print("ice, slices, shift and streaks, way: Dice, surface error, stated, within it, CPU")
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
            print(_row(f"{ball.name:<27}{slice_mm:5.2f} {spoilt!s:<6}{name:<9}", finder, pairs))


def _row(label: str, finder: Finder, pairs: list[IcePair]) -> str:
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
    return (
        f"{label} {np.mean(dice):.2f} ({min(dice):.2f})  {np.mean(error):5.2f} mm  "
        f"{np.mean(stated):5.2f} mm  {within}/{len(pairs)}  {cpu_s:.2f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    main(quick=parser.parse_args().quick)
