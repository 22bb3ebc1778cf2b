"""What the page is told: plain values, ready to be drawn, with every doubt said in words.

Words that a file or a peer has a part in name no DICOM UID.
"""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import ConnectionState, CyclePhase, Evidence, GenerationMode, Modality
from procedure_node.alarms import SignalPresence
from procedure_node.display.page.clock_model import ClockFace, LesionClock
from procedure_node.display.page.cold_model import ColdCard
from procedure_node.display.page.part import Part
from procedure_node.display.page.place_model import Places
from procedure_node.display.page.strategy_model import Strategy
from procedure_node.events import AlertPriority, Verdict
from procedure_node.messages import PublicText
from procedure_node.seed_edits import EditAction


class Header(Part):
    """Where, who and by which rules. ``subject`` is the trial's pseudonym."""

    procedure_id: str
    subject: str
    arm: str
    mode: GenerationMode
    protocol: str
    protocol_version: str
    protocol_title: str
    trial: str
    example_protocol: bool
    prescription_gy: float | None
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    outcome: str | None


class FactRow(Part):
    """One wanted quantity and what is there; ``met`` is None when that is not known.

    From ``low`` to ``high`` are the 5th to the 95th percentile of what is there, None where not
    known. ``within_error`` tells that by them what was met might not be, or the other way round.
    """

    quantity: str
    unit: str
    wanted: float | None
    actual: float | None
    met: bool | None
    evidence: Evidence
    unknown_reason: PublicText
    low: float | None
    high: float | None
    within_error: bool


class ColdPart(Part):
    """The largest part of a target below its prescription, and how much there is in all.

    ``place_mm``, LPS, is where it is coldest; ``nearest_seed_mm`` is from there, None without a
    seed.
    """

    volume_cc: float
    total_cc: float
    parts: int
    least_dose_gy: float
    place_mm: tuple[float, float, float]
    nearest_seed_mm: float | None


class IceSurface(Part):
    """How the surface of a target lies in the imaged ice of scan ``scan_number``.

    ``margin_mm`` is the least margin, ``low_mm`` to ``high_mm`` the 5th to the 95th percentile of
    what it may be, ``place_mm`` (LPS) where it is. ``under``, ``short`` and ``enough_percent`` of
    the target's surface have a margin below 0, 0 to 5, and 5 mm or more. ``frozen_cc`` is all the
    ice of the scan. ``without_baseline`` tells that the ice is much less sure.
    """

    margin_mm: float
    low_mm: float | None
    high_mm: float | None
    place_mm: tuple[float, float, float] | None
    under_percent: float
    short_percent: float
    enough_percent: float
    unfrozen_cc: float
    frozen_cc: float
    without_baseline: bool
    scan_number: int


class SeedCount(Part):
    """Seeds the operator reported and seeds the newest scan shows (None: not known)."""

    reported: int
    found: int | None


class TargetCard(Part):
    """Coverage of one target. ``scan_number`` and ``age_s`` tell what it rests on.

    ``cold`` is None where no part is known to be cold. ``research_data`` tells that the dose rests
    on data of a seed model that are not consensus data.
    """

    key: str
    structure: str | None
    modality: Modality | None
    verdict: Verdict
    facts: tuple[FactRow, ...]
    unknown_reasons: tuple[PublicText, ...]
    seeds: SeedCount | None
    cold: ColdPart | None
    ice: IceSurface | None = None
    research_data: bool
    finished: bool
    scan_number: int | None
    age_s: int | None


LimitStatus = Literal["WITHIN", "OVER", "UNKNOWN", "UNSET"]


class LimitRow(Part):
    """One limit of an organ at risk, or of the patient.

    A dose and a volume must stay below ``limit``, all else above it.

    ``high`` is the 95th percentile of what a dose or a volume may be, ``low`` the 5th of what a
    distance may be, None where not known.
    """

    quantity: str
    unit: str
    limit: float | None
    actual: float | None
    high: float | None
    low: float | None = None
    status: LimitStatus
    evidence: Evidence
    reason: PublicText


class OrganRow(Part):
    """An organ at risk and its limits."""

    name: str
    limits: tuple[LimitRow, ...]


class DvhLine(Part):
    """The cumulative DVH of one structure."""

    name: str
    role: Literal["TARGET", "ORGAN", "OTHER"]
    dose_gy: tuple[float, ...]
    volume_percent: tuple[float, ...]


class Dvh(Part):
    """All DVHs of one scan; ``outdated`` says why they may no longer be true, or is empty.

    ``research_models`` are those of the seeds whose data are not consensus data.
    """

    scan_number: int
    lines: tuple[DvhLine, ...]
    outdated: str
    research_models: tuple[str, ...]


class Curve(Part):
    """A temperature curve: seconds since 1970 UTC, and Celsius; None breaks the line."""

    at_s: tuple[float, ...]
    temperature_c: tuple[float | None, ...]


class Span(Part):
    """A phase of a probe: seconds since 1970 UTC; ``end_s`` is None while it lasts."""

    phase: CyclePhase
    start_s: float
    end_s: float | None


class Temperature(Part):
    """A current temperature; ``celsius`` is None when there is none to trust, ``reason`` why."""

    celsius: float | None
    questionable: bool
    reason: str


class ProbeRow(Part):
    """One cryoprobe now. ``cycle`` is the number of the latest freeze, 0 before the first."""

    key: str
    name: str
    target: str | None
    phase: CyclePhase
    phase_s: int | None
    cycle: int
    cycles_wanted: int | None
    coldest_c: float | None
    temperature: Temperature
    gas_pressure_kpa: float | None
    face: ClockFace
    spans: tuple[Span, ...]
    curve: Curve


class SensorRow(Part):
    """One thermometer channel now."""

    key: str
    name: str
    temperature: Temperature
    minimum_c: float | None
    curve: Curve


class AlertRow(Part):
    """One alert, present or lately gone, and how it is signalled.

    ``caused_by`` is the id of the alert that it merely follows from, or empty. ``acknowledged_by``
    is who took notice of it, or empty.
    """

    id: str
    condition: str
    priority: AlertPriority
    category: Literal["PHYSIOLOGICAL", "TECHNICAL"]
    subject: str
    text: PublicText
    action: PublicText
    present: bool
    acknowledged: bool
    acknowledged_by: str
    since_s: int
    cleared_reason: PublicText
    signal: SignalPresence
    flashes: bool
    escalated: bool
    caused_by: PublicText


class AlarmSound(Part):
    """What is to be heard, and why not.

    ``paused_s`` is how long the sound is still paused, None where it is not. ``checked`` tells that
    somebody has said in this procedure that the sounds are heard.
    """

    priority: AlertPriority | None
    paused_s: int | None
    paused_by: str
    checked: bool


class LinkRow(Part):
    """One link."""

    name: str
    role: str
    state: ConnectionState
    reason: PublicText


ScanStatus = Literal["ARRIVING", "ANALYSING", "ANALYSED", "FAILED", "REFUSED"]


class ScanRow(Part):
    """One scan. ``token`` names it in the display's addresses; it is no DICOM identifier."""

    token: str
    number: int
    description: PublicText
    status: ScanStatus
    at: AwareDatetime
    age_s: int
    seeds_found: int | None
    has_picture: bool
    reasons: tuple[PublicText, ...]


class SeedEditRow(Part):
    """One edit of a seed; ``withdrawn`` where somebody took it back."""

    number: int
    scan_number: int
    action: EditAction
    seed: int | None
    by: str
    reason: PublicText
    withdrawn: bool


class SeedSummary(Part):
    """How many seeds of a scan are what; ``compared`` tells that there was a scan before it.

    ``doubtful`` may be no seeds, ``left_out`` are none by the word of a person. ``needles`` and
    ``probes`` are seen in it; ``withdrawn`` were seen in the scan before, ``hidden`` may be there.
    """

    count: int
    compared: bool
    new: int
    same: int
    migrated: int
    not_seen: int
    lost: int
    doubtful: int
    edited: int
    left_out: int
    edits: tuple[SeedEditRow, ...]
    needles: int
    probes: int
    withdrawn: tuple[str, ...]
    hidden: tuple[str, ...]


class Focus(Part):
    """What the pictures follow: a scan, and in it a structure, a point (LPS mm) or its middle.

    ``targets`` are the names of the structures to be drawn as targets. ``edition`` changes when
    the pictures of the scan have to be fetched again.
    """

    token: str
    scan_number: int
    target: str | None
    structure: str | None
    point_mm: tuple[float, float, float] | None
    targets: tuple[str, ...]
    outdated: str
    edition: str
    seeds: SeedSummary | None


class RecordRow(Part):
    """How far the procedure's record has come."""

    status: Literal["NOT_DUE", "QUEUED", "CONFIRMED", "REJECTED"]
    rows: int
    reason: PublicText


class ProcedurePart(Part):
    """Everything about the current or last procedure."""

    header: Header
    targets: tuple[TargetCard, ...]
    organs: tuple[OrganRow, ...]
    frozen: LimitRow | None = None
    dvh: Dvh | None
    lesions: tuple[LesionClock, ...]
    probes: tuple[ProbeRow, ...]
    sensors: tuple[SensorRow, ...]
    cold: tuple[ColdCard, ...]
    cold_limits_c: tuple[float, ...]
    alerts: tuple[AlertRow, ...]
    alarm_sound: AlarmSound
    scans: tuple[ScanRow, ...]
    focus: Focus | None
    places: Places | None = None
    strategy: Strategy
    record: RecordRow


class PageState(Part):
    """The whole page at one instant."""

    room: str
    software_version: str
    running: bool
    links: tuple[LinkRow, ...]
    procedure: ProcedurePart | None
