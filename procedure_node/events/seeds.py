"""Which seed is which, what people put right of them, and what was planned."""

from typing import Literal

from pydantic import Field

from procedure_node.events.base import Fact, Fraction, NonNegative, Payload, Positive, XyzMm
from procedure_node.events.registration import RegistrationMethod
from procedure_node.seed_edits import EditAction

FindStatus = Literal["NEW", "SAME", "MIGRATED"]
UnseenStatus = Literal["NOT_SEEN", "LOST"]
Covariance = tuple[XyzMm, XyzMm, XyzMm]
"""mm2, LPS."""


class OtherSeed(Fact):
    """A seed that a find may be instead; ``seed_id`` None: a new seed, or none."""

    seed_id: int | None
    certainty: Fraction


class FindIdentity(Fact):
    """Which seed one find is; ``docs/seed_identity.md`` says how each is told."""

    seed_id: int
    status: FindStatus
    certainty: Fraction
    identity_certainty: Fraction
    moved_mm: XyzMm | None
    outside_mm: NonNegative | None
    nearest_structure: str
    others: tuple[OtherSeed, ...] = ()


class UnseenSeed(Fact):
    """A known seed that is none of a scan's finds; ``presence``: how probably it is there."""

    seed_id: int
    status: UnseenStatus
    certainty: Fraction
    presence: Fraction
    expected_mm: XyzMm


class SeedSighting(Fact):
    """A find that a seed was taken for: which scan, which of its finds, and how surely."""

    series_uid: str
    index: int
    certainty: Fraction


class RegisteredSeed(Fact):
    """A seed as it is carried on to the next scan (``dosimetry_core.seed_identity.KnownSeed``).

    ``deleted_by_edit`` is the edit that said that it is no seed: later finds of it do not count.
    """

    seed_id: int
    center_mm: XyzMm
    covariance_mm2: Covariance
    axis: XyzMm
    home_mm: XyzMm
    home_covariance_mm2: Covariance
    home_outside_mm: float | None
    confidence: Fraction
    presence: Fraction
    sightings: tuple[SeedSighting, ...]
    deleted_by_edit: int | None = None


class SeedsMotion(Fact):
    """How all seeds moved together since the scan before, and how sure that is."""

    shift_mm: XyzMm
    rotation_deg: XyzMm
    swelling_percent: float
    certainty: Fraction


class SeedsIdentified(Payload):
    """Which seed each find of one scan is.

    Attributes:
        after_series_uid: the scan that it was compared with; None for the first with seeds.
        before_sha256: of the register that it was compared with; empty for none.
        finds: in the order of the ``SeedsFound`` of the scan: those that count, then those that
            were left out.
        unseen: known seeds that are none of the finds.
        motion: None where there was nothing to compare with.
        noise_factor: by which variances of places are larger than was stated.
        known: all seeds known after this scan.
        known_sha256: names their content; empty before it is journalled.
        warnings: what a reader must know.
    """

    kind: Literal["seeds-identified"] = "seeds-identified"
    version: Literal[1] = 1
    series_uid: str
    after_series_uid: str | None
    before_sha256: str
    finds: tuple[FindIdentity, ...]
    unseen: tuple[UnseenSeed, ...]
    motion: SeedsMotion | None
    noise_factor: float
    known: tuple[RegisteredSeed, ...]
    known_sha256: str = ""
    warnings: tuple[str, ...] = ()


class SeedEdited(Payload):
    """A person put a seed of one scan right; detection never undoes it.

    Attributes:
        edit: its number, counted from 1 in the procedure.
        seed_id: the seed that was deleted or moved; None for one that was added.
        found_mm: where that seed was found (or added), LPS mm.
        center_mm: where a seed was added or moved to, LPS mm.
        axis: unit vector; None where the person told none.
        beside_mm: finds near an added seed.
    """

    kind: Literal["seed-edited"] = "seed-edited"
    version: Literal[1] = 1
    edit: int
    series_uid: str
    action: EditAction
    seed_id: int | None
    found_mm: XyzMm | None
    center_mm: XyzMm | None
    axis: XyzMm | None
    beside_mm: tuple[XyzMm, ...] = ()
    reason: str = Field(min_length=1)


class SeedEditWithdrawn(Payload):
    """A person took an edit back: the scan's seeds are again as if it had not been made."""

    kind: Literal["seed-edit-withdrawn"] = "seed-edit-withdrawn"
    version: Literal[1] = 1
    edit: int
    reason: str = Field(min_length=1)


class StrandTold(Payload):
    """A person says which seeds hang together, in their order, and how far apart."""

    kind: Literal["strand-told"] = "strand-told"
    version: Literal[1] = 1
    seed_ids: tuple[int, ...]
    spacing_mm: Positive


class PlannedSeedFact(Fact):
    """Where the plan puts one seed; ``needle`` is empty where it names none."""

    center_mm: XyzMm
    axis: XyzMm | None
    needle: str


class SeedPlanReceived(Payload):
    """An RTPLAN of permanent seeds came with the study."""

    kind: Literal["seed-plan-received"] = "seed-plan-received"
    version: Literal[1] = 1
    plan_uid: str
    frame_of_reference_uid: str | None
    label: str
    approval: str
    seeds: tuple[PlannedSeedFact, ...]
    warnings: tuple[str, ...] = ()


class PlannedSeedFound(Fact):
    """What became of a planned seed: ``planned`` counts them from 0, ``found`` the scan's finds."""

    planned: int
    found: int | None
    certainty: Fraction
    deviation_mm: XyzMm | None


class NeedleSeeds(Fact):
    """Seeds of one needle of the plan: planned, and of each counted find how probably it is one."""

    needle: str
    planned: int
    chances: tuple[Fraction, ...]


class PlannedNeedleSeen(Fact):
    """Which needle that is seen a needle of the plan is, and how probable that is.

    ``index`` counts the needles of the scan's ``NeedlesFound`` from 0; None: it is none of them.
    """

    needle: str
    index: int | None
    certainty: Fraction


class SeedPlanMatched(Payload):
    """The plan held against the seeds of one scan, and against the needles that are seen in it.

    ``carried_by`` is how the contours were carried that the plan came with: the scan's
    ``registration-computed`` tells where to, and how surely. None: it lies in the scan's frame of
    reference.
    """

    kind: Literal["seed-plan-matched"] = "seed-plan-matched"
    version: Literal[1] = 1
    series_uid: str
    plan_uid: str
    seeds: tuple[PlannedSeedFound, ...]
    unplanned: tuple[int, ...]
    needles: tuple[NeedleSeeds, ...]
    warnings: tuple[str, ...] = ()
    needles_seen: tuple[PlannedNeedleSeen, ...] = ()
    carried_by: RegistrationMethod | None = None
