"""Whether a command is possible in a state, and which events it makes."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from procedure_node.commands.model import (
    Acknowledge,
    Allocate,
    AnswerAdverseEvent,
    AssignProbe,
    AssignSensor,
    CloseProcedure,
    Command,
    FinishTarget,
    ReportScanDose,
    ReportSeeds,
)
from procedure_node.core import CommandRefusedError
from procedure_node.events import (
    AdverseEventPrompted,
    AlertAcknowledged,
    AnyPayload,
    ProbeAssigned,
    ProcedureClosed,
    ProcedureOpened,
    ScanDoseReported,
    SeedsReported,
    SensorAssigned,
    TargetAllocated,
    TreatmentFinished,
)
from procedure_node.protocol import Target
from procedure_node.rules import reported_count, targets_of
from procedure_node.state import NodeState, ProcedureState


def decide_open(opened: ProcedureOpened) -> Callable[[NodeState], Sequence[AnyPayload]]:
    """A decision that opens a procedure unless one is open."""

    def decision(state: NodeState) -> Sequence[AnyPayload]:
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


def decide(
    command: Command, seed_models: Collection[str]
) -> Callable[[NodeState], Sequence[AnyPayload]]:
    """A decision that carries out a command on the open procedure.

    Args:
        command: any command but ``open``.
        seed_models: names of the seed models that the node knows.
    """

    def decision(state: NodeState) -> Sequence[AnyPayload]:
        if isinstance(command, Acknowledge):
            return (_acknowledge(state, command),)
        return (_DECIDE[type(command)](_open_procedure(state), command, seed_models),)

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
    return AlertAcknowledged(alert_id=command.alert_id)


def _close(state: ProcedureState, command: CloseProcedure, _: Collection[str]) -> AnyPayload:
    return ProcedureClosed(outcome=command.outcome, comment=command.comment)


def _allocate(state: ProcedureState, command: Allocate, _: Collection[str]) -> AnyPayload:
    _check_target(state, Target(lesion=command.lesion, zone=command.zone))
    arm = state.protocol.arms[state.arm]
    if command.modality not in arm.modalities:
        raise CommandRefusedError(
            f"arm {state.arm} does not give {command.modality}; "
            f"it gives: {', '.join(arm.modalities)}"
        )
    return TargetAllocated(
        lesion=command.lesion, zone=command.zone, modality=command.modality, reason=command.reason
    )


def _report_seeds(
    state: ProcedureState, command: ReportSeeds, seed_models: Collection[str]
) -> AnyPayload:
    target = Target(lesion=command.lesion, zone=command.zone)
    _check_target(state, target)
    if command.seed_model not in seed_models:
        raise CommandRefusedError(
            f"seed model {command.seed_model!r} is not known; known are: {', '.join(seed_models)}"
        )
    if command.count == 0:
        raise CommandRefusedError("count is 0: report how many seeds were implanted")
    before = reported_count(state, target)
    if before + command.count < 0:
        raise CommandRefusedError(
            f"{-command.count} seeds cannot be taken back: {before} are reported in {target.key}"
        )
    return SeedsReported(**command.model_dump(exclude={"by"}))


def _assign_probe(state: ProcedureState, command: AssignProbe, _: Collection[str]) -> AnyPayload:
    _check_target(state, Target(lesion=command.lesion, zone=command.zone))
    return ProbeAssigned(**command.model_dump(exclude={"by"}))


def _assign_sensor(state: ProcedureState, command: AssignSensor, _: Collection[str]) -> AnyPayload:
    return SensorAssigned(**command.model_dump(exclude={"by"}))


def _finish(state: ProcedureState, command: FinishTarget, _: Collection[str]) -> AnyPayload:
    target = Target(lesion=command.lesion, zone=command.zone)
    if target.key not in state.allocations:
        raise CommandRefusedError(f"{target.key} is not allocated to seeds or cryoablation yet")
    return TreatmentFinished(lesion=command.lesion, zone=command.zone)


def _scan_dose(state: ProcedureState, command: ReportScanDose, _: Collection[str]) -> AnyPayload:
    if command.series_uid not in state.scans:
        raise CommandRefusedError("no scan of this procedure has that series UID")
    return ScanDoseReported(**command.model_dump(exclude={"by"}))


def _adverse_event(
    _state: ProcedureState, command: AnswerAdverseEvent, _: Collection[str]
) -> AnyPayload:
    return AdverseEventPrompted(**command.model_dump(exclude={"by"}))


_DECIDE: dict[type[Command], Callable[[ProcedureState, Any, Collection[str]], AnyPayload]] = {
    CloseProcedure: _close,
    Allocate: _allocate,
    ReportSeeds: _report_seeds,
    AssignProbe: _assign_probe,
    AssignSensor: _assign_sensor,
    FinishTarget: _finish,
    ReportScanDose: _scan_dose,
    AnswerAdverseEvent: _adverse_event,
}
