"""Forms ALARM, AE_PROMPT and AUDIT: what was said to people, and what they said and did."""

from collections.abc import Iterator, Mapping

from procedure_node.events import Originator
from procedure_node.protocol import AdverseEventPrompt
from procedure_node.record.fields import (
    Form,
    Group,
    choice,
    integer,
    notes,
    text,
    utc,
    yes_no,
)
from procedure_node.record.provenance import (
    Filled,
    Provenance,
    RecordEvidence,
    person,
    system,
)
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import prompt_term, unanswered_prompts
from procedure_node.state import AdverseEventAnswer, AlertState, ProcedureState

RAISED = Group(
    "alm_raise",
    "Alert condition",
    (
        text("alm_id", "Alert"),
        text("alm_condition", "Condition"),
        choice("alm_priority", "Priority", ("HIGH", "MEDIUM", "LOW")),
        choice("alm_category", "Category", ("PHYSIOLOGICAL", "TECHNICAL")),
        text("alm_subject", "Subject"),
        notes("alm_text", "What was said"),
        notes("alm_action", "What was advised"),
        utc("alm_raised_utc", "Raised"),
        text("alm_caused_by", "Alert that it followed from"),
    ),
)
CLEARED = Group(
    "alm_clear",
    "End of the condition",
    (
        yes_no("alm_present", "Still present at the end"),
        utc("alm_cleared_utc", "Cleared"),
        notes("alm_cleared_reason", "Why it was cleared"),
        utc("alm_escalated_utc", "Escalated, since nobody had acknowledged it"),
    ),
)
ACKNOWLEDGED = Group(
    "alm_ack",
    "Acknowledgement",
    (
        yes_no("alm_acknowledged", "Acknowledged"),
        utc("alm_acknowledged_utc", "Acknowledged at"),
        notes("alm_acknowledged_reason", "Reason given"),
    ),
)
ALARM = Form("alarm", "ALARM", repeats=True, groups=(RAISED, CLEARED, ACKNOWLEDGED))

ANSWER = Group(
    "ae_answer",
    "Answer to the adverse event prompt",
    (
        text("ae_term", "Adverse event", sdtm="AE.AETERM"),
        integer("ae_grade", "Grade, 0 (none) to 5", sdtm="AE.AETOXGR"),
        utc("ae_onset_utc", "Onset, or the answer's time if none was given", sdtm="AE.AESTDTC"),
        notes("ae_comment", "Comment"),
    ),
)
AE_PROMPT = Form("ae_prompt", "AE_PROMPT", repeats=True, groups=(ANSWER,))

ACT = Group(
    "aud_act",
    "Act",
    (
        text("aud_what", "Act"),
        utc("aud_at_utc", "Time"),
        notes("aud_detail", "Detail"),
    ),
)
AUDIT = Form("audit", "AUDIT", repeats=True, groups=(ACT,))


def alarm_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each occurrence of an alert condition, in the order of their times."""
    for alert in sorted(
        (*procedure.past_alerts, *procedure.alerts.values()),
        key=lambda alert: (alert.raised_at, alert.raised.alert_id),
    ):
        yield {
            RAISED.name: _raised(alert),
            CLEARED.name: _cleared(alert, procedure),
            ACKNOWLEDGED.name: _acknowledged(alert, procedure),
        }


def ae_prompt_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each answer, in the order in which they were given; then those left open."""
    for answer in procedure.adverse_events:
        yield {ANSWER.name: _answer(answer)}
    for prompt in unanswered_prompts(procedure):
        yield {ANSWER.name: _not_answered(prompt, procedure)}


def audit_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each act, in the order in which they were done."""
    for entry in procedure.audit:
        kind = "SYSTEM" if entry.is_by_system else "PERSON"
        source = Provenance(Originator(kind=kind, name=entry.by), entry.at, RecordEvidence.LOGGED)
        values: dict[str, Value] = {
            "aud_what": entry.act,
            "aud_at_utc": entry.at,
            "aud_detail": " ".join(filter(None, (entry.subject, entry.detail))),
        }
        yield {ACT.name: Filled(source, values)}


def _raised(alert: AlertState) -> Filled:
    raised = alert.raised
    values: dict[str, Value] = {
        "alm_id": raised.alert_id,
        "alm_condition": raised.condition,
        "alm_priority": raised.priority,
        "alm_category": raised.category,
        "alm_subject": raised.subject,
        "alm_text": raised.text,
        "alm_action": raised.action,
        "alm_raised_utc": alert.raised_at,
        "alm_caused_by": raised.caused_by or NotApplicable("it followed from no other"),
    }
    return Filled(system("rules", alert.raised_at, RecordEvidence.JUDGED), values)


def _cleared(alert: AlertState, procedure: ProcedureState) -> Filled:
    present = NotApplicable("the condition was still present")
    values: dict[str, Value] = {
        "alm_present": alert.present,
        "alm_cleared_utc": present if alert.cleared_at is None else alert.cleared_at,
        "alm_cleared_reason": alert.cleared_reason
        or (present if alert.present else Unknown("no reason was given")),
        "alm_escalated_utc": NotApplicable("it was not escalated")
        if alert.escalated_at is None
        else alert.escalated_at,
    }
    at = alert.cleared_at or known(procedure.closed_at, "the procedure is still open")
    return Filled(system("rules", at, RecordEvidence.JUDGED), values)


def _acknowledged(alert: AlertState, procedure: ProcedureState) -> Filled:
    if alert.acknowledged_by is not None and alert.acknowledged_at is not None:
        return Filled(
            person(alert.acknowledged_by, alert.acknowledged_at),
            {
                "alm_acknowledged": True,
                "alm_acknowledged_utc": alert.acknowledged_at,
                "alm_acknowledged_reason": alert.acknowledged_reason
                or NotApplicable("none was given"),
            },
        )
    at = known(procedure.closed_at, "the procedure is still open")
    return Filled(
        system("procedure node", at, RecordEvidence.LOGGED),
        {
            "alm_acknowledged": False,
            "alm_acknowledged_utc": NotApplicable("nobody acknowledged it"),
            "alm_acknowledged_reason": NotApplicable("nobody acknowledged it"),
        },
    )


def _answer(answer: AdverseEventAnswer) -> Filled:
    values: dict[str, Value] = {
        "ae_term": answer.term,
        "ae_grade": answer.grade,
        "ae_onset_utc": known(answer.onset, "no time of onset was given"),
        "ae_comment": answer.comment or NotApplicable("none was given"),
    }
    return Filled(person(answer.by, answer.at), values)


def _not_answered(prompt: AdverseEventPrompt, procedure: ProcedureState) -> Filled:
    nobody = Unknown("nobody answered it")
    values: dict[str, Value] = {
        "ae_term": prompt_term(prompt),
        "ae_grade": nobody,
        "ae_onset_utc": nobody,
        "ae_comment": nobody,
    }
    at = known(procedure.closed_at, "the procedure is still open")
    return Filled(system("procedure node", at, RecordEvidence.LOGGED), values)
