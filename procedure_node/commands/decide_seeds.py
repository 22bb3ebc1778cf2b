"""Whether an edit of a seed is possible, and the event that it makes."""

import math

from dosimetry_core.values import Vector
from procedure_node.commands.model import (
    AddSeed,
    DeleteSeed,
    MoveSeed,
    TellStrand,
    WithdrawSeedEdit,
)
from procedure_node.core import CommandRefusedError
from procedure_node.events import (
    SeedEdited,
    SeedEditWithdrawn,
    SeedFact,
    SeedsFound,
    StrandTold,
)
from procedure_node.rules import awaits_edits, newest_received
from procedure_node.seed_edits import BESIDE_MM, EditAction
from procedure_node.state import ProcedureState, ScanState

SAME_SPOT_MM = 0.5
"""Two capsules of 0.8 mm cannot be nearer: what is added there is there already."""

SHORTEST_DIRECTION = 1e-3


def add_seed(state: ProcedureState, command: AddSeed) -> SeedEdited:
    """A seed that the finder has missed."""
    scan, found = _searched_scan(state, command.scan)
    center_mm = _place(command.center_mm)
    for seed in found.seeds:
        if math.dist(seed.center_mm, center_mm) < SAME_SPOT_MM:
            raise CommandRefusedError(f"{_name(seed)} is there already: move it, if it is askew")
    return SeedEdited(
        edit=_next_edit(state),
        series_uid=scan.series_uid,
        action=EditAction.ADDED,
        seed_id=None,
        found_mm=None,
        center_mm=center_mm,
        axis=_unit(command.axis),
        beside_mm=tuple(
            _found_at(seed)
            for seed in (*found.seeds, *found.left_out)
            if math.dist(_found_at(seed), center_mm) < BESIDE_MM
        ),
        reason=command.reason,
    )


def delete_seed(state: ProcedureState, command: DeleteSeed) -> SeedEdited:
    """A find that is no seed."""
    scan, seed = _seed(state, command.scan, command.seed)
    return SeedEdited(
        edit=_next_edit(state),
        series_uid=scan.series_uid,
        action=EditAction.DELETED,
        seed_id=command.seed,
        found_mm=_found_at(seed),
        center_mm=None,
        axis=None,
        reason=command.reason,
    )


def move_seed(state: ProcedureState, command: MoveSeed) -> SeedEdited:
    """A seed that lies elsewhere than the finder says."""
    scan, seed = _seed(state, command.scan, command.seed)
    return SeedEdited(
        edit=_next_edit(state),
        series_uid=scan.series_uid,
        action=EditAction.MOVED,
        seed_id=command.seed,
        found_mm=_found_at(seed),
        center_mm=_place(command.center_mm),
        axis=_unit(command.axis),
        reason=command.reason,
    )


def withdraw_edit(state: ProcedureState, command: WithdrawSeedEdit) -> SeedEditWithdrawn:
    """An edit that was a mistake."""
    standing = [e.edited.edit for e in state.seed_edits if e.withdrawn_at is None]
    if command.edit not in standing:
        known = ", ".join(map(str, standing)) or "none"
        raise CommandRefusedError(
            f"there is no edit {command.edit} that stands; there are: {known}"
        )
    return SeedEditWithdrawn(edit=command.edit, reason=command.reason)


def tell_strand(state: ProcedureState, command: TellStrand) -> StrandTold:
    """Seeds that hang together."""
    seed_ids = tuple(int(one) for one in command.seeds.split(","))
    if len(set(seed_ids)) < len(seed_ids):
        raise CommandRefusedError("a seed is named twice: name each once, in their order")
    unknown = [n for n in seed_ids if not 1 <= n <= state.seed_ids_given]
    if unknown:
        raise CommandRefusedError(
            f"seed {unknown[0]} is not known; seeds are numbered 1 to {state.seed_ids_given}"
        )
    return StrandTold(seed_ids=seed_ids, spacing_mm=command.spacing_mm)


def _searched_scan(state: ProcedureState, number: int | None) -> tuple[ScanState, SeedsFound]:
    """A scan by the number that the page gives it, the newest unless one is named."""
    scans = list(state.scans.values())
    if number is None:
        scan = newest_received(state)
    else:
        scan = scans[number - 1] if 1 <= number <= len(scans) else None
    if scan is None:
        raise CommandRefusedError(
            f"there is no scan {number}: there are {len(scans)}"
            if number is not None
            else "there is no scan yet"
        )
    if scan.seeds is None:
        raise CommandRefusedError("the seeds of that scan are not known yet: wait for them")
    if awaits_edits(state, scan):
        raise CommandRefusedError("the edit before is just being worked in: try again")
    return scan, scan.seeds


def _seed(state: ProcedureState, number: int | None, seed_id: int) -> tuple[ScanState, SeedFact]:
    scan, found = _searched_scan(state, number)
    for seed in found.seeds:
        if seed.seed_id == seed_id:
            return scan, seed
    known = ", ".join(str(s.seed_id) for s in found.seeds if s.seed_id is not None) or "none"
    raise CommandRefusedError(f"seed {seed_id} is not seen in that scan; seen are: {known}")


def _next_edit(state: ProcedureState) -> int:
    return len(state.seed_edits) + 1


def _found_at(seed: SeedFact) -> Vector:
    return seed.found_mm or seed.center_mm


def _name(seed: SeedFact) -> str:
    return "a seed" if seed.seed_id is None else f"seed {seed.seed_id}"


def _place(center_mm: Vector) -> Vector:
    if not all(map(math.isfinite, center_mm)):
        raise CommandRefusedError("the place is not three finite numbers: give x,y,z in mm (LPS)")
    return center_mm


def _unit(axis: Vector | None) -> Vector | None:
    if axis is None:
        return None
    length = math.hypot(*axis)
    if not (math.isfinite(length) and length > SHORTEST_DIRECTION):
        raise CommandRefusedError("the axis has no length: give it along the capsule")
    x, y, z = axis
    return x / length, y / length, z / length
