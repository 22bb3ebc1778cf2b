"""What is known at one instant, as a frozen value that only reducers make."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from dosimetry_core.values import ConnectionState, GenerationMode, Modality, ZoneKind
from procedure_node.courses.model import CourseSpell
from procedure_node.cycles.model import ProbeCycles
from procedure_node.events import (
    AlertRaised,
    CombinedCoverage,
    CoverageAssessed,
    DeviationNoted,
    DoseBandsComputed,
    DoseComputed,
    Fact,
    FrozenTotal,
    IceFound,
    LesionsMeasured,
    LethalZoneModelled,
    NeedlesFound,
    PlanningCtReceived,
    ProbeReading,
    RegistrationComputed,
    RegistrationObjectReceived,
    ScanReceived,
    SeedEdited,
    SeedPlanMatched,
    SeedPlanReceived,
    SeedsFound,
    SeedsIdentified,
    StrandTold,
    StructuresReceived,
    SubVolumesFound,
    TargetAllocated,
    ThermometerReading,
)
from procedure_node.protocol.model import TrialProtocol
from procedure_node.state.curve import TemperatureCurve


class LinkStatus(Fact):
    """The last known state of one link."""

    role: str
    state: ConnectionState
    reason: str
    since: AwareDatetime


class SeedBatchReport(Fact):
    """Seeds of one batch that the operator says are in one target."""

    at: AwareDatetime
    by: str
    lesion: str
    zone: ZoneKind
    count: int
    batch: str
    seed_model: str
    strength_u: float
    strength_reference_date: date
    needle: str | None


class RegistrationWord(Fact):
    """What a person says of where a lesion's contours lie in a scan."""

    at: AwareDatetime
    by: str
    confirmed: bool
    reason: str


class ScanState(Fact):
    """One CT series and all that was found in it.

    ``failures`` maps a failed analysis step to its reason, ``registration_words`` a lesion to a
    person's word on ``registration``. ``registration_wanted`` is how a person wants the contours
    carried, None where frames of reference and files decide.
    """

    series_uid: str
    description: str
    discovered_at: AwareDatetime
    status: Literal["ARRIVING", "RECEIVED", "REFUSED"]
    refused: tuple[str, ...] = ()
    is_localiser: bool = False
    received: ScanReceived | None = None
    received_at: AwareDatetime | None = None
    seeds: SeedsFound | None = None
    seeds_identified: SeedsIdentified | None = None
    needles: NeedlesFound | None = None
    plan_matched: SeedPlanMatched | None = None
    dose: DoseComputed | None = None
    dose_bands: DoseBandsComputed | None = None
    sub_volumes: SubVolumesFound | None = None
    ice: IceFound | None = None
    view_directory: str | None = None
    view_edits: tuple[int, ...] = ()
    registration: RegistrationComputed | None = None
    registration_words: dict[str, RegistrationWord] = Field(default_factory=dict)
    registration_wanted: Literal["RIGID", "DEFORMABLE"] | None = None
    failures: dict[str, str] = Field(default_factory=dict)


class Placement(Fact):
    """A target that a probe was in since ``at``, and how it lay there as far as that was told."""

    at: AwareDatetime
    lesion: str
    zone: ZoneKind
    tip_mm: tuple[float, float, float] | None = None
    direction: tuple[float, float, float] | None = None
    cryoprobe: str | None = None


class ProbeState(Fact):
    """One cryoprobe: where it is and was, what it said last, its cycles and its recent curve.

    ``course`` is what it did since its first freeze, for the model of the cold.

    ``tip_mm``, ``direction`` (unit vector towards the tip, LPS) and ``cryoprobe`` (its kind) are
    those of the last assignment.
    """

    device: str
    probe: int
    lesion: str | None = None
    zone: ZoneKind | None = None
    tip_mm: tuple[float, float, float] | None = None
    direction: tuple[float, float, float] | None = None
    cryoprobe: str | None = None
    placements: tuple[Placement, ...] = ()
    last: ProbeReading | None = None
    last_at: AwareDatetime | None = None
    cycles: ProbeCycles = ProbeCycles()
    course: tuple[CourseSpell, ...] = ()
    curve: TemperatureCurve = TemperatureCurve()


class SensorState(Fact):
    """One thermometer channel: where it is, what it said last and its recent curve."""

    device: str
    channel: int
    structure: str | None = None
    place_mm: tuple[float, float, float] | None = None
    last: ThermometerReading | None = None
    last_at: AwareDatetime | None = None
    curve: TemperatureCurve = TemperatureCurve()


class AlertState(Fact):
    """One alert condition, present or past."""

    raised: AlertRaised
    raised_at: AwareDatetime
    present: bool = True
    cleared_at: AwareDatetime | None = None
    cleared_reason: str = ""
    acknowledged_by: str | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_reason: str = ""
    escalated_at: AwareDatetime | None = None


class AlarmPause(Fact):
    """The sound of the alarms that were there at ``at`` is paused until ``until``."""

    at: AwareDatetime
    until: AwareDatetime
    by: str
    reason: str


class RecordStatus(Fact):
    """How far the procedure's record has come."""

    status: Literal["NOT_DUE", "QUEUED", "CONFIRMED", "REJECTED"] = "NOT_DUE"
    rows: int = 0
    content_sha256: str = ""
    reason: str = ""


class AuditEntry(Fact):
    """An act of a person, for the record: the event's kind, what it was done to, and its words.

    ``is_by_system``: the node noted it of somebody that it does not know, as a login that failed.
    """

    at: AwareDatetime
    by: str
    act: str
    subject: str
    detail: str
    is_by_system: bool = False


class AdverseEventAnswer(Fact):
    """A person's answer to an adverse event prompt; grade 0 says that it did not happen."""

    at: AwareDatetime
    by: str
    term: str
    grade: int
    onset: AwareDatetime | None
    comment: str


class SeedEditState(Fact):
    """A person's edit of a seed, and who took it back, if somebody did."""

    at: AwareDatetime
    by: str
    edited: SeedEdited
    withdrawn_at: AwareDatetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str = ""


class DeviationState(Fact):
    """One departure from the protocol, and its reason as far as one is given."""

    noted: DeviationNoted
    noted_at: AwareDatetime
    reason: str
    explained_by: str | None = None
    explained_at: AwareDatetime | None = None


class ProcedureState(Fact):
    """All that is known of the current procedure.

    Dictionaries are keyed by ``Target.key`` (allocations, coverage), by lesion (lethal zones; those
    at the end of a freeze by ``lesion/number of the freeze``), by ``device/number`` (probes,
    sensors), by series UID (scans, in order of discovery) and by alert id. ``alerts`` holds the
    newest occurrence of each alert, ``past_alerts`` those before it. ``alert_delays`` tells
    since when a condition differs from what was told of it. Seeds are numbered from 1 to
    ``seed_ids_given``, needles to ``needle_ids_given``; no number is given twice.
    """

    procedure_id: str
    subject: str
    study_uid: str
    arm: str
    mode: GenerationMode
    protocol: TrialProtocol
    protocol_sha256: str
    opened_at: AwareDatetime
    opened_by: str
    closed_at: AwareDatetime | None = None
    closed_by: str | None = None
    outcome: str | None = None
    allocations: dict[str, Modality] = Field(default_factory=dict)
    allocated: dict[str, TargetAllocated] = Field(default_factory=dict)
    lesions: LesionsMeasured | None = None
    needle_paths: dict[str, float] = Field(default_factory=dict)
    combined: dict[str, CombinedCoverage] = Field(default_factory=dict)
    deviations: dict[str, DeviationState] = Field(default_factory=dict)
    finished: tuple[str, ...] = ()
    structures: StructuresReceived | None = None
    structures_at: AwareDatetime | None = None
    structure_sets_seen: tuple[str, ...] = ()
    structures_refused: tuple[str, ...] = ()
    planning: PlanningCtReceived | None = None
    planning_refused: tuple[str, ...] = ()
    registration_objects: tuple[RegistrationObjectReceived, ...] = ()
    registration_objects_refused: tuple[str, ...] = ()
    seed_reports: tuple[SeedBatchReport, ...] = ()
    scans: dict[str, ScanState] = Field(default_factory=dict)
    probes: dict[str, ProbeState] = Field(default_factory=dict)
    sensors: dict[str, SensorState] = Field(default_factory=dict)
    frozen_total: FrozenTotal | None = None
    lethal_zones: dict[str, LethalZoneModelled] = Field(default_factory=dict)
    lethal_zone_of_freeze: dict[str, LethalZoneModelled] = Field(default_factory=dict)
    coverage: dict[str, CoverageAssessed] = Field(default_factory=dict)
    coverage_at: dict[str, AwareDatetime] = Field(default_factory=dict)
    alerts: dict[str, AlertState] = Field(default_factory=dict)
    past_alerts: tuple[AlertState, ...] = ()
    alert_delays: dict[str, AwareDatetime] = Field(default_factory=dict)
    alarm_pause: AlarmPause | None = None
    sound_checked_at: AwareDatetime | None = None
    audit: tuple[AuditEntry, ...] = ()
    adverse_events: tuple[AdverseEventAnswer, ...] = ()
    scan_doses: dict[str, tuple[float, float]] = Field(default_factory=dict)
    seed_edits: tuple[SeedEditState, ...] = ()
    seed_ids_given: int = 0
    needle_ids_given: int = 0
    strands: tuple[StrandTold, ...] = ()
    seed_plan: SeedPlanReceived | None = None
    record: RecordStatus = RecordStatus()


class NodeState(Fact):
    """All that the node knows: its links and the current (or last) procedure."""

    session: int = 0
    room: str = ""
    software_version: str = ""
    running: bool = False
    last_event_at: AwareDatetime | None = None
    links: dict[str, LinkStatus] = Field(default_factory=dict)
    procedure: ProcedureState | None = None
