"""Seed finding measured against truth, beside a plain baseline.

    python benchmarks/seed_finding.py FOLDER

FOLDER holds .npz files with ``volume_hu`` [k, j, i] int16, ``spacing_zyx`` and ``origin_zyx`` (mm),
and, where there are seeds, ``seeds_xyz`` (mm) and ``seeds_dir`` (unit). A file without seeds counts
false finds alone. A find belongs to a true seed within 3 mm, one to one. The baseline is a
threshold of 2000 HU, connected components of the size of a seed, and their principal axis.
"""

import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.values import Volume

_MATCH_MM = 3.0
_BASELINE_HU = 2000
Points = NDArray[np.float64]
Finder = Callable[[Volume], tuple[Points, Points]]


def ours(scan: Volume) -> tuple[Points, Points]:
    """Centres and axes, shape (n, 3) each."""
    seeds = find_seeds(scan).seeds
    return (
        np.array([seed.center_mm for seed in seeds]).reshape(-1, 3),
        np.array([seed.axis for seed in seeds]).reshape(-1, 3),
    )


def baseline(scan: Volume) -> tuple[Points, Points]:
    """Threshold, connected components of 1 to 60 mm3 above it, principal axis."""
    label, count = ndimage.label(scan.values >= _BASELINE_HU, structure=np.ones((3, 3, 3)))
    centers: list[Points] = []
    axes: list[Points] = []
    for n, box in enumerate(ndimage.find_objects(label), start=1):
        kji = np.argwhere(label[box] == n) + [s.start for s in box]
        if not 1.0 <= len(kji) * scan.voxel_volume_mm3 <= 60.0:
            continue
        points = scan.to_patient_mm(kji.astype(np.float64))
        weight = scan.values[tuple(kji.T)].astype(np.float64)
        center = weight @ points / weight.sum()
        spread = ((points - center) * weight[:, None]).T @ (points - center)
        centers.append(center)
        axes.append(np.linalg.eigh(spread + 1e-9 * np.eye(3))[1][:, -1])
    assert count >= len(centers)
    return np.array(centers).reshape(-1, 3), np.array(axes).reshape(-1, 3)


def measure(finder: Finder, scan: Volume, truth: Points, true_axes: Points) -> str:
    """One line of figures."""
    started = time.perf_counter()
    centers, axes = finder(scan)
    seconds = time.perf_counter() - started
    tracemalloc.start()
    finder(scan)
    peak = tracemalloc.get_traced_memory()[1] / scan.values.nbytes
    tracemalloc.stop()
    gaps = np.linalg.norm(centers[:, None] - truth[None], axis=2)
    mine, its = linear_sum_assignment(np.minimum(gaps, 10.0 * _MATCH_MM))
    near = gaps[mine, its] < _MATCH_MM
    mine, its = mine[near], its[near]
    found = f"{100 * len(its) / len(truth):5.1f} %" if len(truth) else "   -   "
    error = f"{gaps[mine, its].mean():5.2f} mm" if len(its) else "    -   "
    cosine = np.clip(np.abs((axes[mine] * true_axes[its]).sum(axis=1)), 0.0, 1.0)
    angle = f"{np.median(np.degrees(np.arccos(cosine))):5.1f} deg" if len(its) else "    -    "
    return (
        f"found {found}  false {len(centers) - len(its):3d}  mean error {error}  "
        f"median axis error {angle}  {seconds:5.2f} s  peak memory {peak:4.2f} x volume"
    )


def main(folder: Path) -> None:
    """Print the figures of every file in the folder."""
    find_seeds(Volume(_warm_up(), np.eye(4)))
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as data:
            values = data["volume_hu"]
            affine = np.diag([*data["spacing_zyx"][::-1], 1.0])
            affine[:3, 3] = data["origin_zyx"][::-1]
            truth = data["seeds_xyz"] if "seeds_xyz" in data else np.empty((0, 3))
            axes = data["seeds_dir"] if "seeds_dir" in data else np.empty((0, 3))
        scan = Volume(values, affine)
        print(f"{path.name} {values.shape}")
        print("  seed finding", measure(ours, scan, truth, axes))
        print("  baseline    ", measure(baseline, scan, truth, axes))


def _warm_up() -> NDArray[np.int16]:
    """A scan with a pair and a needle, so that every kernel is compiled before the clock starts."""
    values = np.zeros((20, 64, 64), np.int16)
    values[8:10, 20:25, 20:23] = 3000
    values[14, 5:60, 40] = 3000
    return values


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
