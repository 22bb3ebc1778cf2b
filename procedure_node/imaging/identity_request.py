"""What the identity of a scan's seeds needs to know, as values that can cross a process."""

from procedure_node.events import (
    Fact,
    PlannedSeedFact,
    RegisteredNeedle,
    RegisteredSeed,
    RegistrationMethod,
    RigidMatrix,
    SeedEdited,
)
from procedure_node.seed_edits import SeedEdit


class NoSeedPlanError(Exception):
    """A file is no plan of seeds that can be used. The message says why."""


class StrandFact(Fact):
    """Seeds that hang together, in their order, and the spacing of neighbours."""

    seed_ids: tuple[int, ...]
    spacing_mm: float


class NeedleReport(Fact):
    """Seeds that were reported for a needle before a scan."""

    needle: str
    count: int


class PlanCarrying(Fact):
    """Seeds of a plan, counted from 0, that come to a scan with the contours of one lesion.

    ``deformed`` tells that the registration's deformation belongs to the matrix.
    """

    lesion: str
    seeds: tuple[int, ...]
    matrix: RigidMatrix
    deformed: bool = False


class PlanRequest(Fact):
    """The plan that a scan's seeds are held against.

    Attributes:
        seeds: where they were planned.
        carried_by: how the contours are carried that it comes with; None where it lies in the
            scan's frame of reference.
        carried: what takes it to the scan; none where it lies there as planned.
    """

    plan_uid: str
    seeds: tuple[PlannedSeedFact, ...]
    implanted: tuple[NeedleReport, ...]
    carried_by: RegistrationMethod | None = None
    carried: tuple[PlanCarrying, ...] = ()


class IdentityRequest(Fact):
    """The seeds known before a scan, and from where on one has migrated.

    Attributes:
        after_series_uid: the scan that the register is of; None before the first with seeds.
        before_sha256: of the register; empty for none.
        before: the register.
        strands: which of its seeds hang together.
        expected_new: seeds reported since the scan before; None while nothing was reported.
        moved_limit_mm: None where the protocol leaves it unset: nothing then counts as migrated
            by its distance.
        outside_limit_mm: the same of the distance from the lesions.
        plan: None without one whose place in the scan is known surely enough.
        needles_after_series_uid: the scan that the needles are of; None before the first.
        needles_before_sha256: of them; empty for none.
        needles_before: the needles known before.
    """

    after_series_uid: str | None = None
    before_sha256: str = ""
    before: tuple[RegisteredSeed, ...] = ()
    strands: tuple[StrandFact, ...] = ()
    expected_new: int | None = None
    moved_limit_mm: float | None = None
    outside_limit_mm: float | None = None
    plan: PlanRequest | None = None
    needles_after_series_uid: str | None = None
    needles_before_sha256: str = ""
    needles_before: tuple[RegisteredNeedle, ...] = ()


def as_edit(fact: SeedEdited) -> SeedEdit:
    """An edit as it is applied."""
    return SeedEdit(
        number=fact.edit,
        action=fact.action,
        found_mm=fact.found_mm,
        center_mm=fact.center_mm,
        axis=fact.axis,
        beside_mm=fact.beside_mm,
    )
