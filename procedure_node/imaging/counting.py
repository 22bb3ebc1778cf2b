"""Which target each seed counts for."""

from collections.abc import Mapping, Sequence

import numpy as np

from dosimetry_core.structures import signed_distance_mm
from dosimetry_core.values import ContouredStructure, FoundSeed
from procedure_node.imaging.request import TargetStructure
from procedure_node.protocol import Target


def count_for_targets(
    seeds: Sequence[FoundSeed],
    targets: Sequence[TargetStructure],
    structures: Mapping[str, ContouredStructure],
    *,
    within_mm: float,
) -> tuple[Target | None, ...]:
    """The seeded target that each seed is deepest in or nearest to; None if all are too far.

    Args:
        seeds: as they were found.
        targets: only those that are ``seeded`` are given seeds.
        structures: contours by name.
        within_mm: how far outside a target a seed still counts for it.
    """
    seeded = [t for t in targets if t.seeded]
    if not seeds or not seeded:
        return (None,) * len(seeds)
    centers = np.array([seed.center_mm for seed in seeds], dtype=np.float64)
    distances = np.stack([signed_distance_mm(structures[t.structure], centers) for t in seeded])
    nearest: list[int] = distances.argmin(axis=0).tolist()
    return tuple(
        seeded[target].target if distances[target, seed] <= within_mm else None
        for seed, target in enumerate(nearest)
    )
