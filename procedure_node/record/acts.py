"""Who did what, and when: looked up in the procedure's audit trail."""

from procedure_node.record.provenance import Provenance, RecordEvidence, person
from procedure_node.record.values import Unknown
from procedure_node.state import AuditEntry, ProcedureState


def act(procedure: ProcedureState, kind: str, begins: str) -> AuditEntry | None:
    """The last act of a kind whose detail begins so, or None."""
    return next(
        (
            entry
            for entry in reversed(procedure.audit)
            if entry.act == kind and entry.detail.startswith(begins)
        ),
        None,
    )


def by_act(procedure: ProcedureState, kind: str, begins: str) -> Provenance:
    """A person's word with the name and time of the act, or UNKNOWN where no act is found."""
    entry = act(procedure, kind, begins)
    if entry is not None:
        return person(entry.by, entry.at)
    absent = Unknown(f"the audit trail has no act '{kind}' for this")
    return Provenance(absent, absent, RecordEvidence.STATED)
