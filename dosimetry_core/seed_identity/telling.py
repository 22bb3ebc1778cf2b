"""What a reader of identities must know, in plain words."""

from collections.abc import Sequence

from dosimetry_core.seed_identity.migration import MigrationLimits
from dosimetry_core.seed_identity.result import (
    CommonMotion,
    IdentifiedFind,
    SeedStatus,
    UnfoundSeed,
)

_SURE = 0.9
_SURE_MOTION = 0.95
_FEW = 3
_NOISY = 2.0


def warnings_of(
    finds: Sequence[IdentifiedFind],
    unfound: Sequence[UnfoundSeed],
    motion: CommonMotion | None,
    noise_factor: float,
    limits: MigrationLimits,
) -> tuple[str, ...]:
    """All that is doubtful or alarming in one scan."""
    told: list[str] = []
    if motion is not None:
        told += _of_motion(finds, motion, noise_factor)
    told += [_escaped(find) for find in finds if (find.outside_mm or 0.0) > limits.outside_mm]
    told += [
        f"seed {find.seed_id} has moved by more than {limits.moved_mm:g} mm against the others "
        f"(certainty {find.certainty:.2f})"
        for find in finds
        if find.status is SeedStatus.MIGRATED
        and find.moved_mm is not None
        and not (find.outside_mm or 0.0) > limits.outside_mm
    ]
    lost = [str(seed.seed_id) for seed in unfound if seed.status is SeedStatus.LOST]
    if lost:
        told.append(f"probably lost, or never a seed: {', '.join(lost)}")
    unseen = [str(seed.seed_id) for seed in unfound if seed.status is SeedStatus.NOT_SEEN]
    if unseen:
        told.append(f"not seen in this scan: {', '.join(unseen)}")
    doubtful = [str(find.seed_id) for find in finds if find.identity_certainty < _SURE]
    if doubtful:
        told.append(f"uncertain which seed it is (below {_SURE:g}): {', '.join(doubtful)}")
    return tuple(told)


def _of_motion(
    finds: Sequence[IdentifiedFind], motion: CommonMotion, noise_factor: float
) -> list[str]:
    told: list[str] = []
    if motion.certainty < _SURE_MOTION:
        told.append(
            "more than one common motion of the seeds fits what was found: identities are uncertain"
        )
    same = sum(find.status is SeedStatus.SAME for find in finds)
    if same < _FEW:
        told.append(f"only {same} seeds are seen again: identities rest on few places")
    if noise_factor > _NOISY:
        told.append(
            f"seeds are {noise_factor**0.5:.1f} times further from where they should be than the "
            f"stated errors of their places explain"
        )
    return told


def _escaped(find: IdentifiedFind) -> str:
    who = f"find {find.index} (seed {find.seed_id}, {find.status})"
    near = f", in or near {find.nearest_structure}" if find.nearest_structure else ""
    others = [str(other.seed_id) for other in find.alternatives if other.seed_id is not None]
    maybe = f"; it may be seed {' or '.join(others)}" if others else ""
    return f"{who} lies {find.outside_mm:.0f} mm outside of the lesion{near}{maybe}"
