"""A procedure in which everything that can happen happens."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dosimetry_core.values import (
    ConnectionState,
    Evidence,
    GenerationMode,
    MeasurementValidity,
    Modality,
    ZoneKind,
)
from procedure_node import events as e
from procedure_node.messages import OutgoingMessage, messages_for
from procedure_node.protocol import TrialProtocol
from procedure_node.state import NodeState, reduce
from tests.procedure_node.messages.registration_events import of_registrations
from tests.procedure_node.messages.seed_events import of_edits, of_seeds
from tests.procedure_node.messages.strategy_events import of_strategy

ROOT = Path(__file__).parents[3]
START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
SERIES = "1.2.826.0.1.3680043.8.498.11112222333344445555"
BASELINE = "1.2.826.0.1.3680043.8.498.99998888777766665555"
STUDY = "1.2.826.0.1.3680043.8.498.42424242424242424242"
FRAME = "1.2.826.0.1.3680043.8.498.31313131313131313131"
SUBJECT = "SUBJECT-0042"
OPERATOR = "the-operator"
PROCEDURE = "p-7f3a"


@dataclass(frozen=True)
class Step:
    """One event with the states around it and the messages that it gave."""

    seq: int
    event: e.Event
    before: NodeState
    after: NodeState
    messages: tuple[OutgoingMessage, ...]


def protocol() -> TrialProtocol:
    path = ROOT / "config" / "protocols" / "demonstration.toml"
    return TrialProtocol.model_validate(tomllib.loads(path.read_text()))


def opened(procedure_id: str) -> e.ProcedureOpened:
    return e.ProcedureOpened(
        procedure_id=procedure_id,
        subject=SUBJECT,
        study_uid=STUDY,
        arm="STRATEGY",
        protocol=protocol(),
        protocol_sha256="0" * 64,
    )


def reading(mode: e.ConsoleMode, temperature_c: float, sequence: int) -> e.ProbeReading:
    return e.ProbeReading(
        device="console/1",
        sequence=sequence,
        probe=2,
        mode=mode,
        power_percent=100.0,
        tip_temperature_c=temperature_c,
        gas_pressure_kpa=24000.0,
        validity=MeasurementValidity.VALID,
    )


def everything() -> list[e.Payload]:
    """Payloads of every kind, in an order in which they could come."""
    l1, whole, core = "L1", ZoneKind.WHOLE, ZoneKind.CORE
    seed = e.SeedFact(center_mm=(1.0, 2.0, 3.0), axis=(0.0, 0.0, 1.0), confidence=0.9)
    summary = e.StructureSummary(name="L1", role="TARGET", lesion=l1, zone=whole, volume_cc=8.0)
    dose = e.StructureDose(
        name="L1",
        volume_cc=8.0,
        prescription_gy=110.0,
        d90_gy=112.0,
        d100_gy=80.0,
        v100_percent=91.0,
        v150_percent=60.0,
        v200_percent=30.0,
        d2cc_gy=200.0,
        d0_1cc_gy=None,
        dvh=e.DvhCurve(dose_gy=(0.0, 110.0), volume_percent=(100.0, 91.0)),
    )
    fact = e.CoverageFact(
        quantity="D90",
        unit="Gy",
        wanted=110.0,
        actual=None,
        met=None,
        evidence=Evidence.MODELLED,
        unknown_reason=f"series {SERIES} is stale",
    )
    alert = e.AlertRaised(
        alert_id="under-covered:L1/CORE",
        condition="under-covered",
        priority="HIGH",
        category="PHYSIOLOGICAL",
        subject="L1/CORE",
        text=f"L1 is under-covered in {SERIES}.",
        action="Look at the plan",
    )
    return [
        e.NodeStarted(session=3, software_version="0.1.0", room="CT 1", settings_sha256="0" * 64),
        e.LinkChanged(
            link="pacs", role="PACS", state=ConnectionState.CONNECTED, reason="answers C-ECHO"
        ),
        reading("FREEZE", -5.0, 0),
        opened(PROCEDURE),
        e.StructuresReceived(
            structure_set_uid=STUDY + ".1",
            frame_of_reference_uid=FRAME,
            path="/data/rs.dcm",
            structures=(summary,),
        ),
        e.StructuresRefused(structure_set_uid=STUDY + ".2", reasons=("wrong frame",)),
        e.TargetAllocated(lesion=l1, zone=core, modality=Modality.CRYO, reason="bulky"),
        e.ProbeAssigned(device="console/1", probe=2, lesion=l1, zone=core),
        e.SensorAssigned(device="thermo", channel=1, structure="STOMACH"),
        e.ScanDiscovered(series_uid=SERIES, description="NAME OF A PATIENT"),
        e.ScanReceived(
            series_uid=SERIES,
            frame_of_reference_uid=FRAME,
            acquired_at=START,
            image_count=100,
            spacing_mm=(1.0, 0.7, 0.7),
            directory="/data/series",
            content_sha256="0" * 64,
        ),
        e.ScanRefused(series_uid=BASELINE, reasons=(f"image {BASELINE}.7 is missing",)),
        e.SeedsReported(
            lesion=l1,
            zone=whole,
            count=2,
            batch="B1",
            seed_model="6711",
            strength_u=0.5,
            strength_reference_date=date(2026, 3, 1),
        ),
        e.SeedsFound(
            series_uid=SERIES,
            seeds=(seed, seed.model_copy(update={"lesion": l1, "zone": whole})),
        ),
        *of_edits(SERIES),
        *of_seeds(SERIES),
        e.DoseComputed(series_uid=SERIES, seed_models=("6711",), seed_count=2, structures=(dose,)),
        e.DoseBandsComputed(
            series_uid=SERIES,
            position_sd_mm=1.0,
            strength_sd_percent=3.0,
            registration_sd_mm=0.5,
            structures=(
                e.StructureDoseBand(
                    name="L1",
                    d90_gy=e.Band(low=104.0, high=119.0),
                    v100_percent=e.Band(low=87.0, high=95.0),
                    d2cc_gy=None,
                    d0_1cc_gy=None,
                ),
            ),
        ),
        e.SubVolumesFound(
            series_uid=SERIES,
            structures=(
                e.StructureSubVolumes(
                    name="L1",
                    cold=e.SubVolumes(
                        level_gy=110.0,
                        total_cc=0.8,
                        parts=(
                            e.SubVolume(
                                volume_cc=0.7,
                                share_percent=7.0,
                                centroid_mm=(1.0, 2.0, 3.0),
                                extremes=(
                                    e.Extreme(
                                        dose_gy=71.0,
                                        place_mm=(1.5, 2.0, 3.0),
                                        depth_mm=0.0,
                                        seed_distances_mm=(9.0, 12.0),
                                    ),
                                ),
                            ),
                        ),
                    ),
                    hot=None,
                ),
            ),
        ),
        e.IceFound(
            series_uid=SERIES,
            baseline_series_uid=BASELINE,
            structure_set_uid=STUDY,
            volume_cc=12.0,
            structures=(
                e.StructureIce(
                    name="L1",
                    covered_percent=97.0,
                    minimum_margin_mm=-1.5,
                    covered_band=e.Band(low=92.0, high=99.0),
                    margin_band=e.Band(low=-4.5, high=1.5),
                    margin_place_mm=(1.0, 2.0, 3.0),
                    surface_cm2=14.0,
                    margin_percent=(4.0, 60.0, 36.0),
                    unfrozen_cc=0.2,
                    unfrozen_band=e.Band(low=0.0, high=0.5),
                    unfrozen_center_mm=(1.5, 2.0, 3.0),
                ),
            ),
            surface_error_mm=1.5,
            volume_band=e.Band(low=9.0, high=15.0),
            baseline_use="REGISTERED",
            organs=(
                e.OrganIce(
                    name="STOMACH",
                    spill_cc=0.0,
                    spill_band=e.Band(low=0.0, high=0.1),
                    approach_mm=2.0,
                    approach_band=e.Band(low=-1.0, high=5.0),
                    place_mm=(4.0, 5.0, 6.0),
                ),
            ),
        ),
        e.FrozenTotal(
            request_sha256="0" * 64,
            scan_count=1,
            volume_cc=12.0,
            volume_band=e.Band(low=9.0, high=15.0),
        ),
        e.LethalZoneModelled(
            lesion=l1,
            status="MODELLED",
            freeze=1,
            freezing=True,
            modelled_until=START,
            tissue="liver",
            cryoprobes=("IceRod",),
            grid_mm=1.0,
            probes=("console/1/2",),
            now_cc=(e.IsothermFigure(level_c=0.0, amount=e.ModelledFigure(best=8.0)),),
            structures=(
                e.ModelledStructure(
                    name="STOMACH",
                    role="ORGAN",
                    lethal_percent=(),
                    ice_percent=e.ModelledFigure(best=0.0, low=0.0, high=0.0),
                    ice_cc=e.ModelledFigure(best=0.0, low=0.0, high=0.0),
                    ice_distance_mm=e.ModelledFigure(best=9.0, low=5.0, high=None),
                    cold_distance_mm=None,
                ),
            ),
            correction=e.ModelCorrection(
                walls=(
                    e.WallCorrection(
                        probe="console/1/2",
                        before_c=-113.0,
                        before_sd_c=20.0,
                        after_c=-97.0,
                        after_sd_c=9.0,
                    ),
                ),
                comparisons=(
                    e.ModelComparison(
                        seen="ice in scan 2",
                        unit="mm",
                        observed=11.0,
                        before=12.6,
                        after=11.2,
                        sd=1.5,
                    ),
                ),
                misfit=0.4,
            ),
            warnings=(f"ice in {SERIES}",),
            pictures="/data/cold.npz",
            frame_of_reference_uid=FRAME,
        ),
        *of_registrations(SERIES, BASELINE, FRAME),
        *of_strategy(l1, SERIES, f"{STUDY}.1", opened(PROCEDURE).protocol),
        e.ViewStored(series_uid=SERIES, directory="/data/view"),
        e.AnalysisFailed(series_uid=SERIES, step="VIEW", reason=f"no view of {SERIES}"),
        reading("FREEZE", -20.0, 1),
        reading("FREEZE", -120.0, 2),
        reading("THAW", -60.0, 3),
        e.ThermometerReading(
            device="thermo",
            sequence=1,
            channel=1,
            temperature_c=36.5,
            validity=MeasurementValidity.VALID,
        ),
        e.TelemetryGap(device="console/1", cause="SILENCE", lost_frames=None, reason="silent"),
        e.BytesRejected(device="thermo", byte_count=7, reason="CRC", quarantine_file="/data/q"),
        e.CoverageAssessed(
            lesion=l1,
            zone=core,
            modality=Modality.CRYO,
            verdict="UNKNOWN",
            facts=(fact,),
            unknown_reasons=(fact.unknown_reason,),
            series_uid=SERIES,
        ),
        e.AlertDelayStarted(alert_id="organ-sensor-cold:STOMACH", towards="PRESENT"),
        e.AlertDelayEnded(alert_id="organ-sensor-cold:STOMACH"),
        alert,
        e.AlertEscalated(alert_id=alert.alert_id, after_s=60.0),
        e.SoundChecked(heard=True),
        e.LoginFailed(person=OPERATOR, tries_left=4),
        e.LoginFailed(person=None, tries=3),
        e.LoggedIn(),
        e.LoggedOut(why="UNUSED"),
        e.AlarmsPaused(seconds=60, reason="talking"),
        e.AlarmsResumed(),
        e.AlertAcknowledged(alert_id=alert.alert_id),
        e.AlertCleared(alert_id=alert.alert_id, reason="covered now"),
        e.TreatmentFinished(lesion=l1, zone=core),
        e.ScanDoseReported(series_uid=SERIES, ctdi_vol_mgy=5.0, dlp_mgy_cm=100.0),
        e.AdverseEventPrompted(term="Pain", grade=1),
        e.ProcedureClosed(outcome="COMPLETED", comment="a comment about a person"),
        reading("OFF", 20.0, 4),
        e.RecordQueued(procedure_id=PROCEDURE, rows=12, content_sha256="0" * 64),
        e.RecordRejected(procedure_id=PROCEDURE, reason="a field is unknown"),
        e.RecordConfirmed(procedure_id=PROCEDURE, rows=12, content_sha256="0" * 64),
        opened("p-next"),
        e.NodeStopped(reason="SIGTERM"),
        e.NodeStarted(session=4, software_version="0.1.0", room="CT 1", settings_sha256="0" * 64),
    ]


def play(payloads: list[e.Payload], mode: GenerationMode = GenerationMode.TEST) -> list[Step]:
    """Reduce payloads to states one second apart, and project each step."""
    state, steps = NodeState(), []
    procedure_id = None
    for seq, payload in enumerate(payloads, start=1):
        if isinstance(payload, e.ProcedureOpened):
            procedure_id = payload.procedure_id
        at = START + timedelta(seconds=seq)
        event = e.Event(
            time=e.EventTime(utc=at, monotonic_ns=seq * 1_000_000_000, device_time_s=float(seq)),
            originator=e.Originator(kind="PERSON", name=OPERATOR),
            mode=mode,
            procedure_id=procedure_id,
            payload=payload,
        )
        after = reduce(state, event)
        steps.append(Step(seq, event, state, after, messages_for(state, after, event, seq)))
        state = after
    return steps


@pytest.fixture(scope="session")
def story() -> list[Step]:
    """Every kind of event, in a TEST procedure."""
    return play(everything())


@pytest.fixture
def step_of(story):
    """``step_of(PayloadType, n=0)``: the n-th step of the story with such a payload."""

    def find(kind: type[e.Payload], n: int = 0) -> Step:
        return [step for step in story if isinstance(step.event.payload, kind)][n]

    return find


@pytest.fixture
def replayed():
    """``replayed(payloads, mode)``: the steps of other payloads."""
    return play


@pytest.fixture
def secrets() -> tuple[str, ...]:
    """What no message may contain."""
    return (
        SERIES,
        BASELINE,
        STUDY,
        FRAME,
        SUBJECT,
        OPERATOR,
        "NAME OF A PATIENT",
        "a comment about a person",
        "/data",
    )
