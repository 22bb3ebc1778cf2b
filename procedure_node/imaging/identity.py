"""Which seed each find of a scan is, and which finds are no seeds by the word of a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity import (
    IdentifiedFind,
    MigrationLimits,
    ScanFinds,
    ScanIdentities,
    SeedStatus,
    UnfoundSeed,
    identify_seeds,
)
from dosimetry_core.structures import StructureError, signed_distance_mm
from dosimetry_core.values import ContouredStructure
from procedure_node.events import (
    FindIdentity,
    OtherSeed,
    SeedsIdentified,
    SeedsMotion,
    UnseenSeed,
)
from procedure_node.imaging.identity_finds import ScanSeed
from procedure_node.imaging.identity_register import as_facts, fraction, register_of
from procedure_node.imaging.request import AnalysisRequest

FloatArray = NDArray[np.float64]

SURELY_THE_SAME = 0.9
"""A find must be this surely what a person deleted in an earlier scan to be left out with it."""

NO_LIMIT_MM = 1e6
"""Nothing is this far away: of a limit that the protocol leaves unset."""

ELSEWHERE_MM = 1e3
"""Distance told of a structure that a find inside a lesion is not asked for."""

_STATUS = {
    SeedStatus.NEW: "NEW",
    SeedStatus.SAME: "SAME",
    SeedStatus.MIGRATED: "MIGRATED",
    SeedStatus.NOT_SEEN: "NOT_SEEN",
    SeedStatus.LOST: "LOST",
}


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """What became of the finds of one scan.

    Attributes:
        fact: to be journalled, the finds in the order of ``order``; None where there is nothing to
            tell: no find, and no seed known before.
        order: the seeds of the scan by their places in the list that was given: those that count,
            then those that are left out.
        counting: how many of them count.
        left_out_by: the edit that each of those left out rests on.
    """

    fact: SeedsIdentified | None
    order: tuple[int, ...]
    counting: int
    left_out_by: tuple[int, ...]


def identify(
    request: AnalysisRequest,
    seeds: Sequence[ScanSeed],
    covariance_mm2: FloatArray,
    structures: Mapping[str, ContouredStructure],
) -> Identified:
    """Identify the seeds of a scan; what a person deleted takes part, as the thing that it is.

    A find that is surely a thing that was deleted in an earlier scan, and has not moved, is left
    out as well; where that is not sure it counts.

    Args:
        request: with the seeds known before.
        seeds: finds and what was added by hand, those deleted in this scan marked.
        covariance_mm2: shape (n, 3, 3), of their centres.
        structures: contours by name.
    """
    asked = request.identity
    if not seeds and not asked.before:
        return Identified(None, (), 0, ())
    scan = _scan_finds(request, seeds, covariance_mm2, structures)
    identities = identify_seeds(
        register_of(asked),
        scan,
        MigrationLimits(
            moved_mm=asked.moved_limit_mm or NO_LIMIT_MM,
            outside_mm=asked.outside_limit_mm or NO_LIMIT_MM,
        ),
        expected_new=asked.expected_new,
    )
    deleted_before = {
        seed.seed_id: seed.deleted_by_edit
        for seed in asked.before
        if seed.deleted_by_edit is not None
    }
    left_out = _left_out(seeds, identities.finds, deleted_before)
    counted = [n for n in range(len(seeds)) if n not in left_out]
    order = (*counted, *left_out)
    return Identified(
        fact=_as_fact(
            request, identities, order, _deleted(seeds, identities, left_out, deleted_before)
        ),
        order=order,
        counting=len(counted),
        left_out_by=tuple(left_out.values()),
    )


def not_identified(seeds: Sequence[ScanSeed]) -> Identified:
    """The seeds of a scan by their edits alone, where they cannot be told apart."""
    counted = [n for n, seed in enumerate(seeds) if not seed.edited.deleted]
    left_out = {n: seed.edited.edit or 0 for n, seed in enumerate(seeds) if seed.edited.deleted}
    return Identified(None, (*counted, *left_out), len(counted), tuple(left_out.values()))


def _scan_finds(
    request: AnalysisRequest,
    seeds: Sequence[ScanSeed],
    covariance_mm2: FloatArray,
    structures: Mapping[str, ContouredStructure],
) -> ScanFinds:
    lesions = [t.structure for t in request.targets if t.seeded]
    centers = np.array([s.seed.center_mm for s in seeds], dtype=np.float64).reshape(-1, 3)
    distances = {name: signed_distance_mm(structures[name], centers) for name in lesions}
    if lesions and len(seeds):
        away = np.flatnonzero(np.min(list(distances.values()), axis=0) > 0.0)
        for name, structure in structures.items():
            if name in distances or not len(away):
                continue
            try:
                there = signed_distance_mm(structure, centers[away])
            except StructureError:  # what is drawn in one plane is no place that a seed can be in
                continue
            distances[name] = np.full(len(seeds), ELSEWHERE_MM)
            distances[name][away] = there
    return ScanFinds(
        scan=request.series_uid,
        seeds=tuple(s.seed for s in seeds),
        covariance_mm2=covariance_mm2,
        distance_mm=distances,
        lesions=tuple(lesions),
    )


def _left_out(
    seeds: Sequence[ScanSeed],
    finds: Sequence[IdentifiedFind],
    deleted_before: Mapping[int, int],
) -> dict[int, int]:
    """Places of the finds that do not count, with the edit that says so."""
    left_out: dict[int, int] = {}
    for n, (seed, find) in enumerate(zip(seeds, finds, strict=True)):
        if seed.edited.deleted and seed.edited.edit is not None:
            left_out[n] = seed.edited.edit
        elif (
            find.seed_id in deleted_before
            and not seed.by_hand()
            and find.status is SeedStatus.SAME
            and find.identity_certainty >= SURELY_THE_SAME
        ):
            left_out[n] = deleted_before[find.seed_id]
    return left_out


def _deleted(
    seeds: Sequence[ScanSeed],
    identities: ScanIdentities,
    left_out: Mapping[int, int],
    deleted_before: Mapping[int, int],
) -> dict[int, int]:
    """The known seeds that are none, after this scan: one that a person put in it is one again."""
    by_hand = {
        find.seed_id for seed, find in zip(seeds, identities.finds, strict=True) if seed.by_hand()
    }
    kept = {seed_id: edit for seed_id, edit in deleted_before.items() if seed_id not in by_hand}
    return kept | {identities.finds[n].seed_id: edit for n, edit in left_out.items()}


def _as_fact(
    request: AnalysisRequest,
    identities: ScanIdentities,
    order: Sequence[int],
    deleted: Mapping[int, int],
) -> SeedsIdentified:
    motion = identities.motion
    return SeedsIdentified(
        series_uid=request.series_uid,
        after_series_uid=request.identity.after_series_uid,
        before_sha256=request.identity.before_sha256,
        finds=tuple(_find(identities.finds[n]) for n in order),
        unseen=tuple(_unseen(one) for one in identities.unfound if one.seed_id not in deleted),
        motion=None
        if motion is None
        else SeedsMotion(
            shift_mm=motion.shift_mm,
            rotation_deg=motion.rotation_deg,
            swelling_percent=motion.swelling_percent,
            certainty=fraction(motion.certainty),
        ),
        noise_factor=identities.noise_factor,
        known=as_facts(identities.register, deleted),
    )


def _find(find: IdentifiedFind) -> FindIdentity:
    return FindIdentity.model_validate(
        {
            "seed_id": find.seed_id,
            "status": _STATUS[find.status],
            "certainty": fraction(find.certainty),
            "identity_certainty": fraction(find.identity_certainty),
            "moved_mm": find.moved_mm,
            "outside_mm": find.outside_mm,
            "nearest_structure": find.nearest_structure,
            "others": tuple(
                OtherSeed(seed_id=other.seed_id, certainty=fraction(other.certainty))
                for other in find.alternatives
            ),
        }
    )


def _unseen(seed: UnfoundSeed) -> UnseenSeed:
    return UnseenSeed.model_validate(
        {
            "seed_id": seed.seed_id,
            "status": _STATUS[seed.status],
            "certainty": fraction(seed.certainty),
            "presence": fraction(seed.presence),
            "expected_mm": seed.expected_mm,
        }
    )
