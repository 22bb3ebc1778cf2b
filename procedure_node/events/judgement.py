"""What the rules conclude: coverage and alert conditions."""

from typing import Literal

from dosimetry_core.values import Evidence, Modality, ZoneKind
from procedure_node.events.base import Fact, Payload
from procedure_node.events.dose import Band

Verdict = Literal["COVERED", "UNDER", "UNKNOWN"]
AlertPriority = Literal["HIGH", "MEDIUM", "LOW"]


class CoverageFact(Fact):
    """One thing the protocol wants of a zone, and what is there.

    ``met`` is None when it is not known: ``actual`` is missing, or ``wanted`` because the protocol
    leaves it unset. ``unknown_reason`` says which. ``band`` is what ``actual`` may be by the errors
    that the protocol states; None where that is not known.
    """

    quantity: str
    unit: str
    wanted: float | None
    actual: float | None
    met: bool | None
    evidence: Evidence
    unknown_reason: str = ""
    band: Band | None = None


class CoverageAssessed(Payload):
    """Coverage of one zone by the modality that it is allocated to."""

    kind: Literal["coverage-assessed"] = "coverage-assessed"
    version: Literal[1] = 1
    lesion: str
    zone: ZoneKind
    modality: Modality
    verdict: Verdict
    facts: tuple[CoverageFact, ...]
    unknown_reasons: tuple[str, ...] = ()
    series_uid: str | None = None


class AlertRaised(Payload):
    """An alert condition became present (or changed its words while present).

    ``caused_by`` is the id of the alert that it merely follows from: it then has no signal of its
    own.
    """

    kind: Literal["alert-raised"] = "alert-raised"
    version: Literal[1] = 1
    alert_id: str
    condition: str
    priority: AlertPriority
    category: Literal["PHYSIOLOGICAL", "TECHNICAL"]
    subject: str
    text: str
    action: str
    caused_by: str | None = None


class AlertCleared(Payload):
    """An alert condition is no longer present."""

    kind: Literal["alert-cleared"] = "alert-cleared"
    version: Literal[1] = 1
    alert_id: str
    reason: str


class AlertAcknowledged(Payload):
    """A person has taken notice of an alert; its condition may still be present."""

    kind: Literal["alert-acknowledged"] = "alert-acknowledged"
    version: Literal[1] = 1
    alert_id: str
    reason: str = ""
