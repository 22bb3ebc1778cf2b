"""Whether a protocol is sound as a whole, and what it leaves unset."""

import re
from collections.abc import Iterator
from typing import cast

from dosimetry_core.values import Modality
from procedure_node.protocol.exhaustive import unclaimed_or_contested
from procedure_node.protocol.model import FreezeSchedule, OrganConstraint, TrialProtocol
from procedure_node.protocol.parts import UNSET, ProtocolPart


def contradictions(protocol: TrialProtocol) -> list[str]:
    """Mistakes that no section shows by itself: what is wrong, and how to mend it."""
    return [
        *_names(protocol),
        *_organs(protocol),
        *_freezes(protocol.cryo),
        *_arms(protocol),
        *_allocation(protocol),
        *_high_risk(protocol),
        *_success(protocol),
        *_windows(protocol),
    ]


def unset_keys(protocol: TrialProtocol) -> tuple[str, ...]:
    """Keys whose number the protocol does not say, as they are written in its file."""
    return tuple(_unset("", protocol))


def _unset(path: str, value: object) -> Iterator[str]:
    if value == UNSET:
        yield path
    elif isinstance(value, ProtocolPart):
        for key in type(value).model_fields:
            yield from _unset(f"{path}.{key}" if path else key, getattr(value, key))
    elif isinstance(value, tuple):
        for n, part in enumerate(cast("tuple[object, ...]", value), start=1):
            yield from _unset(f"{path}[{getattr(part, 'name', n)}]", part)
    elif isinstance(value, dict):
        for key, part in cast("dict[str, object]", value).items():
            yield from _unset(f"{path}.{key}", part)


def _organ_names(protocol: TrialProtocol) -> list[str]:
    return [organ.name for organ in protocol.organs]


def _names(protocol: TrialProtocol) -> Iterator[str]:
    naming = protocol.structures
    for key in ("target", "vessel", "skin", "airway"):
        pattern: str | None = getattr(naming, key)
        if pattern is None:
            continue
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            yield f"structures.{key}: is not a regular expression: {error}"
            continue
        if key == "target" and "lesion" not in groups:
            yield "structures.target: has no group 'lesion'; write (?P<lesion>...)"


def _organs(protocol: TrialProtocol) -> Iterator[str]:
    names = _organ_names(protocol)
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"organs: {name!r} is constrained twice; keep one table for each organ"
    for organ in protocol.organs:
        limits = set(OrganConstraint.model_fields) - {"name"}
        if all(getattr(organ, limit) is None for limit in limits):
            yield f"organs: {organ.name!r} has no limit; state one, or leave its table out"
        small, large = organ.d0_1cc_limit_gy, organ.d2cc_limit_gy
        if isinstance(small, float) and isinstance(large, float) and small < large:
            yield (
                f"organs: {organ.name!r}: the limit of D0.1cc, {small:g} Gy, is below that of "
                f"D2cc, {large:g} Gy, which can never be the higher dose"
            )


def _freezes(cryo: FreezeSchedule) -> Iterator[str]:
    for key, times, between in (
        ("freeze_minutes", cryo.freeze_minutes, 0),
        ("thaw_minutes", cryo.thaw_minutes, 1),
    ):
        if not isinstance(times, tuple):
            continue
        if isinstance(cryo.cycles, str):
            yield f"cryo.{key}: has a time for each cycle, but cryo.cycles is unset; set it"
        elif len(times) != cryo.cycles - between:
            wanted = f"{cryo.cycles - between} {'thaws between them' if between else 'freezes'}"
            yield (
                f"cryo.{key}: has {len(times)} times, but cryo.cycles wants {wanted}; "
                "give one for each, or one number for all"
            )


def _arms(protocol: TrialProtocol) -> Iterator[str]:
    for name, arm in protocol.arms.items():
        if len(set(arm.modalities)) < len(arm.modalities):
            yield f"arms.{name}: a modality is named twice"
        if arm.zoning and arm.single_modality:
            yield f"arms.{name}: zones of two modalities and one modality for all cannot both be"
        if arm.zoning and protocol.zoning is not None:
            given = {protocol.zoning.core_modality, protocol.zoning.periphery_modality}
            if protocol.zoning.high_risk is not None:
                given.add(protocol.zoning.high_risk.modality)
            for modality in sorted(given - set(arm.modalities)):
                yield f"arms.{name}: zones are given {modality}, which this arm does not give"
    if protocol.zoning is not None and not any(arm.zoning for arm in protocol.arms.values()):
        yield "zoning: no arm zones lesions; leave it out, or let an arm do so"
    if protocol.zoning is not None and protocol.bulky is None:
        yield "zoning: nothing says which lesions are bulky; add [bulky]"


def _allocation(protocol: TrialProtocol) -> Iterator[str]:
    if protocol.allocation is None:
        return
    organs, naming = _organ_names(protocol), protocol.structures
    groups = {"VESSELS": naming.vessel, "SKIN": naming.skin, "AIRWAYS": naming.airway}
    for rule in protocol.allocation.rules:
        for condition in rule.when:
            if condition.to in groups and groups[condition.to] is None:
                key = condition.to.lower().removesuffix("s")
                yield (
                    f"allocation: rule {rule.name!r} looks at {condition.to}, but structures.{key} "
                    "does not say which structures these are"
                )
            if condition.to == "ORGANS" and not organs:
                yield f"allocation: rule {rule.name!r} looks at ORGANS, but there are none"
    names = [rule.name for rule in protocol.allocation.rules]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"allocation: two rules have the name {name!r}"
    yield from unclaimed_or_contested(protocol.allocation, organs)


def _high_risk(protocol: TrialProtocol) -> Iterator[str]:
    organs = _organ_names(protocol)
    high_risk = protocol.zoning.high_risk if protocol.zoning else None
    for organ in high_risk.organs if high_risk else ():
        if organ not in organs:
            known = ", ".join(organs) or "none"
            yield f"zoning.high_risk: {organ!r} has no table in organs; there are: {known}"


_QUANTITIES = {
    Modality.SEEDS: {"D90", "V100"},
    Modality.CRYO: {"freezes done", "ice coverage", "ice margin"},
}


def _success(protocol: TrialProtocol) -> Iterator[str]:
    success = protocol.technical_success
    if success is None:
        return
    for modality, wanted in ((Modality.SEEDS, success.seeds), (Modality.CRYO, success.cryo)):
        for quantity in wanted:
            if quantity not in _QUANTITIES[modality]:
                yield f"technical_success.{modality.value.lower()}: {quantity} is not of {modality}"


def _windows(protocol: TrialProtocol) -> Iterator[str]:
    names = [window.name for window in protocol.windows]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"windows: two windows have the name {name!r}"
    for window in protocol.windows:
        if window.starts == window.ends:
            yield f"windows: {window.name!r} ends with the step that it starts with"
