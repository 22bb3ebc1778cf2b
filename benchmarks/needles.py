"""Needles and probes that are seen, measured against truth.

    python -m benchmarks.needles FOLDER ...

Each FOLDER holds .npz files as ``suite-sim ct`` writes them (``docs/simulated_ct.md``). A needle of
the truth counts if 20 mm of it lie in the scan. It is found by the needle told that lies within
3 mm of it, at 5 degrees, along most of what is told; two needles are not found by the same one. A
needle told that is none of them is a piece if it lies along a true one, else it is false.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.values import FoundNeedle, NeedleLookalike, Volume

Floats = NDArray[np.float64]

_SEEN_FROM_MM = 20.0
_NEAR_MM = 3.0
_TURNED_DEG = 5.0
_PROBE_FROM_MM = 1.5
_FAR = 1e6


@dataclass(frozen=True)
class TrueShaft:
    """A needle or probe of the truth."""

    tip_mm: Floats
    direction: Floats
    length_mm: float
    diameter_mm: float

    @property
    def is_probe(self) -> bool:
        """Whether it is a cryoprobe."""
        return self.diameter_mm > _PROBE_FROM_MM


@dataclass
class Tally:
    """What the scans of one thickness came to."""

    scans: int = 0
    true: int = 0
    found: int = 0
    false: int = 0
    pieces: int = 0
    turned_deg: list[float] = field(default_factory=list[float])
    tips_mm: list[float] = field(default_factory=list[float])
    tips: int = 0
    wrong_ends: int = 0
    kinds: list[tuple[bool, float]] = field(default_factory=list[tuple[bool, float]])
    sure: list[tuple[bool, float]] = field(default_factory=list[tuple[bool, float]])


def true_shafts(data: Mapping[str, NDArray[np.generic]], scan: Volume) -> list[TrueShaft]:
    """Those of which enough lies in the scan."""
    rows = json.loads(str(data["needles_json"])) if "needles_json" in data else []
    shafts = [TrueShaft(np.array(r["tip"]), np.array(r["dir"]), r["length"], r["od"]) for r in rows]
    return [one for one in shafts if _visible_mm(one, scan) >= _SEEN_FROM_MM]


def _visible_mm(shaft: TrueShaft, scan: Volume) -> float:
    along = np.arange(0.0, shaft.length_mm, 0.5)
    return 0.5 * float(_is_in(shaft.tip_mm - along[:, None] * shaft.direction, scan).sum())


def _is_in(points: Floats, scan: Volume) -> NDArray[np.bool_]:
    ijk = (points - scan.affine[:3, 3]) / np.diag(scan.affine)[:3]
    return np.all((ijk >= 0.0) & (ijk <= np.array(scan.values.shape)[::-1] - 1.0), axis=-1)


def _fit(seen: FoundNeedle, true: TrueShaft) -> tuple[float, float]:
    """Mean distance of what is told from the axis of the true one, mm, and the angle, degrees."""
    ends = np.array([seen.tip_mm, seen.tail_mm])
    points = ends[0] + np.linspace(0.1, 0.9, 9)[:, None] * (ends[1] - ends[0])
    way = np.clip((true.tip_mm - points) @ true.direction, 0.0, true.length_mm)
    off = np.linalg.norm(points - (true.tip_mm - way[:, None] * true.direction), axis=1)
    cosine = min(1.0, abs(float(np.array(seen.direction) @ true.direction)))
    return float(off.mean()), float(np.degrees(np.arccos(cosine)))


def _is_near(off_mm: float, turned_deg: float) -> bool:
    return off_mm < _NEAR_MM and turned_deg < _TURNED_DEG


def chance_of(needle: FoundNeedle, kind: NeedleLookalike) -> float:
    """How probable it is that it is something else."""
    return sum(other.probability for other in needle.alternatives if other.kind is kind)


def count(tally: Tally, scan: Volume, seen: Sequence[FoundNeedle], true: list[TrueShaft]) -> None:
    """Add one scan; what is more probably seeds is not counted as a needle."""
    for needle in seen:
        real = any(_is_near(*_fit(needle, one)) for one in true)
        tally.sure.append((real, 1.0 - chance_of(needle, NeedleLookalike.SEEDS)))
    seen = [needle for needle in seen if chance_of(needle, NeedleLookalike.SEEDS) <= 0.5]
    fits = np.array([[_fit(s, t) for t in true] for s in seen]).reshape(len(seen), len(true), 2)
    near = np.array([[_is_near(*fit) for fit in row] for row in fits], np.bool_)
    near = near.reshape(len(seen), len(true))
    length = np.array([s.length_mm for s in seen])[:, None]
    rows, columns = linear_sum_assignment(np.where(near, fits[..., 0] - 1e-2 * length, _FAR))
    pairs = [(r, c) for r, c in zip(rows, columns, strict=True) if near[r, c]]
    taken = {r for r, _ in pairs}
    tally.scans += 1
    tally.true += len(true)
    tally.found += len(pairs)
    for n in set(range(len(seen))) - taken:
        is_piece = bool(near[n].any())
        tally.pieces += is_piece
        tally.false += not is_piece
    for r, c in pairs:
        probe = chance_of(seen[r], NeedleLookalike.CRYOPROBE)
        tally.kinds.append((true[c].is_probe, probe))
        tally.turned_deg.append(float(fits[r, c, 1]))
        if not _is_in(true[c].tip_mm, scan) or not seen[r].tip_is_sure:
            continue
        tally.tips += 1
        if float(np.array(seen[r].direction) @ true[c].direction) < 0.0:
            tally.wrong_ends += 1
        else:
            tally.tips_mm.append(float(np.linalg.norm(np.array(seen[r].tip_mm) - true[c].tip_mm)))


def line_of(name: str, tally: Tally) -> str:
    """The figures of one thickness."""
    tips, turned = np.array(tally.tips_mm), np.array(tally.turned_deg)
    right = sum((p > 0.5) == probe for probe, p in tally.kinds)
    probes = sum(probe for probe, _ in tally.kinds)
    return (
        f"{name:<8} {tally.scans:2d} scans  found {tally.found} of {tally.true} "
        f"({100 * tally.found / max(1, tally.true):.0f} %)  false {tally.false}  "
        f"pieces {tally.pieces}  direction median {np.median(turned):.2f}, 90 % below "
        f"{np.percentile(turned, 90):.2f} deg  tips told {tally.tips}, wrong end "
        f"{tally.wrong_ends}, off by median {np.median(tips):.1f}, 90 % below "
        f"{np.percentile(tips, 90):.1f} mm  probe or needle right {right} of "
        f"{len(tally.kinds)} ({probes} probes)"
    )


def reliability_of(name: str, said: list[tuple[bool, float]]) -> list[str]:
    """How often what is said with some probability is so."""
    lines: list[str] = []
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        some = [(is_so, p) for is_so, p in said if low <= p < high]
        if some:
            lines.append(
                f"{name} said {low:.1f} to {min(1.0, high):.1f}: {len(some)}, mean said "
                f"{np.mean([p for _, p in some]):.2f}, so {np.mean([s for s, _ in some]):.2f}"
            )
    return lines


def main(folders: Sequence[Path]) -> None:
    """Print the figures of every file in the folders."""
    tallies: dict[float, Tally] = {}
    cpu_s = 0.0
    for path in sorted(path for folder in folders for path in folder.glob("*.npz")):
        with np.load(path) as data:
            affine = np.diag([*data["spacing_zyx"][::-1], 1.0])
            affine[:3, 3] = data["origin_zyx"][::-1]
            scan = Volume(data["volume_hu"], affine)
            true = true_shafts(data, scan)
        started = time.process_time()
        seen = find_seeds(scan).needles
        cpu_s += time.process_time() - started
        count(tallies.setdefault(scan.spacing_mm[0], Tally()), scan, seen, true)
    for slice_mm, tally in sorted(tallies.items()):
        print(line_of(f"{slice_mm:g} mm", tally))
    print("\n".join(reliability_of("probe", [one for t in tallies.values() for one in t.kinds])))
    print("\n".join(reliability_of("no seeds", [one for t in tallies.values() for one in t.sure])))
    print(f"CPU of seed finding {cpu_s / max(1, sum(t.scans for t in tallies.values())):.2f} s")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main([Path(name) for name in sys.argv[1:]])
