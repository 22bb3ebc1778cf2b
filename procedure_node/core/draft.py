"""What the rest of the node hands to the core, to become events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dosimetry_core.values import GenerationMode
from procedure_node.events import AnyPayload, EventTime, Originator
from procedure_node.state import NodeState

Decision = Callable[[NodeState], Sequence[AnyPayload]]
"""Looks at the state that its events will follow, and says which they are (or raises)."""

SYSTEM = Originator(kind="SYSTEM", name="procedure-node")


class CommandRefusedError(Exception):
    """A decision was not possible in this state. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision with who makes it and when; ``time`` None means when it is taken."""

    decide: Decision
    originator: Originator
    mode: GenerationMode | None
    time: EventTime | None


def device(name: str) -> Originator:
    """A device as originator."""
    return Originator(kind="DEVICE", name=name)


def person(name: str, role: str | None = None) -> Originator:
    """A person as originator; ``role`` where the person was logged in with one."""
    return Originator(kind="PERSON", name=name, role=role)
