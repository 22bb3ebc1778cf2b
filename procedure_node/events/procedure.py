"""What people do: open and close a procedure, allocate, report, assign, acknowledge."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events.base import NonNegative, Payload, Positive
from procedure_node.protocol.model import TrialProtocol


class ProcedureOpened(Payload):
    """A person opened a procedure. ``subject`` is the trial's pseudonym, never a name or a PID."""

    kind: Literal["procedure-opened"] = "procedure-opened"
    version: Literal[1] = 1
    procedure_id: str
    subject: str
    study_uid: str
    arm: str
    protocol: TrialProtocol
    protocol_sha256: str


class ProcedureClosed(Payload):
    """A person closed the procedure; its record is due."""

    kind: Literal["procedure-closed"] = "procedure-closed"
    version: Literal[1] = 1
    outcome: Literal["COMPLETED", "ABANDONED"]
    comment: str = ""


class TargetAllocated(Payload):
    """A lesion's zone was allocated to a modality.

    Attributes:
        proposed: what the protocol's rules proposed at that moment; None where they could not.
        rule: the rule that proposed it; empty without one.
        because: the facts that decided, or why nothing was proposed.
    """

    kind: Literal["target-allocated"] = "target-allocated"
    version: Literal[1] = 1
    lesion: str
    zone: ZoneKind
    modality: Modality
    reason: str
    proposed: Modality | None = None
    rule: str = ""
    because: str = ""

    @property
    def is_overridden(self) -> bool:
        """Whether a person decided against the proposal."""
        return self.proposed is not None and self.proposed is not self.modality


class SeedsReported(Payload):
    """The operator says that this many more seeds of one batch are now implanted in a zone."""

    kind: Literal["seeds-reported"] = "seeds-reported"
    version: Literal[1] = 1
    lesion: str
    zone: ZoneKind
    count: int
    batch: str
    seed_model: str
    strength_u: Positive
    strength_reference_date: date
    needle: str | None = None


class ProbeAssigned(Payload):
    """A cryoprobe was placed in a lesion's zone; its tip, direction and kind if they are known.

    ``direction`` is the unit vector (LPS) along the shaft from where it enters towards its tip;
    ``cryoprobe`` names the kind in the thermal library.
    """

    kind: Literal["probe-assigned"] = "probe-assigned"
    version: Literal[1] = 1
    device: str
    probe: int
    lesion: str
    zone: ZoneKind
    tip_mm: tuple[float, float, float] | None = None
    direction: tuple[float, float, float] | None = None
    cryoprobe: str | None = None


class SensorAssigned(Payload):
    """A thermometer channel was placed at an organ or in a lesion; where (LPS) if it is known."""

    kind: Literal["sensor-assigned"] = "sensor-assigned"
    version: Literal[1] = 1
    device: str
    channel: int
    structure: str
    place_mm: tuple[float, float, float] | None = None


class TreatmentFinished(Payload):
    """The operator says that this zone's treatment is complete: under-coverage now alarms."""

    kind: Literal["treatment-finished"] = "treatment-finished"
    version: Literal[1] = 1
    lesion: str
    zone: ZoneKind


class ScanDoseReported(Payload):
    """Radiation output of a CT scan, as the operator or the scanner states it."""

    kind: Literal["scan-dose-reported"] = "scan-dose-reported"
    version: Literal[1] = 1
    series_uid: str
    ctdi_vol_mgy: NonNegative
    dlp_mgy_cm: NonNegative


class AdverseEventPrompted(Payload):
    """A person's answer to an adverse event prompt; the node never grades one by itself."""

    kind: Literal["adverse-event-prompted"] = "adverse-event-prompted"
    version: Literal[1] = 1
    term: str
    grade: Literal[0, 1, 2, 3, 4, 5]
    onset: AwareDatetime | None = None
    comment: str = ""
