"""What a scan's analysis needs to know, as a value that can cross a process."""

from procedure_node.events import Fact, SeedEdited
from procedure_node.imaging.ice_request import IceRequest
from procedure_node.imaging.identity_request import IdentityRequest
from procedure_node.imaging.registration_request import CarriedStructures, RegistrationRequest
from procedure_node.protocol import Target


class SeedBatch(Fact):
    """The seeds of a target: their model and their strength now, U."""

    target: Target
    seed_model: str
    strength_u: float


class TargetStructure(Fact):
    """A target and the structure that is drawn for it."""

    target: Target
    structure: str
    seeded: bool


class OrganStructure(Fact):
    """An organ at risk that is drawn, and its lowest dose limit; None where it has none."""

    structure: str
    limit_gy: float | None


class DoseErrorSizes(Fact):
    """The errors that bands are computed from, 1 sigma each."""

    position_sd_mm: float
    strength_sd_percent: float
    registration_sd_mm: float


class AnalysisRequest(Fact):
    """One scan to be analysed; two equal requests have equal results.

    Attributes:
        structures_path: the structure set's file; None while there is none.
        registration: how contours that were drawn on another CT are carried to the scan, or
            checked where they lie; None where they were drawn on it.
        carried: what is carried, and how; empty where all lies in the scan as it was drawn.
        targets: every drawn target; those that are ``seeded`` are given seeds and a prescription.
        organs: structures at risk that are drawn.
        batches: what was reported to be implanted where; empty while nothing was.
        errors: what the dose may be off by; None where the protocol leaves any of it unset.
        counted_within_mm: how far outside a target a seed still counts for it.
        edits: what people put right of the scan's seeds, in order.
        identity: the seeds known before this scan.
    """

    series_uid: str
    directory: str
    content_sha256: str
    structures_path: str | None
    targets: tuple[TargetStructure, ...]
    organs: tuple[OrganStructure, ...]
    batches: tuple[SeedBatch, ...]
    batch_doubt: str
    prescription_gy: float | None
    errors: DoseErrorSizes | None
    counted_within_mm: float | None
    ice: IceRequest | None
    registration: RegistrationRequest | None = None
    carried: tuple[CarriedStructures, ...] = ()
    view_directory: str
    edits: tuple[SeedEdited, ...] = ()
    identity: IdentityRequest = IdentityRequest()
