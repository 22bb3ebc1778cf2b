"""Seed finding measured against truth, beside a plain baseline.

    python benchmarks/seed_finding.py FOLDER [PLOT.svg]

FOLDER holds .npz files as ``benchmarks.seed_truth.read_scan`` takes them. A file without seeds
counts false finds alone. A find belongs to a true seed within 3 mm, one to one. The baseline is a
threshold of 2000 HU and connected components of the size of a seed. The memory is measured for the
first file.
PLOT.svg gets the reliability of the confidence: of the finds told with a confidence, how many are
real, all doubtful finds among them.
"""

import sys
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.reliability import Reliability, reliability_svg
from benchmarks.seed_truth import KnownScan, matched, open_across_slices_mm, read_scan
from dosimetry_core.seed_finding import SeedFinding, find_seeds
from dosimetry_core.values import FoundSeed, Volume

_BASELINE_HU = 2000
_CHI2_95, _CHI2_68 = 7.815, 3.506  # three degrees of freedom
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """What one scan came to: all arrays are of the seeds that were found."""

    name: str
    slice_mm: float
    seeds: int
    false: int
    errors_mm: Points
    angles_deg: Points
    chi2: Points
    axis_pull2: Points
    cpu_s: float
    wall_s: float
    memory: float | None
    confidences: Points
    real: NDArray[np.bool_]
    warned: bool
    open_mm: Points

    @property
    def found(self) -> int:
        """How many seeds were found."""
        return len(self.errors_mm)

    @property
    def group(self) -> str:
        """Thickness and kind of the scan, for the table of ranges."""
        parts = self.name.split("-")
        kind = parts[1] if len(parts) > 2 else ("seeds" if self.seeds else "none")
        return f"{self.slice_mm:g} mm {kind}"


def scored(known: KnownScan, *, traced: bool) -> Score:
    """Find the seeds of a scan and compare; ``traced`` measures the memory in a second run."""
    started, cpu = time.perf_counter(), time.process_time()
    finding = find_seeds(known.scan)
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    memory = _peak_memory(known.scan) if traced else None
    centers, axes = _arrays(finding.seeds)
    mine, its = matched(centers, known.centers_mm)
    errors = centers[mine] - known.centers_mm[its]
    cosine = np.clip(np.abs((axes[mine] * known.axes[its]).sum(axis=1)), 0.0, 1.0)
    facing = np.sign((axes[mine] * known.axes[its]).sum(axis=1))[:, None]
    off_axis = facing * known.axes[its] - axes[mine]
    spread = np.array([finding.seeds[n].covariance_mm2 for n in mine]).reshape(-1, 3, 3)
    turn = np.array([finding.seeds[n].axis_covariance for n in mine]).reshape(-1, 3, 3)
    confidences, real = _reliability_of(finding, known)
    return Score(
        known.name,
        known.scan.spacing_mm[0],
        len(known.centers_mm),
        len(centers) - len(mine),
        np.linalg.norm(errors, axis=1),
        np.degrees(np.arccos(cosine)),
        np.einsum("ni,nij,nj->n", errors, np.linalg.inv(spread), errors),
        np.einsum("ni,nij,nj->n", off_axis, np.linalg.pinv(turn, rcond=1e-6), off_axis),
        cpu_s,
        wall_s,
        memory,
        confidences,
        real,
        bool(finding.warnings),
        open_across_slices_mm(known),
    )


def _peak_memory(scan: Volume) -> float:
    """In volumes."""
    tracemalloc.start()
    find_seeds(scan)
    peak = tracemalloc.get_traced_memory()[1] / scan.values.nbytes
    tracemalloc.stop()
    return peak


def _arrays(seeds: tuple[FoundSeed, ...]) -> tuple[Points, Points]:
    return (
        np.array([seed.center_mm for seed in seeds]).reshape(-1, 3),
        np.array([seed.axis for seed in seeds]).reshape(-1, 3),
    )


def _reliability_of(finding: SeedFinding, known: KnownScan) -> tuple[Points, NDArray[np.bool_]]:
    """Confidence of every find, told or doubtful, and whether it is real."""
    finds = (*finding.seeds, *finding.doubtful)
    centers, _ = _arrays(finds)
    real = np.zeros(len(finds), np.bool_)
    real[matched(centers, known.centers_mm)[0]] = True
    return np.array([find.confidence for find in finds]), real


def baseline(known: KnownScan) -> str:
    """Threshold, connected components of 1 to 60 mm3 above it, principal axis."""
    scan = known.scan
    label, _ = ndimage.label(scan.values >= _BASELINE_HU, structure=np.ones((3, 3, 3)))
    centers: list[Points] = []
    for n, box in enumerate(ndimage.find_objects(label), start=1):
        kji = np.argwhere(label[box] == n) + [s.start for s in box]
        if 1.0 <= len(kji) * scan.voxel_volume_mm3 <= 60.0:
            weight = scan.values[tuple(kji.T)].astype(np.float64)
            centers.append(weight @ scan.to_patient_mm(kji.astype(np.float64)) / weight.sum())
    found = np.array(centers).reshape(-1, 3)
    mine, its = matched(found, known.centers_mm)
    gaps = np.linalg.norm(found[mine] - known.centers_mm[its], axis=1)
    error = f"{gaps.mean():5.2f} mm" if len(its) else "   -"
    return f"{_share(len(its), len(known.centers_mm))}  false {len(found) - len(its):3d}  {error}"


def _share(found: int, of: int) -> str:
    return f"{100 * found / of:5.1f} %" if of else "   -   "


def line_of(score: Score) -> str:
    """One scan's figures."""
    error = f"{score.errors_mm.mean():5.2f} mm" if score.found else "   -    "
    angle = f"{np.median(score.angles_deg):5.1f} deg" if score.found else "   -     "
    memory = "" if score.memory is None else f"  peak memory {score.memory:4.2f} x volume"
    return (
        f"found {_share(score.found, score.seeds)}  false {score.false:3d}  mean error {error}  "
        f"median axis error {angle}  CPU {score.cpu_s:5.2f} s  wall {score.wall_s:5.2f} s"
        f"{memory}"
    )


def ranges_of(scores: list[Score]) -> list[str]:
    """For each thickness and kind of scan: all together, and the worst and best scan."""
    lines: list[str] = []
    for group in sorted({score.group for score in scores}):
        some = [score for score in scores if score.group == group]
        seeds, found = sum(s.seeds for s in some), sum(s.found for s in some)
        false = [s.false for s in some]
        said = f"{group:<20} {len(some):2d} scans  false {np.mean(false):4.1f} "
        said += f"({min(false)}-{max(false)})"
        if found:
            shares = [100 * s.found / s.seeds for s in some]
            errors = np.concatenate([s.errors_mm for s in some])
            angles = np.concatenate([s.angles_deg for s in some])
            means = [float(s.errors_mm.mean()) for s in some if s.found]
            chi2 = np.concatenate([s.chi2 for s in some])
            least = np.concatenate([s.open_mm for s in some]).mean()
            said += (
                f"  found {_share(found, seeds)} ({min(shares):.1f}-{max(shares):.1f})  error "
                f"{errors.mean():.2f} ({min(means):.2f}-{max(means):.2f}) mm "
                f"(z alone {least:.2f} at best)  axis {np.median(angles):.1f} deg  "
                f"within the 68 / 95 % ellipsoid {100 * np.mean(chi2 < _CHI2_68):.0f} / "
                f"{100 * np.mean(chi2 < _CHI2_95):.0f} %"
            )
        lines.append(said)
    return lines


def main(folder: Path, plot: Path | None) -> None:
    """Print the figures of every file in the folder."""
    find_seeds(Volume(_warm_up(), np.eye(4)))
    scores: list[Score] = []
    for path in sorted(folder.glob("*.npz")):
        known = read_scan(path)
        scores.append(scored(known, traced=not scores))
        print(f"{path.name} {known.scan.values.shape}")
        print("  seed finding", line_of(scores[-1]))
        print("  baseline     found", baseline(known), flush=True)
    print("\n".join(ranges_of(scores)))
    reliability = Reliability(
        np.concatenate([np.empty(0), *(s.confidences for s in scores)]),
        np.concatenate([np.empty(0, np.bool_), *(s.real for s in scores)]),
    )
    print("\n".join(reliability.lines()))
    if plot is not None:
        plot.write_text(reliability_svg(reliability), "utf-8")


def _warm_up() -> NDArray[np.int16]:
    """A scan with a pair and a needle, so that every kernel is compiled before the clock starts."""
    values = np.zeros((20, 64, 64), np.int16)
    values[8:10, 20:25, 20:23] = 3000
    values[14, 5:60, 40] = 3000
    return values


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else None)
