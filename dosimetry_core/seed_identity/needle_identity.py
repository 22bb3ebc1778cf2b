"""Keep each needle's identity from scan to scan, and that of its track once it is withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.carrying import as_vector
from dosimetry_core.seed_identity.matching import Matching
from dosimetry_core.seed_identity.model import SCAN_TO_SCAN
from dosimetry_core.seed_identity.motion import rotation_matrices
from dosimetry_core.seed_identity.needles import NeedleLine, match_lines
from dosimetry_core.values import FoundNeedle, NeedleLookalike, Vector

FloatArray = NDArray[np.float64]

NEEDLES_AGAIN = replace(SCAN_TO_SCAN, own_mm=1.5, axis_deg=3.0, miss_rate=0.1, loss_rate=0.3)
"""A needle in two scans: it bends a little, and is often withdrawn in between."""

_SEEN_SIGMA_MM = 1.0
_CARRIED_MM, _UNCARRIED_MM = 1.0, 4.0
_BESIDE_MM, _MISSED_BESIDE = 6.0, 0.4  # two needles side by side are often seen as one
_GONE_BELOW = 0.5


class NeedleStatus(StrEnum):
    """What became of a needle in a scan."""

    NEW = "new"
    SAME = "same"
    NOT_SEEN = "not seen"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class KnownNeedle:
    """One needle over all scans so far, or the track that it left.

    Attributes:
        needle_id: counted from 1, never given twice.
        tip_mm: where its tip was seen last, carried along since; LPS mm.
        direction: unit vector towards the tip, LPS.
        sigma_mm: error of the line's place, one standard deviation.
        for_seeds: how probable it is that it is a needle, and no cryoprobe.
        last_seen: the scan.
    """

    needle_id: int
    tip_mm: Vector
    direction: Vector
    sigma_mm: float
    for_seeds: float
    last_seen: str


@dataclass(frozen=True, slots=True)
class Carrying:
    """How the tissue moved since the scan before.

    Attributes:
        middle_mm: that the rotation is about, LPS.
        shift_mm: of it, LPS.
        rotation_deg: as a rotation vector, LPS.
    """

    middle_mm: Vector
    shift_mm: Vector
    rotation_deg: Vector


@dataclass(frozen=True, slots=True)
class IdentifiedNeedle:
    """What a needle that is seen is.

    Attributes:
        index: which of the scan's needles, counted from 0.
        needle_id: which needle; for a new one a new id.
        status: NEW or SAME.
        certainty: how probable that is.
        deeper_mm: how much further its tip is than before; None for a new one.
    """

    index: int
    needle_id: int
    status: NeedleStatus
    certainty: float
    deeper_mm: float | None


@dataclass(frozen=True, slots=True)
class UnseenNeedle:
    """A known needle that is none of those that are seen.

    Attributes:
        needle_id: which.
        status: WITHDRAWN where ``presence`` is below one half, else NOT_SEEN.
        certainty: how probable it is that none of those seen is this one.
        presence: how probable it is that it is there nevertheless.
        tip_mm: where its tip lay, carried along; LPS mm.
    """

    needle_id: int
    status: NeedleStatus
    certainty: float
    presence: float
    tip_mm: Vector


@dataclass(frozen=True, slots=True)
class NeedleIdentities:
    """Who is who among the needles of one scan.

    Attributes:
        known: all needles with this scan, for the next; by their ids.
        needles: in the order of those seen.
        unseen: known needles that are none of them.
    """

    known: tuple[KnownNeedle, ...]
    needles: tuple[IdentifiedNeedle, ...]
    unseen: tuple[UnseenNeedle, ...]


def identify_needles(
    known: Sequence[KnownNeedle],
    scan: str,
    seen: Sequence[FoundNeedle],
    *,
    is_covered: Sequence[bool],
    carrying: Carrying | None = None,
) -> NeedleIdentities:
    """Say which needle that is seen is which known one, which are new, and which are gone.

    Lines are compared, whatever their depth: a needle that was advanced or drawn back stays the
    same. One that is inserted in the track of another is taken for that one.

    Args:
        known: needles of earlier scans.
        scan: a name for this scan.
        seen: its needles.
        is_covered: of each known needle whether the scan reaches the place of its tip.
        carrying: how the seeds moved since the scan before; None if that is not known.
    """
    moved = [one if carrying is None else _moved(one, carrying) for one in known]
    if not moved:
        fresh = [
            IdentifiedNeedle(n, n + 1, NeedleStatus.NEW, 1.0, None) for n, _ in enumerate(seen)
        ]
        return NeedleIdentities(_kept(fresh, scan, seen), tuple(fresh), ())
    matching = match_lines(
        [_line(one.tip_mm, one.direction) for one in moved],
        [_line(needle.tip_mm, needle.direction) for needle in seen],
        (_SEEN_SIGMA_MM, _SEEN_SIGMA_MM),
        NEEDLES_AGAIN,
    )
    needles = _identified(moved, seen, matching)
    unseen = [row for row in range(len(moved)) if matching.link[row] < 0]
    gone = _carried([moved[row] for row in unseen], carrying, moved, seen, matching)
    told = [
        _unseen(one, seen, float(matching.row_alone[row]), is_covered=is_covered[row])
        for row, one in zip(unseen, gone, strict=True)
    ]
    kept = sorted((*_kept(needles, scan, seen), *gone), key=lambda one: one.needle_id)
    return NeedleIdentities(tuple(kept), needles, tuple(told))


def _line(tip_mm: Vector, direction: Vector) -> NeedleLine:
    return NeedleLine("", tip_mm, direction)


def _identified(
    moved: Sequence[KnownNeedle], seen: Sequence[FoundNeedle], matching: Matching
) -> tuple[IdentifiedNeedle, ...]:
    row_of = {int(index): row for row, index in enumerate(matching.link) if index >= 0}
    next_id = 1 + max(one.needle_id for one in moved)
    told: list[IdentifiedNeedle] = []
    for index, needle in enumerate(seen):
        if index not in row_of:
            alone = float(matching.column_alone[index])
            told.append(IdentifiedNeedle(index, next_id, NeedleStatus.NEW, alone, None))
            next_id += 1
            continue
        row = row_of[index]
        deeper = np.array(needle.tip_mm) - np.array(moved[row].tip_mm)
        told.append(
            IdentifiedNeedle(
                index,
                moved[row].needle_id,
                NeedleStatus.SAME,
                float(matching.pair[row, index]),
                float(deeper @ np.array(moved[row].direction)),
            )
        )
    return tuple(told)


def _kept(
    needles: Sequence[IdentifiedNeedle], scan: str, seen: Sequence[FoundNeedle]
) -> tuple[KnownNeedle, ...]:
    """Those that are seen, for the next scan."""
    return tuple(
        KnownNeedle(
            needle_id=one.needle_id,
            tip_mm=seen[one.index].tip_mm,
            direction=seen[one.index].direction,
            sigma_mm=_SEEN_SIGMA_MM,
            for_seeds=1.0 - _chance(seen[one.index], NeedleLookalike.CRYOPROBE),
            last_seen=scan,
        )
        for one in needles
    )


def _chance(needle: FoundNeedle, kind: NeedleLookalike) -> float:
    return sum(other.probability for other in needle.alternatives if other.kind is kind)


def _moved(one: KnownNeedle, carrying: Carrying) -> KnownNeedle:
    turn = rotation_matrices(np.radians(np.array([carrying.rotation_deg])))[0]
    middle = np.array(carrying.middle_mm)
    tip = middle + turn @ (np.array(one.tip_mm) - middle) + np.array(carrying.shift_mm)
    return replace(one, tip_mm=as_vector(tip), direction=as_vector(turn @ np.array(one.direction)))


def _carried(
    gone: Sequence[KnownNeedle],
    carrying: Carrying | None,
    moved: Sequence[KnownNeedle],
    seen: Sequence[FoundNeedle],
    matching: Matching,
) -> tuple[KnownNeedle, ...]:
    """Tracks of needles that are not seen: moved as the seeds did, else as the other needles."""
    error_mm, shift = _CARRIED_MM, np.zeros(3)
    if carrying is None:
        links: list[int] = matching.link.tolist()
        sideways = [
            _across(np.array(seen[index].tip_mm) - np.array(one.tip_mm), one)
            for one, index in zip(moved, links, strict=True)
            if index >= 0
        ]
        error_mm = _CARRIED_MM if sideways else _UNCARRIED_MM
        shift = np.mean(sideways, axis=0) if sideways else shift
    return tuple(
        replace(
            one,
            tip_mm=as_vector(np.array(one.tip_mm) + shift),
            sigma_mm=float(np.hypot(one.sigma_mm, error_mm)),
        )
        for one in gone
    )


def _across(arm: FloatArray, one: KnownNeedle) -> FloatArray:
    along = np.array(one.direction)
    return arm - float(arm @ along) * along


def _unseen(
    one: KnownNeedle, seen: Sequence[FoundNeedle], certainty: float, *, is_covered: bool
) -> UnseenNeedle:
    beside = any(
        float(np.linalg.norm(_across(np.array(other.tip_mm) - np.array(one.tip_mm), one)))
        < _BESIDE_MM
        for other in seen
    )
    missed = 1.0 if not is_covered else _MISSED_BESIDE if beside else NEEDLES_AGAIN.miss_rate
    stayed = 1.0 - NEEDLES_AGAIN.loss_rate
    presence = stayed * missed / (stayed * missed + NEEDLES_AGAIN.loss_rate)
    status = NeedleStatus.WITHDRAWN if presence < _GONE_BELOW else NeedleStatus.NOT_SEEN
    return UnseenNeedle(one.needle_id, status, certainty, presence, one.tip_mm)
