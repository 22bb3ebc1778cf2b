"""Reducers of what people do."""

from collections.abc import Callable
from typing import Any

from dosimetry_core.values import GenerationMode
from procedure_node.events import (
    AdverseEventPrompted,
    Event,
    ProbeAssigned,
    ProcedureClosed,
    ProcedureOpened,
    RecordConfirmed,
    RecordQueued,
    RecordRejected,
    ScanDoseReported,
    SeedsReported,
    SensorAssigned,
    TreatmentFinished,
)
from procedure_node.protocol import Target
from procedure_node.state.model import (
    AdverseEventAnswer,
    AuditEntry,
    Placement,
    ProbeState,
    ProcedureState,
    RecordStatus,
    SeedBatchReport,
    SensorState,
)


def opened(event: Event, payload: ProcedureOpened) -> ProcedureState:
    """A fresh procedure; what was known of the one before it is in the journal."""
    return ProcedureState(
        procedure_id=payload.procedure_id,
        subject=payload.subject,
        study_uid=payload.study_uid,
        arm=payload.arm,
        mode=event.mode,
        protocol=payload.protocol,
        protocol_sha256=payload.protocol_sha256,
        opened_at=event.time.utc,
        opened_by=event.originator.name,
        audit=(
            AuditEntry(
                at=event.time.utc,
                by=event.originator.name,
                act=payload.kind,
                subject=payload.procedure_id,
                detail=f"arm {payload.arm}, protocol {payload.protocol.name} "
                f"version {payload.protocol.version}",
            ),
        ),
    )


def with_mode(state: ProcedureState, mode: GenerationMode) -> ProcedureState:
    """A procedure that has taken in simulated data is itself simulated, for good.

    TEST data in a DEMO procedure leaves it DEMO; anything simulated in a REAL one marks it.
    """
    if state.mode is GenerationMode.REAL and mode is not GenerationMode.REAL:
        return state.model_copy(update={"mode": mode})
    return state


def audited(
    state: ProcedureState, event: Event, subject: str, detail: str, **update: object
) -> ProcedureState:
    """A procedure after a person's act, which is noted for the record."""
    entry = AuditEntry(
        at=event.time.utc,
        by=event.originator.name,
        act=event.payload.kind,
        subject=subject,
        detail=detail,
        is_by_system=event.originator.kind == "SYSTEM",
    )
    return state.model_copy(update={**update, "audit": (*state.audit, entry)})


def _closed(state: ProcedureState, event: Event, payload: ProcedureClosed) -> ProcedureState:
    return audited(
        state,
        event,
        state.procedure_id,
        " ".join(filter(None, (payload.outcome, payload.comment))),
        closed_at=event.time.utc,
        closed_by=event.originator.name,
        outcome=payload.outcome,
    )


def _seeds_reported(state: ProcedureState, event: Event, payload: SeedsReported) -> ProcedureState:
    report = SeedBatchReport(
        at=event.time.utc,
        by=event.originator.name,
        **payload.model_dump(exclude={"kind", "version"}),
    )
    key = Target(lesion=payload.lesion, zone=payload.zone).key
    return audited(
        state,
        event,
        key,
        f"{payload.count} {payload.seed_model} of batch {payload.batch}",
        seed_reports=(*state.seed_reports, report),
    )


def _probe_assigned(state: ProcedureState, event: Event, payload: ProbeAssigned) -> ProcedureState:
    key = f"{payload.device}/{payload.probe}"
    probe = state.probes.get(key, ProbeState(device=payload.device, probe=payload.probe))
    placement = Placement(
        at=event.time.utc,
        lesion=payload.lesion,
        zone=payload.zone,
        tip_mm=payload.tip_mm,
        direction=payload.direction,
        cryoprobe=payload.cryoprobe,
    )
    placed = probe.model_copy(
        update={
            "lesion": payload.lesion,
            "zone": payload.zone,
            "tip_mm": payload.tip_mm,
            "direction": payload.direction,
            "cryoprobe": payload.cryoprobe,
            "placements": (*probe.placements, placement),
        }
    )
    target = Target(lesion=payload.lesion, zone=payload.zone).key
    return audited(state, event, key, f"in {target}", probes={**state.probes, key: placed})


def _sensor_assigned(
    state: ProcedureState, event: Event, payload: SensorAssigned
) -> ProcedureState:
    key = f"{payload.device}/{payload.channel}"
    sensor = state.sensors.get(key, SensorState(device=payload.device, channel=payload.channel))
    placed = sensor.model_copy(
        update={"structure": payload.structure, "place_mm": payload.place_mm}
    )
    return audited(
        state,
        event,
        key,
        f"at {payload.structure}",
        sensors={**state.sensors, key: placed},
    )


def _finished(state: ProcedureState, event: Event, payload: TreatmentFinished) -> ProcedureState:
    key = Target(lesion=payload.lesion, zone=payload.zone).key
    finished = tuple(dict.fromkeys((*state.finished, key)))
    return audited(state, event, key, "", finished=finished)


def _scan_dose(state: ProcedureState, event: Event, payload: ScanDoseReported) -> ProcedureState:
    dose = (payload.ctdi_vol_mgy, payload.dlp_mgy_cm)
    return audited(
        state,
        event,
        payload.series_uid,
        f"CTDIvol {payload.ctdi_vol_mgy} mGy, DLP {payload.dlp_mgy_cm} mGy cm",
        scan_doses={**state.scan_doses, payload.series_uid: dose},
    )


def _adverse_event(
    state: ProcedureState, event: Event, payload: AdverseEventPrompted
) -> ProcedureState:
    answer = AdverseEventAnswer(
        at=event.time.utc,
        by=event.originator.name,
        term=payload.term,
        grade=payload.grade,
        onset=payload.onset,
        comment=payload.comment,
    )
    return audited(
        state,
        event,
        payload.term,
        f"grade {payload.grade}",
        adverse_events=(*state.adverse_events, answer),
    )


def _record_queued(state: ProcedureState, _event: Event, payload: RecordQueued) -> ProcedureState:
    return _with_record(state, "QUEUED", payload.rows, payload.content_sha256)


def _record_confirmed(
    state: ProcedureState, _event: Event, payload: RecordConfirmed
) -> ProcedureState:
    return _with_record(state, "CONFIRMED", payload.rows, payload.content_sha256)


def _record_rejected(
    state: ProcedureState, _event: Event, payload: RecordRejected
) -> ProcedureState:
    status = state.record.model_copy(update={"status": "REJECTED", "reason": payload.reason})
    return state.model_copy(update={"record": status})


def _with_record(state: ProcedureState, status: str, rows: int, sha256: str) -> ProcedureState:
    record = RecordStatus.model_validate({"status": status, "rows": rows, "content_sha256": sha256})
    return state.model_copy(update={"record": record})


PROCEDURE_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    ProcedureClosed: _closed,
    SeedsReported: _seeds_reported,
    ProbeAssigned: _probe_assigned,
    SensorAssigned: _sensor_assigned,
    TreatmentFinished: _finished,
    ScanDoseReported: _scan_dose,
    AdverseEventPrompted: _adverse_event,
    RecordQueued: _record_queued,
    RecordConfirmed: _record_confirmed,
    RecordRejected: _record_rejected,
}
