"""The seeds of one scan as they count: found, put right by people, and told one from another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.structures import StructureError
from dosimetry_core.values import ContouredStructure, FoundSeed
from procedure_node.events import SeedFact, SeedKindChance, SeedsFound, SeedsIdentified
from procedure_node.imaging.counting import count_for_targets
from procedure_node.imaging.identity import Identified, identify, not_identified
from procedure_node.imaging.identity_finds import (
    ScanSeed,
    place_covariance_mm2,
    seeds_with_edits,
)
from procedure_node.imaging.identity_register import as_covariance, fraction
from procedure_node.imaging.request import AnalysisRequest
from procedure_node.protocol import Target

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SeedsOfScan:
    """The seeds of a scan.

    Attributes:
        found: to be journalled.
        identified: to be journalled with it; None where there is nothing to tell.
        seeds: those that count, in the order of ``found``.
        counted: the target that each counts for.
    """

    found: SeedsFound
    identified: SeedsIdentified | None
    seeds: tuple[FoundSeed, ...]
    counted: tuple[Target | None, ...]


def seeds_of_scan(
    request: AnalysisRequest,
    finding: SeedFinding,
    spacing_mm: tuple[float, float, float],
    structures: Mapping[str, ContouredStructure],
) -> SeedsOfScan:
    """Apply people's edits, say which seed is which, and which target each counts for.

    Args:
        request: with the edits, and the seeds known before.
        finding: what the finder has.
        spacing_mm: of the scan along (k, j, i).
        structures: contours by name.

    Raises:
        StructureError: a target has no sound shape.
    """
    whole = seeds_with_edits(finding.seeds, request.edits)
    covariance = np.array([place_covariance_mm2(s, spacing_mm) for s in whole]).reshape(-1, 3, 3)
    doubts: list[str] = []
    try:
        identified = identify(request, whole, covariance, structures)
    except StructureError:
        raise
    except ValueError as error:  # their dose does not wait for who they are
        identified = not_identified(whole)
        doubts.append(f"the seeds cannot be told from those of earlier scans: {error}")
    ordered = [whole[n] for n in identified.order]
    counted = count_for_targets(
        [s.seed for s in ordered],
        request.targets,
        structures,
        within_mm=request.counted_within_mm or 0.0,
    )
    facts = _facts(ordered, covariance[list(identified.order)], counted, identified)
    left_out = sum(1 for s in ordered[identified.counting :] if not s.edited.deleted)
    warnings = [
        *finding.warnings,
        *doubts,
        *_unset(request),
        *([f"{left_out} finds are left out: a person deleted them before"] if left_out else ()),
    ]
    return SeedsOfScan(
        found=SeedsFound(
            series_uid=request.series_uid,
            seeds=facts[: identified.counting],
            warnings=tuple(warnings),
            left_out=facts[identified.counting :],
            edits=tuple(edit.edit for edit in request.edits),
        ),
        identified=identified.fact,
        seeds=tuple(s.seed for s in ordered[: identified.counting]),
        counted=counted[: identified.counting],
    )


def _facts(
    seeds: Sequence[ScanSeed],
    covariance_mm2: FloatArray,
    counted: Sequence[Target | None],
    identified: Identified,
) -> tuple[SeedFact, ...]:
    told = identified.fact
    ids = [find.seed_id for find in told.finds] if told else [None] * len(seeds)
    edits = (*(s.edited.edit for s in seeds[: identified.counting]), *identified.left_out_by)
    return tuple(
        SeedFact(
            center_mm=one.seed.center_mm,
            axis=one.seed.axis,
            confidence=one.seed.confidence,
            lesion=target.lesion if target else None,
            zone=target.zone if target else None,
            seed_id=seed_id,
            covariance_mm2=as_covariance(spread),
            alternatives=tuple(
                SeedKindChance(kind=other.kind.value, probability=fraction(other.probability))
                for other in one.seed.alternatives
            ),
            origin=one.edited.origin,
            found_mm=one.edited.found_mm if one.edited.edit is not None else None,
            edit=edit,
        )
        for one, spread, target, seed_id, edit in zip(
            seeds, covariance_mm2, counted, ids, edits, strict=True
        )
    )


def _unset(request: AnalysisRequest) -> tuple[str, ...]:
    if request.counted_within_mm is None:
        return (
            "the protocol leaves seeds.counted_within_mm unset: only seeds inside a target count",
        )
    return ()
