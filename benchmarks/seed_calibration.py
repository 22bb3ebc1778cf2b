"""Learn what seed finding judges by, from generated scans with known seeds.

    python benchmarks/seed_calibration.py FOLDER [FOLDER ...]

FOLDERs hold .npz files as ``benchmarks.seed_truth.read_scan`` takes them, made by
``simulators.projection`` (docs/simulated_ct.md), ``benchmarks.seed_training_scans`` and
``benchmarks.seed_phantoms``. Scans that were made of one real patient have names that begin with
the same letters. Writes ``dosimetry_core/seed_finding/learned.json``. The figures printed are for
real patients that the trees they come from have not seen (cross-validation by patient).
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.boosting import as_mapping, log_variances, means
from benchmarks.seed_judging import Judging, Table, judging
from benchmarks.seed_truth import Points, kind_of, matched, read_scan
from dosimetry_core.seed_finding.features import FEATURES
from dosimetry_core.seed_finding.finding import candidates_in
from dosimetry_core.seed_finding.judgement import (
    KINDS,
    REPORTED,
    TILT_SIGNS,
    Z_SIGNS,
    corrected,
    shifts_of,
)
from dosimetry_core.seed_finding.rod import UX, UY, UZ, X, Z
from dosimetry_core.seed_finding.trees import Forest

_OF_THE_SCAN = (
    "noise_hu",
    "scale_ends",
    "population_mass",
    "population_length",
    "population_blur",
    "population_peak",
    "population_members",
    "scan_dark_ends",
    "scan_halo",
)
"""Left out: they tell patients apart, of whom there are few, more than seeds from other things."""
_MEAN_ROUNDS, _SPREAD_ROUNDS = 60, 40
_Z_LIMIT = 0.3  # of a slice: the error across slices beyond which a find has no more say
_TILT_LIMIT = 0.2
_THICK_MM = 3.3  # slices beyond which a find may lie farther off along z and be that seed still
_FOUND_MM = 3.0  # a find that is farther off counts as false, and its seed as missed
_SMALLEST = np.array([0.02, 0.02, 0.01, 0.01]) ** 2
_TARGET = Path(__file__).parents[1] / "dosimetry_core/seed_finding/learned.json"


@dataclass(frozen=True)
class Seen:
    """All finds of one scan with the truth: errors are those of finds that are seeds."""

    anatomy: str
    name: str
    seeds: int
    features: Points
    lean: Points
    rods: Points
    label: NDArray[np.int64]
    true_center: Points
    true_axis: Points


def seen_in(path: Path) -> Seen:
    """Find and label all candidates of a scan. The truth is turned into the scan's grid frame."""
    known = read_scan(path)
    finds = candidates_in(known.scan)
    origin = known.scan.affine[:3, 3]
    centers = finds.rods[:, X : Z + 1] + origin
    sure = np.array([1.0, 1.0, min(1.0, _THICK_MM / known.scan.spacing_mm[0])])
    mine, its = matched(centers * sure, known.centers_mm * sure)
    at_around, at_dense = FEATURES.index("around_hu"), FEATURES.index("dense_around")
    label = np.array(
        [
            KINDS.index(
                kind_of(center, known, 1000.0 * float(row[at_around]), float(row[at_dense]))
            )
            for center, row in zip(centers, finds.features, strict=True)
        ],
        dtype=np.int64,
    ).reshape(-1)
    label[mine] = 0
    true_center, true_axis = np.full((len(centers), 3), np.nan), np.full((len(centers), 3), np.nan)
    true_center[mine], true_axis[mine] = known.centers_mm[its] - origin, known.axes[its]
    return Seen(
        known.anatomy,
        known.name,
        len(known.centers_mm),
        finds.features,
        finds.lean,
        finds.rods,
        label,
        true_center,
        true_axis,
    )


def errors_of(rods: Points, true_center: Points, true_axis: Points) -> Points:
    """Errors (n, 5): x, y, z (mm), and of the axis in the slice and of its tilt (rad, sine)."""
    facing = np.sign((rods[:, UX : UZ + 1] * true_axis).sum(axis=1))
    true_axis = true_axis * np.where(facing == 0.0, 1.0, facing)[:, None]
    flat = rods[:, UX : UY + 1] / np.maximum(np.hypot(rods[:, UX], rods[:, UY]), 0.05)[:, None]
    across = rods[:, UX] * 0.0 + flat[:, 0] * true_axis[:, 1] - flat[:, 1] * true_axis[:, 0]
    return np.column_stack(
        [rods[:, X : Z + 1] - true_center, across, rods[:, UZ] - true_axis[:, 2]]
    )


def mirrored(
    features: Points, lean: Points, wanted: Points, signs: Points
) -> tuple[Points, Points]:
    """Every find as it would look mirrored across slices and told the other way round."""
    rows, values = [], []
    for mirror in (1.0, -1.0):
        for turn in (1.0, -1.0):
            look = lean * np.array([mirror, mirror, mirror * turn, mirror * turn])
            rows.append(np.hstack([features, look]))
            sign = (signs[0] if mirror < 0 else 1.0) * (signs[1] if turn < 0 else 1.0)
            values.append(sign * wanted)
    return np.concatenate(rows), np.concatenate(values)


def shifts_learnt(features: Points, lean: Points, errors: Points) -> tuple[Forest, Forest]:
    """Mean errors across slices and in tilt."""
    z = mirrored(features, lean, errors[:, 2], Z_SIGNS)
    tilt = mirrored(features, lean, errors[:, 4], TILT_SIGNS)
    slice_mm = np.tile(features[:, FEATURES.index("slice_mm")], len(z[1]) // len(features))
    return (
        means(*z, _Z_LIMIT * slice_mm, _MEAN_ROUNDS),
        means(*tilt, np.full(len(tilt[1]), _TILT_LIMIT), _MEAN_ROUNDS),
    )


def squares_of(errors: Points) -> Points:
    """Squares of errors (n, 4) as ``Learned.spread`` has them, with outliers cut."""
    squares = np.column_stack(
        [
            0.5 * (errors[:, 0] ** 2 + errors[:, 1] ** 2),
            errors[:, 2] ** 2,
            errors[:, 3] ** 2,
            errors[:, 4] ** 2,
        ]
    )
    return np.maximum(squares, 0.05 * _SMALLEST)


def folds_of(anatomies: list[str]) -> NDArray[np.int64]:
    """A fold for each scan; all scans made of one real patient in one."""
    names = sorted(set(anatomies))
    return np.array([names.index(name) for name in anatomies])


def main(folders: list[Path]) -> None:
    """Learn from all files of the folders, say how well it does, and write the numbers."""
    paths = sorted(path for folder in folders for path in folder.glob("*.npz"))
    with ProcessPoolExecutor(2) as pool:
        scans = list(pool.map(seen_in, paths))
    learn(scans, _TARGET)


def learn(scans: list[Seen], target: Path) -> None:
    """Cross-validate, learn from everything, write."""
    fold_of_scan = folds_of([scan.anatomy for scan in scans])
    scan_of = np.concatenate([np.full(len(s.label), n) for n, s in enumerate(scans)])
    fold = fold_of_scan[scan_of]
    features, lean, rods = (
        np.concatenate([getattr(s, name) for s in scans]) for name in ("features", "lean", "rods")
    )
    features = features * np.array([name not in _OF_THE_SCAN for name in FEATURES])
    label = np.concatenate([s.label for s in scans])
    true_center = np.concatenate([s.true_center for s in scans])
    true_axis = np.concatenate([s.true_axis for s in scans])
    judged = judging(Table(features, rods, label, scan_of, fold))
    real = label == 0
    better, variances = rods.copy(), np.ones((len(label), 4))
    errors = errors_of(rods, true_center, true_axis)
    for n in np.unique(fold):
        test, good = fold == n, (fold != n) & real
        z, tilt = shifts_learnt(features[good], lean[good], errors[good])
        better[test] = corrected(
            rods[test],
            shifts_of(z, features[test], lean[test], Z_SIGNS),
            shifts_of(tilt, features[test], lean[test], TILT_SIGNS),
        )
    late = errors_of(better, true_center, true_axis)
    both = np.hstack([features, np.abs(lean)])
    for n in np.unique(fold):
        test, good = fold == n, (fold != n) & real
        spread = log_variances(both[good], squares_of(late[good]), _SPREAD_ROUNDS)
        variances[test] = np.exp(spread.of(both[test]))
    said(scans, scan_of, judged.chances[:, 0], real, errors, late, better, true_axis, variances)
    said_of_few(judged, scan_of, real)
    z, tilt = shifts_learnt(features[real], lean[real], errors[real])
    target.write_text(
        json.dumps(
            {
                "first": as_mapping(judged.first),
                "first_sharpness": round(judged.first_scale[0], 4),
                "first_doubt": round(judged.first_scale[1], 4),
                "kinds": as_mapping(judged.second),
                "kinds_sharpness": round(judged.second_scale[0], 4),
                "kinds_doubt": round(judged.second_scale[1], 4),
                "shift_z": as_mapping(z),
                "shift_tilt": as_mapping(tilt),
                "spread": as_mapping(
                    log_variances(both[real], squares_of(late[real]), _SPREAD_ROUNDS)
                ),
            },
            separators=(",", ":"),
        )
        + "\n",
        "ascii",
    )


def said(
    scans: list[Seen],
    scan_of: NDArray[np.int64],
    chance: Points,
    real: NDArray[np.bool_],
    errors: Points,
    late: Points,
    better: Points,
    true_axis: Points,
    variances: Points,
) -> None:
    """Print what unseen patients come to."""
    print(f"{len(scans)} scans, {len(real)} candidates, {int(real.sum())} of them seeds")
    told = chance >= REPORTED
    close = np.linalg.norm(late[:, :3], axis=1) < _FOUND_MM
    for n, scan in enumerate(scans):
        here = scan_of == n
        good = here & told & real & close
        false = here & told & ~(real & close)
        degrees = np.degrees(
            np.arccos(
                np.clip(np.abs((better[good][:, UX : UZ + 1] * true_axis[good]).sum(1)), 0, 1)
            )
        )
        size = np.linalg.norm(late[good][:, :3], axis=1)
        before = np.linalg.norm(errors[good][:, :3], axis=1)
        print(
            f"{scan.name:<34} seeds {scan.seeds:3d} candidates "
            f"{int((here & real & close).sum()):3d} found {int(good.sum()):3d} "
            f"false {int(false.sum()):2d}  error "
            f"{_mean(before):4.2f} -> {_mean(size):4.2f} mm"
            f"  axis {np.median(degrees) if len(degrees) else 0:4.1f} deg"
        )
    for low in np.arange(0.0, 1.0, 0.1):
        at = (chance >= low) & (chance < low + 0.1 + 1e-9)
        if at.any():
            print(
                f"confidence {low:.1f}..{low + 0.1:.1f}: {int(at.sum()):5d} finds, said "
                f"{chance[at].mean():.3f}, real {real[at].mean():.3f}"
            )
    good = real & told
    pulls = late[good][:, [0, 1, 2, 3, 4]] ** 2 / variances[good][:, [0, 0, 1, 2, 3]]
    print("mean squared pulls x y z azimuth tilt", pulls.mean(axis=0).round(2))
    chi2 = pulls[:, :3].sum(axis=1)
    print(
        f"chi2 of the centre: median {np.median(chi2):.2f} (2.37), "
        f"within 95 % {np.mean(chi2 < 7.815):.3f}, within 68 % {np.mean(chi2 < 3.527):.3f}"
    )


def said_of_few(judged: Judging, scan_of: NDArray[np.int64], real: NDArray[np.bool_]) -> None:
    """Print what is told of unseen patients of whose seeds only a few were left."""
    told, seeds = judged.few_chances[:, 0] >= REPORTED, real[judged.few]
    scan = scan_of[judged.few]
    held = np.bincount(scan, seeds)
    for low, high in ((0, 0), (1, 2), (3, 8)):
        mine = np.flatnonzero((held >= low) & (held <= high) & (np.bincount(scan) > 0))
        here = np.isin(scan, mine)
        print(
            f"{low} to {high} seeds left in {len(mine)} scans: {int((here & seeds).sum())} seeds, "
            f"{int((here & seeds & told).sum())} told, "
            f"{int((here & ~seeds & told).sum())} false"
        )


def _mean(values: Points) -> float:
    return float(values.mean()) if len(values) else 0.0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main([Path(argument) for argument in sys.argv[1:]])
