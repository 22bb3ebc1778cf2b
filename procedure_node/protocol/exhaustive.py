"""Whether every lesion that there can be is claimed by exactly one allocation rule."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from procedure_node.protocol.allocation import (
    AllocationRules,
    Condition,
    FactKey,
)

MOST_KINDS = 200_000
"""Kinds of lesions that are looked at; rules that part them further are refused."""

_SMALLER_THAN: Mapping[str, str] = {
    "short_axial_mm": "longest_axial_mm",
    "longest_axial_mm": "longest_mm",
}
"""A fact that is never above another."""


class _Span(NamedTuple):
    """The values of a fact that no condition tells apart: from ``low`` to below ``high``."""

    low: float
    high: float

    def __str__(self) -> str:
        if self.low == -math.inf:
            return f"below {self.high:g}"
        return (
            f"{self.low:g} or more" if self.high == math.inf else f"{self.low:g} to {self.high:g}"
        )


_Kind = Mapping[FactKey, _Span | bool]


def unclaimed_or_contested(allocation: AllocationRules, organs: Sequence[str]) -> list[str]:
    """Mistakes of the rules as a whole, each with the lesion that shows it.

    All kinds of lesions are looked at that the rules' limits tell apart. Nothing is said while a
    limit is unset: what the rules claim is then not known.

    Args:
        allocation: the rules.
        organs: names of the protocol's organs: none is nearer than the nearest of them.
    """
    conditions = [condition for rule in allocation.rules for condition in rule.when]
    if any(condition.is_unset for condition in conditions):
        return []
    values = _spans(conditions)
    if math.prod(len(spans) for spans in values.values()) > MOST_KINDS:
        return [f"allocation: the rules tell more than {MOST_KINDS} kinds of lesions apart"]
    contested: dict[tuple[str, ...], _Kind] = {}
    for kind in _kinds(values, organs):
        facts = {key: v if isinstance(v, bool) else _example(v) for key, v in kind.items()}
        claiming = tuple(rule.name for rule in allocation.rules if rule.claims(facts))
        if len(claiming) > 1 or (not claiming and allocation.otherwise is None):
            contested.setdefault(claiming, kind)
    return [
        f"allocation: {_who(claiming)} a lesion with {_in_words(kind)}"
        for claiming, kind in contested.items()
    ]


def _spans(conditions: Sequence[Condition]) -> dict[FactKey, list[_Span | bool]]:
    limits: dict[FactKey, set[float]] = {}
    for condition in conditions:
        found = limits.setdefault(condition.key, set())
        if condition.limit is not None:
            found.add(condition.limit)
    spans: dict[FactKey, list[_Span | bool]] = {}
    for key, cuts in limits.items():
        if key.fact == "lies_in":
            spans[key] = [True, False]
            continue
        edges = [-math.inf, *sorted(cuts), math.inf]
        spans[key] = [_Span(low, high) for low, high in pairwise(edges)]
    return spans


def _kinds(values: Mapping[FactKey, list[_Span | bool]], organs: Sequence[str]) -> Iterator[_Kind]:
    for chosen in product(*values.values()):
        kind = dict(zip(values, chosen, strict=True))
        if _can_be(kind, organs):
            yield kind


def _can_be(kind: _Kind, organs: Sequence[str]) -> bool:
    """No organ is nearer than the nearest one; no diameter is above one that holds it."""
    for key, span in kind.items():
        if key.fact == "distance_mm" and key.to == "ORGANS":
            above = [FactKey("distance_mm", organ) for organ in organs]
        elif key.fact in _SMALLER_THAN:
            above = [other for other in kind if other.fact == _SMALLER_THAN[key.fact]]
        else:
            continue
        for other in above:
            larger = kind.get(other)
            if isinstance(larger, _Span) and isinstance(span, _Span) and span.low >= larger.high:
                return False
    return True


def _example(span: _Span) -> float:
    return span.high - 1.0 if span.low == -math.inf else span.low


def _who(claiming: tuple[str, ...]) -> str:
    if not claiming:
        return "no rule claims"
    return f"the rules {' and '.join(repr(name) for name in claiming)} all claim"


def _in_words(kind: _Kind) -> str:
    return ", ".join(
        f"{key}{'' if value else ': no'}"
        if isinstance(value, bool)
        else f"{key} {value} {key.unit}"
        for key, value in kind.items()
    )
