"""Whether a command is possible in a state, and which events it makes."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dosimetry_core.values import GenerationMode, Modality, ZoneKind
from procedure_node.commands.decide_registration import (
    confirm_registration,
    refuse_registration,
    register_contours,
)
from procedure_node.commands.decide_seeds import (
    add_seed,
    delete_seed,
    move_seed,
    tell_strand,
    withdraw_edit,
)
from procedure_node.commands.model import (
    Acknowledge,
    AddSeed,
    Allocate,
    AnswerAdverseEvent,
    AssignProbe,
    AssignSensor,
    CheckSound,
    CloseProcedure,
    Command,
    ConfirmRegistration,
    DeleteSeed,
    ExplainDeviation,
    FinishTarget,
    MoveSeed,
    PauseAlarms,
    RefuseRegistration,
    RegisterContours,
    ReportNeedlePath,
    ReportScanDose,
    ReportSeeds,
    ResendRecord,
    ResumeAlarms,
    TellStrand,
    WithdrawSeedEdit,
)
from procedure_node.core import CommandRefusedError
from procedure_node.events import (
    AdverseEventPrompted,
    AlarmsPaused,
    AlarmsResumed,
    AlertAcknowledged,
    AnyPayload,
    DeviationExplained,
    NeedlePathReported,
    ProbeAssigned,
    ProcedureClosed,
    ProcedureOpened,
    ProtocolChanged,
    RecordQueued,
    ScanDoseReported,
    SeedsReported,
    SensorAssigned,
    SoundChecked,
    TargetAllocated,
    TreatmentFinished,
)
from procedure_node.protocol import Target, TrialProtocol
from procedure_node.record import build_record
from procedure_node.rules import parse_target, proposals_of, reported_count, targets_of
from procedure_node.state import NodeState, ProcedureState

OLDEST_STRENGTH_D = 180
"""Three half-lives of iodine-125: nobody implants older seeds, so an older date is a slip."""

SHORTEST_DIRECTION = 1e-3
"""What is shorter was not meant as a direction."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the node knows beside its state.

    Attributes:
        mode: the node's own generation mode.
        seed_models: names of the seed models.
        devices: names of the serial devices.
        cryoprobes: names of the kinds of cryoprobes.
        today: the day of the decision, UTC.
    """

    mode: GenerationMode
    seed_models: Collection[str]
    devices: Collection[str]
    cryoprobes: Collection[str]
    today: date


def decide_open(
    opened: ProcedureOpened, surroundings: Surroundings
) -> Callable[[NodeState], Sequence[AnyPayload]]:
    """A decision that opens a procedure unless one is open."""

    def decision(state: NodeState) -> Sequence[AnyPayload]:
        _check_protocol(opened.protocol, surroundings)
        if state.procedure is not None and state.procedure.closed_at is None:
            raise CommandRefusedError(
                f"procedure {state.procedure.procedure_id} is still open: close it first"
            )
        if opened.arm not in opened.protocol.arms:
            known = ", ".join(opened.protocol.arms)
            raise CommandRefusedError(
                f"arm {opened.arm!r} is not in protocol {opened.protocol.name}; it has: {known}"
            )
        return (opened,)

    return decision


def decide_protocol(
    changed: ProtocolChanged, surroundings: Surroundings
) -> Callable[[NodeState], Sequence[AnyPayload]]:
    """A decision that puts another protocol in force in the open procedure."""

    def decision(state: NodeState) -> Sequence[AnyPayload]:
        _check_protocol(changed.protocol, surroundings)
        procedure = _open_procedure(state)
        if changed.protocol_sha256 == procedure.protocol_sha256:
            raise CommandRefusedError(f"protocol {changed.protocol.name} is in force already")
        if procedure.arm not in changed.protocol.arms:
            raise CommandRefusedError(
                f"protocol {changed.protocol.name} has no arm {procedure.arm!r}"
            )
        return (changed,)

    return decision


def _check_protocol(protocol: TrialProtocol, surroundings: Surroundings) -> None:
    if protocol.example and surroundings.mode is GenerationMode.REAL:
        raise CommandRefusedError(
            f"protocol {protocol.name} has example numbers: it cannot be used where patients are "
            "treated"
        )


def decide(
    command: Command, surroundings: Surroundings
) -> Callable[[NodeState], Sequence[AnyPayload]]:
    """A decision that carries out any command but ``open`` on the open procedure."""

    def decision(state: NodeState) -> Sequence[AnyPayload]:
        if isinstance(command, Acknowledge):
            return (_acknowledge(state, command),)
        if isinstance(command, ResendRecord):
            return (_resend(state),)
        return (_DECIDE[type(command)](_open_procedure(state), command, surroundings),)

    return decision


def _open_procedure(state: NodeState) -> ProcedureState:
    if state.procedure is None or state.procedure.closed_at is not None:
        raise CommandRefusedError("no procedure is open: open one first")
    return state.procedure


def _check_target(state: ProcedureState, target: Target) -> None:
    if state.structures is None:
        return
    known = targets_of(state)
    if target.key not in known:
        raise CommandRefusedError(
            f"{target.key} is not drawn in the structure set; drawn are: {', '.join(known)}"
        )


def _acknowledge(state: NodeState, command: Acknowledge) -> AnyPayload:
    alerts = state.procedure.alerts if state.procedure else {}
    if command.alert_id not in alerts:
        known = ", ".join(key for key, a in alerts.items() if a.present) or "none"
        raise CommandRefusedError(f"there is no alert {command.alert_id!r}; present are: {known}")
    return AlertAcknowledged(alert_id=command.alert_id, reason=command.reason)


def _pause_alarms(state: ProcedureState, command: PauseAlarms, _: Surroundings) -> AnyPayload:
    if not any(alert.present for alert in state.alerts.values()):
        raise CommandRefusedError("no alarm is present: there is nothing to pause")
    return AlarmsPaused(seconds=command.seconds, reason=command.reason)


def _resume_alarms(state: ProcedureState, _command: ResumeAlarms, _: Surroundings) -> AnyPayload:
    if state.alarm_pause is None:
        raise CommandRefusedError("the alarms are not paused")
    return AlarmsResumed()


def _check_sound(_state: ProcedureState, command: CheckSound, _: Surroundings) -> AnyPayload:
    return SoundChecked(heard=command.heard == "yes")


def _resend(state: NodeState) -> AnyPayload:
    """The record again, after a person has removed what the EDC had against it."""
    procedure = state.procedure
    if procedure is None or procedure.record.status != "REJECTED":
        raise CommandRefusedError("no record was refused: there is nothing to send again")
    record = build_record(procedure, software_version=state.software_version)
    return RecordQueued(
        procedure_id=procedure.procedure_id,
        rows=len(record.rows),
        content_sha256=record.content_sha256,
    )


def _close(state: ProcedureState, command: CloseProcedure, _: Surroundings) -> AnyPayload:
    return ProcedureClosed(outcome=command.outcome, comment=command.comment)


def _allocate(state: ProcedureState, command: Allocate, _: Surroundings) -> AnyPayload:
    _check_target(state, Target(lesion=command.lesion, zone=command.zone))
    arm = state.protocol.arms[state.arm]
    _check_zoning(state, command)
    if command.modality not in arm.modalities:
        raise CommandRefusedError(
            f"arm {state.arm} does not give {command.modality}; "
            f"it gives: {', '.join(arm.modalities)}"
        )
    target = Target(lesion=command.lesion, zone=command.zone)
    _check_single_modality(state, target, command.modality)
    proposal = proposals_of(state).get(target.key)
    return TargetAllocated(
        lesion=command.lesion,
        zone=command.zone,
        modality=command.modality,
        reason=command.reason,
        proposed=proposal.modality if proposal else None,
        rule=proposal.rule if proposal else "",
        because=proposal.because if proposal else "",
    )


def _check_single_modality(state: ProcedureState, target: Target, modality: Modality) -> None:
    """In an arm of one modality for all, the first allocation decides for the others."""
    others = [key for key, m in state.allocations.items() if key != target.key and m != modality]
    if state.protocol.arms[state.arm].single_modality and others:
        raise CommandRefusedError(
            f"arm {state.arm} gives all lesions one modality, and {', '.join(others)} "
            f"is allocated to the other"
        )


def _needle_path(state: ProcedureState, command: ReportNeedlePath, _: Surroundings) -> AnyPayload:
    _check_target(state, Target(lesion=command.lesion))
    return NeedlePathReported(lesion=command.lesion, length_mm=command.length_mm)


def _check_zoning(state: ProcedureState, command: Allocate) -> None:
    """A lesion is treated as a whole or by its zones, and by zones only where the arm does so."""
    is_whole = command.zone is ZoneKind.WHOLE
    if not is_whole and not state.protocol.arms[state.arm].zoning:
        raise CommandRefusedError(f"arm {state.arm} does not zone lesions")
    others = [
        key
        for key in state.allocations
        if parse_target(key).lesion == command.lesion
        and (parse_target(key).zone is ZoneKind.WHOLE) != is_whole
    ]
    if others:
        raise CommandRefusedError(
            f"{command.lesion} cannot be treated as a whole and by zones: "
            f"{', '.join(others)} is allocated already"
        )


def _report_seeds(
    state: ProcedureState, command: ReportSeeds, surroundings: Surroundings
) -> AnyPayload:
    target = Target(lesion=command.lesion, zone=command.zone)
    _check_target(state, target)
    if Modality.SEEDS not in state.protocol.arms[state.arm].modalities:
        raise CommandRefusedError(f"arm {state.arm} does not give seeds")
    known = surroundings.seed_models
    if command.seed_model not in known:
        raise CommandRefusedError(
            f"seed model {command.seed_model!r} is not known; known are: {', '.join(known)}"
        )
    age_d = (surroundings.today - command.strength_reference_date).days
    if not -1 <= age_d <= OLDEST_STRENGTH_D:
        raise CommandRefusedError(
            f"the strength is for {command.strength_reference_date}, {age_d} days ago: seeds are "
            f"implanted within {OLDEST_STRENGTH_D} days; check the date on the certificate"
        )
    if command.count == 0:
        raise CommandRefusedError("count is 0: report how many seeds were implanted")
    before = reported_count(state, target)
    if before + command.count < 0:
        raise CommandRefusedError(
            f"{-command.count} seeds cannot be taken back: {before} are reported in {target.key}"
        )
    return SeedsReported(**command.model_dump(exclude={"by"}))


def _assign_probe(
    state: ProcedureState, command: AssignProbe, surroundings: Surroundings
) -> AnyPayload:
    _check_target(state, Target(lesion=command.lesion, zone=command.zone))
    _check_device(command.device, surroundings)
    known = surroundings.cryoprobes
    if command.cryoprobe is not None and command.cryoprobe not in known:
        raise CommandRefusedError(
            f"kind of probe {command.cryoprobe!r} is not known; "
            f"known are: {', '.join(known) or 'none, the node has no cryoprobe files'}"
        )
    return ProbeAssigned(
        **command.model_dump(exclude={"by", "direction"}), direction=_unit(command.direction)
    )


def _unit(direction: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
    if direction is None:
        return None
    length = math.hypot(*direction)
    if not (math.isfinite(length) and length > SHORTEST_DIRECTION):
        raise CommandRefusedError("the direction has no length: give it along the shaft to the tip")
    x, y, z = direction
    return x / length, y / length, z / length


def _assign_sensor(
    state: ProcedureState, command: AssignSensor, surroundings: Surroundings
) -> AnyPayload:
    _check_device(command.device, surroundings)
    drawn = [s.name for s in state.structures.structures] if state.structures else []
    known = dict.fromkeys((*(organ.name for organ in state.protocol.organs), *drawn))
    if command.structure not in known:
        raise CommandRefusedError(
            f"{command.structure!r} is neither an organ of the protocol nor drawn; "
            f"there are: {', '.join(known)}"
        )
    return SensorAssigned(**command.model_dump(exclude={"by"}))


def _check_device(device: str, surroundings: Surroundings) -> None:
    if device not in surroundings.devices:
        raise CommandRefusedError(
            f"device {device!r} is not in the settings; there are: "
            f"{', '.join(surroundings.devices) or 'none'}"
        )


def _finish(state: ProcedureState, command: FinishTarget, _: Surroundings) -> AnyPayload:
    target = Target(lesion=command.lesion, zone=command.zone)
    if target.key not in state.allocations:
        raise CommandRefusedError(f"{target.key} is not allocated to seeds or cryoablation yet")
    return TreatmentFinished(lesion=command.lesion, zone=command.zone)


def _scan_dose(state: ProcedureState, command: ReportScanDose, _: Surroundings) -> AnyPayload:
    if command.series_uid not in state.scans:
        raise CommandRefusedError("no scan of this procedure has that series UID")
    return ScanDoseReported(**command.model_dump(exclude={"by"}))


def _adverse_event(
    _state: ProcedureState, command: AnswerAdverseEvent, _: Surroundings
) -> AnyPayload:
    return AdverseEventPrompted(**command.model_dump(exclude={"by"}))


def _explain_deviation(
    state: ProcedureState, command: ExplainDeviation, _: Surroundings
) -> AnyPayload:
    if command.deviation not in state.deviations:
        known = ", ".join(state.deviations) or "none"
        raise CommandRefusedError(
            f"there is no deviation {command.deviation!r}; there are: {known}"
        )
    return DeviationExplained(deviation=command.deviation, reason=command.reason)


_DECIDE: dict[type[Command], Callable[[ProcedureState, Any, Surroundings], AnyPayload]] = {
    CloseProcedure: _close,
    Allocate: _allocate,
    ReportNeedlePath: _needle_path,
    ReportSeeds: _report_seeds,
    AssignProbe: _assign_probe,
    AssignSensor: _assign_sensor,
    FinishTarget: _finish,
    PauseAlarms: _pause_alarms,
    ResumeAlarms: _resume_alarms,
    CheckSound: _check_sound,
    ReportScanDose: _scan_dose,
    AnswerAdverseEvent: _adverse_event,
    ExplainDeviation: _explain_deviation,
    AddSeed: lambda state, command, _: add_seed(state, command),
    DeleteSeed: lambda state, command, _: delete_seed(state, command),
    MoveSeed: lambda state, command, _: move_seed(state, command),
    WithdrawSeedEdit: lambda state, command, _: withdraw_edit(state, command),
    TellStrand: lambda state, command, _: tell_strand(state, command),
    ConfirmRegistration: lambda state, command, _: confirm_registration(state, command),
    RefuseRegistration: lambda state, command, _: refuse_registration(state, command),
    RegisterContours: lambda state, command, _: register_contours(state, command),
}
