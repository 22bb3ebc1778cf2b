"""Messages of coverage and alerts."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import Evidence, Modality, ZoneKind
from procedure_node.events import AlertPriority, Band, Fact, Verdict
from procedure_node.messages.base import Message, PublicText, Token


class CoverageFactBody(Fact):
    """One thing the protocol wants of a zone, and what is there.

    ``wanted`` is null where the protocol leaves it unset; ``met`` is null where it cannot be told,
    and ``unknown_reason`` then says why. ``band`` is the 5th to the 95th percentile of what
    ``actual`` may be, null where that is not known. Facts of different evidence are never merged.
    """

    quantity: str
    unit: str
    wanted: float | None
    actual: float | None
    met: bool | None
    evidence: Evidence
    unknown_reason: PublicText
    band: Band | None


class CoverageMessage(Message):
    """Coverage of one zone by the modality that it is allocated to.

    ``scan`` is the series that it rests on. ``finished`` is the operator's word that the zone's
    treatment is complete.
    """

    kind: Literal["coverage"] = "coverage"
    version: Literal[1] = 1
    lesion: str
    zone: ZoneKind
    modality: Modality
    verdict: Verdict
    facts: tuple[CoverageFactBody, ...]
    unknown_reasons: tuple[PublicText, ...]
    scan: Token | None
    assessed_at: AwareDatetime
    finished: bool


class AlertMessage(Message):
    """An alert condition: what is wrong, whether it is present, and what to do.

    ``acknowledged`` means that a person took notice; the condition may still be present.
    ``escalated_at`` is when a high one had gone unacknowledged for too long. ``caused_by`` is the
    alert that this one merely follows from: it needs no signal of its own.
    """

    kind: Literal["alert"] = "alert"
    version: Literal[1] = 1
    alert: PublicText
    condition: str
    priority: AlertPriority
    category: Literal["PHYSIOLOGICAL", "TECHNICAL"]
    subject: PublicText
    text: PublicText
    action: PublicText
    present: bool
    raised_at: AwareDatetime
    cleared_at: AwareDatetime | None
    cleared_reason: PublicText
    acknowledged: bool
    acknowledged_at: AwareDatetime | None
    escalated_at: AwareDatetime | None
    caused_by: PublicText | None
