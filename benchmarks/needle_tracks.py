"""Needles kept from scan to scan, and seeds counted along the tracks they left, by simulation.

    python -m benchmarks.needle_tracks CASES

Sixteen needles in four rows, each tilted by 1 degree, with four seeds each, 8 mm apart, that stray
from the track by 1.5 mm along each axis. The first scan shows the needles and no seed. Before the
second everything moves by up to 8 mm and turns by up to 3 degrees, half of the needles are
withdrawn, and the seeds of those lie along their tracks. Places of needles are off by 0.5 mm,
directions by 0.5 degrees, depths by 2 mm; one needle in twenty is missed in each scan, and one seed
in thirty.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity import (
    TRACK_MM,
    KnownNeedle,
    NeedleLine,
    NeedleStatus,
    identify_needles,
    needle_chances,
    reconcile,
)
from dosimetry_core.values import FoundNeedle

Floats = NDArray[np.float64]

_MISSED_NEEDLES, _MISSED_SEEDS = 0.05, 1.0 / 30.0


@dataclass
class Tally:
    """What the cases of one spacing came to."""

    same: int = 0
    same_right: int = 0
    gone: int = 0
    gone_told: int = 0
    gone_wrong: int = 0
    seeds: int = 0
    claimed: int = 0
    claimed_right: int = 0
    counts: int = 0
    counts_right: int = 0
    in_band: int = 0
    said: list[tuple[float, bool]] = field(default_factory=list[tuple[float, bool]])


def _turn(rng: np.random.Generator, degrees: float) -> Floats:
    axis = rng.normal(size=3)
    angle = np.radians(rng.uniform(-degrees, degrees))
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross


def _tilted(way: Floats, rng: np.random.Generator, degrees: float) -> Floats:
    tilted = way + rng.normal(0.0, np.radians(degrees), 3)
    return tilted / np.linalg.norm(tilted)


def _seen(tip: Floats, way: Floats, rng: np.random.Generator) -> FoundNeedle:
    way = _tilted(way, rng, 0.5)
    tip = tip + rng.normal(0.0, 0.5, 3) + rng.normal(0.0, 2.0) * way
    ends = [(float(p[0]), float(p[1]), float(p[2])) for p in (tip, tip - 100.0 * way, way)]
    return FoundNeedle(ends[0], ends[1], ends[2], 100.0, True, False, True, 1.5, 1.0)


def case(tally: Tally, spacing_mm: float, rng: np.random.Generator) -> None:
    """Add one implant."""
    rows = np.arange(4) * spacing_mm
    tips = np.array([(x, y, 0.0) for x in rows for y in rows]) + rng.normal(0.0, 1.0, (16, 3))
    ways = np.array([_tilted(np.array([0.0, 0.0, 1.0]), rng, 1.0) for _ in tips])
    shown = [n for n in range(16) if rng.random() > _MISSED_NEEDLES]
    first = identify_needles((), "1", [_seen(tips[n], ways[n], rng) for n in shown], is_covered=())
    number = {n: told.needle_id for n, told in zip(shown, first.needles, strict=True)}
    turn, shift = _turn(rng, 3.0), rng.uniform(-8.0, 8.0, 3)
    tips, ways = tips @ turn.T + shift, ways @ turn.T
    left = set(rng.permutation(16)[:8].tolist())
    here = [n for n in range(16) if n not in left and rng.random() > _MISSED_NEEDLES]
    second = identify_needles(
        first.known,
        "2",
        [_seen(tips[n], ways[n], rng) for n in here],
        is_covered=[True] * len(first.known),
    )
    for n, told in zip(here, second.needles, strict=True):
        if n in number:
            tally.same += 1
            tally.same_right += told.needle_id == number[n]
    told_gone = {u.needle_id for u in second.unseen if u.status is NeedleStatus.WITHDRAWN}
    really_gone = {number[n] for n in left if n in number}
    tally.gone += len(really_gone)
    tally.gone_told += len(really_gone & told_gone)
    tally.gone_wrong += len(told_gone - really_gone)
    _count(tally, second.known, [(n, tips[n], ways[n]) for n in sorted(left)], number, rng)


def _count(
    tally: Tally,
    known: Sequence[KnownNeedle],
    left: list[tuple[int, Floats, Floats]],
    number: dict[int, int],
    rng: np.random.Generator,
) -> None:
    places, owners = [], []
    for n, tip, way in left:
        for depth in 8.0 * np.arange(4):
            if rng.random() > _MISSED_SEEDS:
                places.append(tip - depth * way + rng.normal(0.0, 1.5, 3))
                owners.append(number.get(n))
    chances = needle_chances(
        np.array(places),
        [NeedleLine(str(one.needle_id), one.tip_mm, one.direction) for one in known],
        sigma_mm=[float(np.hypot(TRACK_MM, one.sigma_mm)) for one in known],
    )
    for index, owner in enumerate(owners):
        best = max(chances, key=lambda name: chances[name][index])
        chance = float(chances[best][index])
        tally.said.append((chance, owner is not None and best == str(owner)))
        tally.seeds += owner is not None
        tally.claimed += chance > 0.5
        tally.claimed_right += chance > 0.5 and best == str(owner)
    reported = {str(number[n]): owners.count(number[n]) for n, *_ in left if n in number}
    for told in reconcile(reported, chances):
        if told.label in reported:
            tally.counts += 1
            tally.counts_right += told.found == reported[told.label]
            tally.in_band += told.low <= reported[told.label] <= told.high


def main(cases: int) -> None:
    """Print the figures of some spacings."""
    for spacing_mm in (12.0, 10.0, 7.0, 5.0):
        rng, tally = np.random.default_rng(3), Tally()
        for _ in range(cases):
            case(tally, spacing_mm, rng)
        print(
            f"{spacing_mm:g} mm: kept numbers {tally.same_right} of {tally.same} "
            f"({100 * tally.same_right / tally.same:.1f} %), withdrawn told {tally.gone_told} of "
            f"{tally.gone}, others told as withdrawn {tally.gone_wrong}; of seeds given to a "
            f"needle right {100 * tally.claimed_right / tally.claimed:.1f} % "
            f"({tally.claimed} of {tally.seeds}); counts of needles right "
            f"{100 * tally.counts_right / tally.counts:.1f} %, in the band "
            f"{100 * tally.in_band / tally.counts:.1f} %"
        )
        for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.01)):
            some = [(p, is_so) for p, is_so in tally.said if low <= p < high]
            if some:
                right = np.mean([is_so for _, is_so in some])
                print(
                    f"    said {low:.2f} to {min(1.0, high):.2f}: {len(some)}, mean said "
                    f"{np.mean([p for p, _ in some]):.3f}, right {right:.3f}"
                )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(int(sys.argv[1]))
