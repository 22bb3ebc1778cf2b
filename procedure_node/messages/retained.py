"""Which parts of the state are retained at the broker, where, and in which words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from procedure_node.messages import channels, contents, cycle_contents, strategy
from procedure_node.messages.base import uid_token
from procedure_node.messages.channels import Channel
from procedure_node.messages.lethal_zone import lethal_zone
from procedure_node.messages.outgoing import topic_of
from procedure_node.messages.registration import registration
from procedure_node.messages.seeds import seen_needle_bodies
from procedure_node.rules import (
    combined_now,
    frozen_now,
    needle_counts,
    needle_names,
    plan_doubt,
    targets_of,
)
from procedure_node.state import NodeState, ProbeState, ProcedureState, ScanState

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One retained topic's worth of state.

    Attributes:
        channel: where it is told.
        levels: parameters of the topic besides room and procedure.
        facts: while they are equal there is nothing new to tell.
        content: makes the message's own fields; called only when they are needed.
        vouched_for: the node still watches it, so that a renewal may say that it is still true.
    """

    channel: Channel
    levels: Mapping[str, str]
    facts: tuple[object, ...]
    content: Callable[[], dict[str, Any]]
    vouched_for: bool = True


def parts(state: NodeState) -> dict[str, Part]:
    """All that is retained of a state, by topic; no message is made yet."""
    return {topic_of(state, part.channel, part.levels): part for part in _parts(state)}


def _parts(state: NodeState) -> Iterator[Part]:
    for name, link in state.links.items():
        content = partial(contents.link, name, link)
        yield Part(channels.LINK, {"link": name}, (link,), content)
    procedure = state.procedure
    if procedure is None:
        return
    yield Part(
        channels.PROCEDURE,
        {},
        (procedure.closed_at, procedure.outcome, procedure.protocol_sha256),
        partial(contents.procedure, procedure),
    )
    yield Part(
        channels.RECORD,
        {},
        (procedure.record,),
        partial(contents.record, procedure.record),
    )
    is_open = procedure.closed_at is None
    yield from _coverage(procedure, is_open)
    yield from _alerts(procedure, is_open)
    yield from _cycles(procedure, is_open)
    yield from _lesion_cycles(procedure, is_open)
    yield from _scans(procedure, is_open)
    yield from _registrations(procedure, is_open)
    yield from _findings(procedure, is_open)
    yield from _lethal_zones(procedure, is_open)
    yield from _strategy(procedure, is_open)


def _coverage(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    for key, coverage in procedure.coverage.items():
        assessed_at = procedure.coverage_at[key]
        finished = key in procedure.finished
        yield Part(
            channels.COVERAGE,
            {"lesion": coverage.lesion, "zone": coverage.zone.value},
            (coverage, assessed_at, finished),
            partial(contents.coverage, coverage, assessed_at, finished=finished),
            is_open,
        )


def _alerts(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    """An alert that was there when the procedure closed is not watched any more."""
    for alert_id, alert in procedure.alerts.items():
        watched = is_open or (
            procedure.closed_at is not None and alert.raised_at >= procedure.closed_at
        )
        yield Part(
            channels.ALERT,
            {"alert": alert_id},
            (alert,),
            partial(contents.alert, alert),
            alert.present and watched,
        )


def _cycles(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    for probe in procedure.probes.values():
        yield Part(
            channels.PROBE_CYCLE,
            {"device": probe.device, "number": str(probe.probe)},
            _turns(probe),
            partial(cycle_contents.probe_cycles, probe),
            is_open,
        )


def _lesion_cycles(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    turns: dict[str, list[object]] = {}
    for probe in procedure.probes.values():
        for lesion in {place.lesion for place in probe.placements}:
            turns.setdefault(lesion, []).append((probe.device, probe.probe, *_turns(probe)))
    for lesion, facts in turns.items():
        yield Part(
            channels.LESION_CYCLE,
            {"lesion": lesion},
            tuple(facts),
            partial(cycle_contents.lesion_cycles, procedure, lesion),
            is_open,
        )


def _turns(probe: ProbeState) -> tuple[object, ...]:
    cycles = probe.cycles
    return (probe.lesion, probe.zone, cycles.phase, cycles.phase_since, len(cycles.cycles))


def _scans(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    for uid, scan in procedure.scans.items():
        yield Part(
            channels.SCAN,
            {"scan": uid_token(uid)},
            (scan,),
            partial(contents.scan, scan),
            is_open,
        )


def _registrations(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    for uid, scan in procedure.scans.items():
        if scan.registration is not None:
            yield Part(
                channels.REGISTRATION,
                {"scan": uid_token(uid)},
                (scan.registration, scan.registration_words),
                partial(registration, scan.registration, scan.registration_words),
                is_open,
            )


def _findings(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    searched = _newest(procedure, lambda scan: scan if scan.seeds else None)
    if searched is not None or procedure.seed_reports:
        seeds = searched.seeds if searched else None
        told = searched.seeds_identified if searched else None
        yield Part(
            channels.SEEDS,
            {},
            (
                seeds,
                procedure.seed_reports,
                told,
                searched and searched.plan_matched,
                searched and searched.needles,
                searched and plan_doubt(procedure, searched),
            ),
            partial(_seeds, procedure, searched),
            is_open,
        )
    dosed = _newest(procedure, lambda scan: scan if scan.dose else None)
    if dosed is not None and dosed.dose is not None:
        told = (dosed.dose, dosed.dose_bands, dosed.sub_volumes)
        yield Part(channels.DOSE, {}, told, partial(contents.dose, *told), is_open)
    ice = _newest(procedure, lambda scan: scan.ice)
    if ice is not None:
        yield Part(channels.ICE, {}, (ice,), partial(contents.ice, ice), is_open)
    frozen = frozen_now(procedure)
    if frozen is not None:
        yield Part(channels.FROZEN, {}, (frozen,), partial(contents.frozen, frozen), is_open)


def _seeds(procedure: ProcedureState, searched: ScanState | None) -> dict[str, Any]:
    needles = (
        [(t, needle_counts(procedure, searched, t)) for t in targets_of(procedure).values()]
        if searched
        else []
    )
    return contents.seeds(
        searched.seeds if searched else None,
        procedure.seed_reports,
        searched.seeds_identified if searched else None,
        needles,
        seen_needle_bodies(searched.needles, needle_names(procedure, searched)) if searched else (),
    )


def _lethal_zones(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    for lesion, zone in procedure.lethal_zones.items():
        content = partial(lethal_zone, zone)
        yield Part(channels.LETHAL_ZONE, {"lesion": lesion}, (zone,), content, is_open)


def _strategy(procedure: ProcedureState, is_open: bool) -> Iterator[Part]:
    for key, allocated in procedure.allocated.items():
        yield Part(
            channels.ALLOCATION,
            {"lesion": allocated.lesion, "zone": allocated.zone.value},
            (allocated, procedure.coverage.get(key), key in procedure.finished),
            partial(strategy.allocation, procedure, allocated),
            is_open,
        )
    for lesion, found in procedure.combined.items():
        _, not_known = combined_now(procedure, lesion)
        content = partial(strategy.combined, found, not_known)
        yield Part(channels.COMBINED, {"lesion": lesion}, (found, not_known), content, is_open)
    if procedure.deviations:
        content = partial(strategy.deviations, procedure.deviations)
        yield Part(channels.DEVIATIONS, {}, (procedure.deviations,), content, is_open)


def _newest(procedure: ProcedureState, found: Callable[[ScanState], T | None]) -> T | None:
    """What was found in the newest scan that was searched for it."""
    return next(
        (f for scan in reversed(procedure.scans.values()) if (f := found(scan)) is not None), None
    )
