"""Needles of one scan as they are told: which is which, and which seeds lie along which."""

from collections.abc import Sequence

import numpy as np

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.seed_identity import (
    TRACK_MM,
    Carrying,
    IdentifiedNeedle,
    KnownNeedle,
    NeedleLine,
    NeedleStatus,
    identify_needles,
    needle_chances,
)
from dosimetry_core.values import FoundNeedle, NeedleLookalike, Volume
from procedure_node.events import (
    NeedleFact,
    NeedlesFound,
    RegisteredNeedle,
    SeedFact,
    SeedKindChance,
    SeedsIdentified,
    TrackSeeds,
    UnseenNeedleFact,
)
from procedure_node.imaging.identity_register import fraction
from procedure_node.imaging.identity_request import IdentityRequest
from procedure_node.imaging.request import AnalysisRequest
from procedure_node.imaging.scan_seeds import SeedsOfScan

_SURE_MOTION = 0.8
_ENOUGH_SEEDS = 3

_STATUS = {
    NeedleStatus.NEW: "NEW",
    NeedleStatus.SAME: "SAME",
    NeedleStatus.NOT_SEEN: "NOT_SEEN",
    NeedleStatus.WITHDRAWN: "WITHDRAWN",
}


def needles_of_scan(
    request: AnalysisRequest, finding: SeedFinding, scan: Volume, seeds: SeedsOfScan
) -> NeedlesFound | None:
    """Say which needle is which; None where none is seen and none was known.

    Args:
        request: with the needles known before.
        finding: what the finder has. What is more probably a row of seeds is left out.
        scan: tells whether a needle that is not seen lies where the scan reaches.
        seeds: the scan's seeds, and how they moved.
    """
    asked = request.identity
    seen = [one for one in finding.needles if _chance(one, NeedleLookalike.SEEDS) <= 0.5]
    if not seen and not asked.needles_before:
        return None
    known = [_as_known(fact) for fact in asked.needles_before]
    told = identify_needles(
        known,
        request.series_uid,
        seen,
        is_covered=[_reaches(scan, one) for one in known],
        carrying=_carrying(asked, seeds.identified),
    )
    return NeedlesFound(
        series_uid=request.series_uid,
        after_series_uid=asked.needles_after_series_uid,
        before_sha256=asked.needles_before_sha256,
        needles=tuple(_as_fact(one, seen[one.index]) for one in told.needles),
        unseen=tuple(
            UnseenNeedleFact.model_validate(
                {
                    "needle_id": one.needle_id,
                    "status": _STATUS[one.status],
                    "certainty": fraction(one.certainty),
                    "presence": fraction(one.presence),
                    "tip_mm": one.tip_mm,
                }
            )
            for one in told.unseen
        ),
        known=tuple(_as_registered(one) for one in told.known),
        tracks=_tracks(told.known, seeds.found.seeds),
    )


def _chance(needle: FoundNeedle, kind: NeedleLookalike) -> float:
    return sum(other.probability for other in needle.alternatives if other.kind is kind)


def _reaches(scan: Volume, needle: KnownNeedle) -> bool:
    index = scan.to_index(np.array(needle.tip_mm))
    return bool(np.all((index >= 0.0) & (index <= np.array(scan.values.shape) - 1.0)))


def _carrying(asked: IdentityRequest, identified: SeedsIdentified | None) -> Carrying | None:
    """How the seeds moved since the needles were seen, where they tell it surely."""
    motion = identified.motion if identified else None
    again = sum(find.status == "SAME" for find in identified.finds) if identified else 0
    if (
        motion is None
        or again < _ENOUGH_SEEDS
        or motion.certainty < _SURE_MOTION
        or asked.after_series_uid != asked.needles_after_series_uid
    ):
        return None
    x, y, z = np.mean([seed.center_mm for seed in asked.before], axis=0).tolist()
    return Carrying((x, y, z), motion.shift_mm, motion.rotation_deg)


def _tracks(known: Sequence[KnownNeedle], seeds: Sequence[SeedFact]) -> tuple[TrackSeeds, ...]:
    """Chances that each seed is one, and was left by each needle."""
    lines = [NeedleLine(str(one.needle_id), one.tip_mm, one.direction) for one in known]
    chances = needle_chances(
        np.array([seed.center_mm for seed in seeds], dtype=np.float64).reshape(-1, 3),
        lines,
        sigma_mm=[float(np.hypot(TRACK_MM, one.sigma_mm)) for one in known],
    )
    return tuple(
        TrackSeeds(
            needle_id=one.needle_id,
            chances=tuple(
                fraction(round(float(chance) * one.for_seeds * seed.confidence, 4))
                for chance, seed in zip(chances[str(one.needle_id)], seeds, strict=True)
            ),
        )
        for one in known
    )


def _as_fact(told: IdentifiedNeedle, needle: FoundNeedle) -> NeedleFact:
    return NeedleFact.model_validate(
        {
            "needle_id": told.needle_id,
            "status": _STATUS[told.status],
            "certainty": fraction(told.certainty),
            "deeper_mm": told.deeper_mm,
            "tip_mm": needle.tip_mm,
            "tail_mm": needle.tail_mm,
            "direction": needle.direction,
            "length_mm": needle.length_mm,
            "tip_inside": needle.tip_inside,
            "tail_inside": needle.tail_inside,
            "tip_is_sure": needle.tip_is_sure,
            "width_mm": needle.width_mm,
            "confidence": fraction(needle.confidence),
            "alternatives": tuple(
                SeedKindChance(kind=other.kind.value, probability=fraction(other.probability))
                for other in needle.alternatives
            ),
        }
    )


def _as_known(fact: RegisteredNeedle) -> KnownNeedle:
    return KnownNeedle(
        needle_id=fact.needle_id,
        tip_mm=fact.tip_mm,
        direction=fact.direction,
        sigma_mm=fact.sigma_mm,
        for_seeds=fact.for_seeds,
        last_seen=fact.last_seen,
    )


def _as_registered(one: KnownNeedle) -> RegisteredNeedle:
    return RegisteredNeedle(
        needle_id=one.needle_id,
        tip_mm=one.tip_mm,
        direction=one.direction,
        sigma_mm=one.sigma_mm,
        for_seeds=fraction(one.for_seeds),
        last_seen=one.last_seen,
    )
