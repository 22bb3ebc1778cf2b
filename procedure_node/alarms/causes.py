"""One cause gives one alarm: which conditions are mere consequences of others.

A consequence stays a condition, is journalled and shown under its cause, and has no signal of its
own. Only technical conditions are consequences: what is wrong with the patient is told whatever
else is wrong.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from procedure_node.events import AlertRaised


@dataclass(frozen=True, slots=True)
class Consequence:
    """A pair of conditions of which one follows from the other.

    Attributes:
        cause: id of the causing alert, as a regular expression over the whole of it.
        effect: the same of the consequence; ``{1}`` is the first group of ``cause``.
        why: in words, for the documents.
    """

    cause: str
    effect: str
    why: str


CONSEQUENCES: tuple[Consequence, ...] = (
    Consequence(
        r"device-lost:(?:part )?display",
        r"(?:page-not-confirmed|sound-off):page",
        "a page that is not served is not shown",
    ),
    Consequence(
        r"page-not-confirmed:page", r"sound-off:page", "a page that is not shown sounds nothing"
    ),
    Consequence(
        r"device-lost:(?:broker|part mqtt)",
        r"broker-not-confirmed:broker",
        "a broker that is lost gives nothing back",
    ),
    Consequence(
        r"device-lost:(?!part )(.+)", r"data-stale:{1}/\d+", "what a lost device measured is silent"
    ),
    Consequence(
        r"device-lost:(?!part )(.+)",
        r"device-lost:part serial {1}",
        "the part that reads a lost device fails with it",
    ),
    Consequence(
        r"device-lost:(?!part )(.+)",
        r"freeze-gap:{1}/\d+",
        "a freeze cannot be followed without its console",
    ),
    Consequence(
        r"device-lost:broker", r"device-lost:part mqtt", "nothing is published without a broker"
    ),
    Consequence(r"device-lost:edc", r"device-lost:part edc", "no record is sent without an EDC"),
    Consequence(
        r"device-lost:part display", r"device-lost:display", "a page is served by its part"
    ),
    Consequence(
        r"device-lost:(?:pacs|part study watch|part storage)",
        r"coverage-unknown:.+",
        "without new scans coverage is not known",
    ),
    Consequence(
        r"device-lost:pacs",
        r"device-lost:part study watch",
        "the archive is what the study watch asks",
    ),
    Consequence(
        r"(?:scan-refused|analysis-failed):.+",
        r"coverage-unknown:.+",
        "coverage rests on the newest scan",
    ),
    Consequence(
        r"analysis-failed:.+",
        r"(?:registration-failed|planning-ct-missing):.+",
        "contours are carried by the analysis",
    ),
    Consequence(
        r"structures-refused:.+",
        r"(?:coverage-unknown|planning-ct-missing):.+",
        "targets are known by the structures",
    ),
    Consequence(
        r"planning-ct-missing:.+",
        r"(?:coverage-unknown|registration-failed):.+",
        "without contours in the scan coverage is not known",
    ),
    Consequence(
        r"(?:registration-failed|registration-doubtful|registration-refused):(.+)",
        r"coverage-unknown:{1}(?:/.+)?",
        "without sure contours coverage is not known",
    ),
)
"""In order: the first cause that is present is the one that is named."""


def with_causes(found: Mapping[str, AlertRaised]) -> dict[str, AlertRaised]:
    """The same alerts, consequences with the id of their cause.

    The cause named is never itself a consequence: chains lead to their beginning.
    """
    effects = list(_effects(found))
    direct: dict[str, str] = {}
    for alert_id, alert in found.items() if effects else ():
        for cause, effect in effects:
            if alert.category == "TECHNICAL" and cause != alert_id and effect.fullmatch(alert_id):
                direct.setdefault(alert_id, cause)
    return {
        alert_id: alert.model_copy(update={"caused_by": _root(alert_id, direct)})
        if alert_id in direct
        else alert
        for alert_id, alert in found.items()
    }


def _effects(found: Mapping[str, AlertRaised]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each cause that is present, with the ids of what may follow from it."""
    for one in CONSEQUENCES:
        for cause in found:
            match = re.fullmatch(one.cause, cause)
            if match is not None:
                group = re.escape(match.group(1)) if match.re.groups else ""
                yield cause, re.compile(one.effect.replace("{1}", group))


def _root(effect: str, direct: Mapping[str, str]) -> str:
    seen = {effect}
    cause = direct[effect]
    while cause in direct and cause not in seen:
        seen.add(cause)
        cause = direct[cause]
    return cause
