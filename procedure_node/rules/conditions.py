"""What is wrong right now, and what cannot be told."""

from collections.abc import Iterable
from dataclasses import dataclass

from procedure_node.alarms import CONDITIONS
from procedure_node.events import AlertPriority, AlertRaised


@dataclass(frozen=True, slots=True)
class Present:
    """An alert condition that is present."""

    alert: AlertRaised


@dataclass(frozen=True, slots=True)
class Undecided:
    """An alert condition of which nothing is known now: if it was present, it stays so."""

    alert_id: str


Finding = Present | Undecided


def alert_id(condition: str, subject: str) -> str:
    """The identity of an alert: one condition of one subject."""
    return f"{condition}:{subject}"


def present(
    condition: str,
    subject: str,
    *,
    text: str,
    action: str | None = None,
    priority: AlertPriority | None = None,
) -> Present:
    """A present condition, told in words and with what to do about it.

    ``action`` and ``priority`` are those of the registry (``procedure_node.alarms``) unless a rule
    knows better.

    Raises:
        KeyError: the registry does not have the condition.
    """
    known = CONDITIONS[condition]
    return Present(
        AlertRaised(
            alert_id=alert_id(condition, subject),
            condition=condition,
            priority=priority or known.priority,
            category=known.kind,
            subject=subject,
            text=text,
            action=action or known.action,
        )
    )


def by_id(findings: Iterable[Finding]) -> tuple[dict[str, AlertRaised], set[str]]:
    """The present alerts keyed by id, and the ids of the undecided ones."""
    found: dict[str, AlertRaised] = {}
    undecided: set[str] = set()
    for finding in findings:
        if isinstance(finding, Present):
            found[finding.alert.alert_id] = finding.alert
        else:
            undecided.add(finding.alert_id)
    return found, undecided
