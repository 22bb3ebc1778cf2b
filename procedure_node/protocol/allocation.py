"""Which modality a lesion is given, as rules over its facts."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from dosimetry_core.values import Modality
from procedure_node.protocol.parts import NOT_SAID, UNSET, Name, NumberOrUnset, ProtocolPart

NumberFact = Literal[
    "volume_cc",
    "longest_axial_mm",
    "short_axial_mm",
    "longest_mm",
    "distance_mm",
    "needle_path_mm",
]
FactName = Literal[NumberFact, "lies_in"]

GROUPS: Mapping[str, str] = {
    "ORGANS": "the nearest drawn organ at risk",
    "VESSELS": "the nearest drawn vessel",
    "SKIN": "the skin",
    "AIRWAYS": "the nearest drawn airway",
}
"""What a distance may be to beside a structure's own name, in words."""


class FactKey(NamedTuple):
    """One fact of a lesion: what, and for a distance or a place, of which structure or group."""

    fact: FactName
    to: str | None = None

    def __str__(self) -> str:
        place = GROUPS.get(self.to or "", self.to)
        words = {"distance_mm": f"distance to {place}", "lies_in": f"lying in {place}"}
        return words.get(self.fact) or _WORDS[self.fact]

    @property
    def unit(self) -> str:
        """Of the number; empty where the fact is a yes or no."""
        return "" if self.fact == "lies_in" else self.fact.rsplit("_", 1)[1]


_WORDS: Mapping[str, str] = {
    "volume_cc": "volume",
    "longest_axial_mm": "longest axial diameter",
    "short_axial_mm": "axial width",
    "longest_mm": "longest diameter",
    "needle_path_mm": "needle path",
}

Facts = Mapping[FactKey, float | bool]
"""What is known of a lesion; what is not known is not in it."""


class Condition(ProtocolPart):
    """One thing that must hold: a number at least, or below, a limit; or a place.

    Attributes:
        fact: what is looked at.
        to: for ``distance_mm`` and ``lies_in``: a structure's name; for a distance also a group.
        at_least: holds when the number is this or more.
        below: holds when the number is less than this.
        is_so: for ``lies_in``: whether it is to lie there, or not.
    """

    fact: FactName = Field(examples=["distance_mm"])
    to: Name | None = Field(default=None, examples=["ORGANS"])
    at_least: NumberOrUnset | None = Field(default=None, examples=[10.0])
    below: NumberOrUnset | None = Field(default=None, examples=[30.0])
    is_so: bool | None = Field(default=None, examples=[True])

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        placed = self.fact in ("distance_mm", "lies_in")
        if placed and self.to is None:
            raise ValueError(f"{self.fact} needs 'to': a structure's name")
        if not placed and self.to is not None:
            raise ValueError(f"{self.fact} has no 'to': leave it out")
        limits = [limit for limit in (self.at_least, self.below) if limit is not None]
        if self.fact == "lies_in":
            if limits or self.is_so is None:
                raise ValueError("lies_in takes 'is_so' (true or false) and no limit")
        elif len(limits) != 1 or self.is_so is not None:
            raise ValueError(f"{self.fact} takes one of 'at_least' and 'below'")
        return self

    @property
    def key(self) -> FactKey:
        """The fact that it looks at."""
        return FactKey(self.fact, self.to)

    @property
    def limit(self) -> float | None:
        """The number; None for a place, or while it is unset."""
        number = self.at_least if self.at_least is not None else self.below
        return number if isinstance(number, float) else None

    @property
    def is_unset(self) -> bool:
        """Whether the protocol does not say the limit yet."""
        return UNSET in (self.at_least, self.below)

    def holds(self, facts: Facts) -> bool | None:
        """Whether it holds; None where the fact or the limit is not known."""
        if self.key not in facts or self.is_unset:
            return None
        value, limit = facts[self.key], self.limit
        if limit is None:
            return bool(value) == self.is_so
        return value >= limit if self.at_least is not None else value < limit

    def __str__(self) -> str:
        if self.fact == "lies_in":
            return f"it {'lies' if self.is_so else 'does not lie'} in {self.to}"
        number = NOT_SAID if self.limit is None else f"{self.limit:g} {self.key.unit}"
        words = f"at least {number}" if self.at_least is not None else f"below {number}"
        return f"its {self.key} is {words}"


class AllocationRule(ProtocolPart):
    """Lesions of which all of ``when`` holds are given ``modality``."""

    name: Name = Field(examples=["near an organ"])
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]
    modality: Modality = Field(examples=["SEEDS"])
    because: Name = Field(examples=["ice spares no organ that it reaches"])

    def claims(self, facts: Facts) -> bool | None:
        """Whether it claims a lesion; None where that hangs on what is not known."""
        holding = [condition.holds(facts) for condition in self.when]
        if False in holding:
            return False
        return None if None in holding else True


class AllocationRules(ProtocolPart):
    """All the rules; each lesion is to be claimed by one.

    Attributes:
        rules: in no order: two that claim one lesion are a mistake.
        otherwise: for lesions that no rule claims; without it, that is a mistake.
    """

    rules: tuple[AllocationRule, ...]
    otherwise: Modality | None = Field(default=None, examples=["SEEDS"])


class Proposal(NamedTuple):
    """What the rules say of one lesion.

    Attributes:
        modality: None where they cannot tell.
        rule: the one that decided; "otherwise" if none claimed the lesion.
        because: in words, with the facts that decided; or why nothing can be told.
    """

    modality: Modality | None
    rule: str
    because: str


def propose(allocation: AllocationRules, facts: Facts) -> Proposal:
    """Apply the rules to one lesion.

    Nothing is proposed while a rule that might claim the lesion hangs on what is not known.
    """
    claims = [(rule, rule.claims(facts)) for rule in allocation.rules]
    claiming = [rule for rule, claim in claims if claim]
    open_rules = [rule for rule, claim in claims if claim is None]
    if len(claiming) > 1:
        names = " and ".join(rule.name for rule in claiming)
        return Proposal(None, "", f"the rules {names} both claim it")
    if open_rules:
        return Proposal(None, "", "; ".join(_what_is_missing(rule, facts) for rule in open_rules))
    if claiming:
        (rule,) = claiming
        return Proposal(rule.modality, rule.name, f"{_in_facts(rule.when, facts)}: {rule.because}")
    if allocation.otherwise is None:
        return Proposal(None, "", "no rule claims it")
    return Proposal(allocation.otherwise, "otherwise", "no other rule claims it")


def _what_is_missing(rule: AllocationRule, facts: Facts) -> str:
    unset = [str(c.key) for c in rule.when if c.is_unset]
    unknown = [str(c.key) for c in rule.when if c.key not in facts]
    reasons = [
        *(f"the protocol leaves its limit of {key} unset" for key in dict.fromkeys(unset)),
        *(f"{key} is not known" for key in dict.fromkeys(unknown)),
    ]
    return f"rule {rule.name!r} cannot be applied: {', '.join(reasons)}"


def _in_facts(when: Sequence[Condition], facts: Facts) -> str:
    words: list[str] = []
    for condition in when:
        value = facts[condition.key]
        if condition.fact == "lies_in":
            words.append(str(condition))
        else:
            words.append(f"{condition.key} {value:.1f} {condition.key.unit}")
    return ", ".join(words)
