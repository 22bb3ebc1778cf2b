"""Who did what, and when: looked up in the procedure's audit trail."""

from procedure_node.record.provenance import Provenance, RecordEvidence, person
from procedure_node.record.values import Unknown
from procedure_node.state import ProcedureState


def by_act(procedure: ProcedureState, kind: str, subject: str) -> Provenance:
    """A person's word with the name and time of the last such act; UNKNOWN where none is found."""
    for entry in reversed(procedure.audit):
        if (entry.act, entry.subject) == (kind, subject):
            return person(entry.by, entry.at)
    absent = Unknown(f"the audit trail has no act '{kind}' for this")
    return Provenance(absent, absent, RecordEvidence.STATED)
