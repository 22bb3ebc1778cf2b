"""Where a value comes from: its originator, its time and what it rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from dosimetry_core.values import Evidence
from procedure_node.events import Originator
from procedure_node.record.fields import Field, Group, choice, notes, text, utc
from procedure_node.record.values import Absent, Unknown, Value, unless_empty, written


class RecordEvidence(StrEnum):
    """What a value of the record rests on.

    The words of ``Evidence``, and three for values that are no observation: STATED, a person's
    word; LOGGED, noted by the node as it happened; JUDGED, concluded by the node's rules from facts
    that carry their own evidence.
    """

    MEASURED = Evidence.MEASURED.value
    IMAGED = Evidence.IMAGED.value
    MODELLED = Evidence.MODELLED.value
    PLANNED = Evidence.PLANNED.value
    PROTOCOL = Evidence.PROTOCOL.value
    STATED = "STATED"
    LOGGED = "LOGGED"
    JUDGED = "JUDGED"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Originator, time and evidence of the values of one group."""

    originator: Originator | Unknown
    utc: datetime | Unknown
    evidence: RecordEvidence


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of one group, by field name, and their provenance.

    ``remark`` is kept with the reasons of what is absent.
    """

    provenance: Provenance
    values: Mapping[str, Value]
    remark: str = ""


def person(name: str, at: datetime) -> Provenance:
    """A person's word."""
    return Provenance(Originator(kind="PERSON", name=name), at, RecordEvidence.STATED)


def system(part: str, at: datetime | Unknown, evidence: RecordEvidence) -> Provenance:
    """A result of a part of the node."""
    return Provenance(Originator(kind="SYSTEM", name=part), at, evidence)


def device(name: str, at: datetime | Unknown) -> Provenance:
    """A device's measurement."""
    return Provenance(Originator(kind="DEVICE", name=name), at, RecordEvidence.MEASURED)


@cache
def companions(group: Group) -> tuple[Field, ...]:
    """The fields that hold the provenance of a group."""
    return (
        choice(f"{group.name}_originator", "Originator", ("DEVICE", "SYSTEM", "PERSON")),
        text(f"{group.name}_by", "Originator's name"),
        utc(f"{group.name}_utc", "Time of these values"),
        choice(f"{group.name}_evidence", "Evidence", RecordEvidence),
        notes(f"{group.name}_why", "Why UNKNOWN or not applicable"),
    )


def written_group(group: Group, filled: Filled) -> dict[str, str]:
    """Field names to texts of a group and its companions, in the order of the form.

    Raises:
        ValueError: fields are missing or not the group's, or a value does not fit its field.
    """
    expected = {field.name for field in group.fields}
    if set(filled.values) != expected:
        raise ValueError(
            f"group {group.name} needs exactly its fields; differing: "
            f"{', '.join(sorted(expected ^ set(filled.values)))}"
        )
    values = {name: unless_empty(value) for name, value in filled.values.items()}
    texts = {field.name: written(field, values[field.name]) for field in group.fields}
    source = filled.provenance
    originator = source.originator
    of_originator: tuple[Value, Value] = (
        (originator, originator)
        if isinstance(originator, Unknown)
        else (originator.kind, unless_empty(originator.name))
    )
    told: tuple[Value, ...] = (*of_originator, source.utc, source.evidence.value)
    kind, by, at, evidence, why = companions(group)
    for field, value in zip((kind, by, at, evidence), told, strict=True):
        texts[field.name] = written(field, value)
    labelled = ((field.label, values[field.name]) for field in group.fields)
    about = zip(("Originator", "Originator's name", "Time of these values"), told, strict=False)
    reasons = _reasons((*labelled, *about), filled.remark)
    if reasons:
        texts[why.name] = written(why, reasons)
    return texts


def _reasons(told: Iterable[tuple[str, Value]], remark: str) -> str:
    absent: dict[str, list[str]] = {}
    for label, value in told:
        if isinstance(value, Absent):
            word = "UNKNOWN" if isinstance(value, Unknown) else "not applicable"
            absent.setdefault(f"{word}: {value.reason}", []).append(label)
    lines = [f"{', '.join(labels)} {reason}" for reason, labels in absent.items()]
    return "\n".join([*lines, remark]).strip()
