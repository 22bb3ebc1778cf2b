"""One entry of the registry of alert conditions."""

from dataclasses import dataclass
from typing import Literal

from procedure_node.events import AlertPriority

Kind = Literal["PHYSIOLOGICAL", "TECHNICAL"]

HIGH_ESCALATES_AFTER_S = 60.0
"""A high priority alarm that nobody has acknowledged for so long is told more loudly."""


@dataclass(frozen=True, slots=True)
class AlertCondition:
    """What can be wrong, apart from how it is signalled (IEEE 11073-10207, AlertCondition).

    Attributes:
        id: its name; an alert is one condition of one subject, ``<id>:<subject>``.
        priority: how urgent it usually is (IEC 60601-1-8, Table 1).
        kind: of the patient or of the equipment.
        meaning: what it says, in a sentence.
        action: what to do, where the rule says nothing more exact.
        limit: where its limit stands: a key of the protocol, or a constant with its value.
        hysteresis: how far beyond the limit a value must be for the condition to end, in the
            limit's unit.
        raise_after_s: it must last so long before it is told.
        clear_after_s: it must be gone so long before it is said to be gone.
        latching: its signal stays until a person has acknowledged it, even if it is gone.
        may_be: priorities that a rule may give it beside the usual one.
    """

    id: str
    priority: AlertPriority
    kind: Kind
    meaning: str
    action: str
    limit: str = ""
    hysteresis: float = 0.0
    raise_after_s: float = 0.0
    clear_after_s: float = 0.0
    latching: bool = False
    may_be: tuple[AlertPriority, ...] = ()

    @property
    def escalates_after_s(self) -> float | None:
        """When it is told more loudly if nobody acknowledges it; None: never."""
        may_be_high = "HIGH" in (self.priority, *self.may_be)
        return HIGH_ESCALATES_AFTER_S if may_be_high else None
