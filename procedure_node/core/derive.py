"""What follows from the state by itself: judgements, and the record when it is due."""

from collections.abc import Sequence
from datetime import datetime

from procedure_node.events import AnyPayload, RecordQueued
from procedure_node.record import build_record
from procedure_node.rules import judge, new_deviations
from procedure_node.state import NodeState


def derive(state: NodeState, now: datetime) -> Sequence[AnyPayload]:
    """Payloads that the state calls for at ``now``; none once they are in the state."""
    procedure = state.procedure
    due: list[AnyPayload] = list(judge(state, now))
    if procedure is not None and procedure.record.status == "NOT_DUE":
        due += new_deviations(procedure, now)
    if due or procedure is None or procedure.closed_at is None:
        return due
    if procedure.record.status != "NOT_DUE":
        return ()
    record = build_record(procedure, software_version=state.software_version)
    return (
        RecordQueued(
            procedure_id=procedure.procedure_id,
            rows=len(record.rows),
            content_sha256=record.content_sha256,
        ),
    )
