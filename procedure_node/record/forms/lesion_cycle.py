"""Form LESION_CYCLE: the freezes of each lesion over all of its probes, against the protocol."""

from collections.abc import Iterator, Mapping
from math import isfinite

from dosimetry_core.values import CyclePhase
from procedure_node.cycles import (
    Deviation,
    LesionCycle,
    LesionCycles,
    PhaseSpan,
    deviations,
    schedule_of,
)
from procedure_node.record.fields import Form, Group, integer, notes, number, text, utc
from procedure_node.record.forms.freeze_cycle import NOT_ENDED, doubt
from procedure_node.record.provenance import Filled, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import cycles_of_lesion, lesions_of_probes
from procedure_node.state import ProcedureState

CYCLE = Group(
    "lc_cycle",
    "Cycle of the lesion",
    (
        text("lc_lesion", "Lesion"),
        integer("lc_number", "Cycle of this lesion"),
        text("lc_probes", "Probes that froze in it"),
        utc("lc_start_utc", "The first of them began to freeze"),
        number("lc_start_unknown_s", "It may have begun earlier, unseen, by up to", "s", 1),
        utc("lc_end_utc", "Cycle ended"),
        number("lc_freeze_s", "At least one probe froze", "s", 1),
        number("lc_passive_thaw_s", "All thawed, none of them actively", "s", 1),
        number("lc_active_thaw_s", "All thawed, at least one of them actively", "s", 1),
        number("lc_idle_s", "No probe froze or thawed within the cycle", "s", 1),
        number("lc_unknown_s", "Time of the cycle that is not known", "s", 1),
        number("lc_known_percent", "Part of the cycle's time that is known", "%", 1),
        number("lc_min_c", "Lowest tip temperature", "degC", 1),
        number("lc_thawed_to_c", "Warmest of the probe that came back least", "degC", 1),
        number("lc_wanted_freeze_s", "Freezing that the protocol wants", "s", 0),
        number("lc_wanted_thaw_s", "Thaw that the protocol wants after it", "s", 0),
        notes("lc_deviations", "Deviations from the protocol's schedule"),
        notes("lc_phases", "Phases (UTC)"),
    ),
)
LESION_CYCLE = Form("lesion_cycle", "LESION_CYCLE", repeats=True, groups=(CYCLE,))

_WORDS = {
    "FREEZE_SHORT": "freeze too short",
    "FREEZE_LONG": "freeze longer than planned",
    "THAW_SHORT": "frozen again before the thaw was over",
    "EXTRA_FREEZE": "a freeze more than planned",
}


def lesion_cycle_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each freeze-thaw cycle of each lesion."""
    for lesion in sorted(lesions_of_probes(procedure)):
        cycles = cycles_of_lesion(procedure, lesion)
        for cycle in cycles.cycles:
            yield {CYCLE.name: _cycle(procedure, cycles, cycle)}


def _cycle(procedure: ProcedureState, cycles: LesionCycles, cycle: LesionCycle) -> Filled:
    schedule = schedule_of(procedure.protocol.cryo)
    deviating = [d for d in deviations(cycles, schedule) if d.number == cycle.number]
    unset = "the protocol leaves its freeze schedule unset"
    values: dict[str, Value] = {
        "lc_lesion": cycles.lesion,
        "lc_number": cycle.number,
        "lc_probes": ", ".join(cycle.probes),
        "lc_start_utc": cycle.started,
        "lc_start_unknown_s": known(cycle.start_unknown_s, "the probe was never heard before"),
        "lc_end_utc": known(cycle.ended, NOT_ENDED),
        "lc_freeze_s": cycle.freeze_s,
        "lc_passive_thaw_s": cycle.passive_thaw_s,
        "lc_active_thaw_s": cycle.active_thaw_s,
        "lc_idle_s": cycle.idle_s,
        "lc_unknown_s": cycle.unknown_s,
        "lc_known_percent": 100.0 * cycle.known_share,
        "lc_min_c": known(cycle.minimum_temperature_c, "no valid reading in this cycle"),
        "lc_thawed_to_c": known(cycle.thawed_to_c, "not every probe was read while it thawed"),
        "lc_wanted_freeze_s": _wanted(schedule.freeze_s if schedule else None, cycle.number, unset),
        "lc_wanted_thaw_s": _wanted(schedule.thaw_s if schedule else None, cycle.number, unset),
        "lc_deviations": "\n".join(_deviation(d) for d in deviating)
        or (NotApplicable("none is known") if schedule else Unknown(unset)),
        "lc_phases": "\n".join(_span(span) for span in cycle.phases),
    }
    at = known(cycle.ended or cycles.accounted_until, "no probe of it was heard")
    source = system("freeze-thaw cycles", at, RecordEvidence.MEASURED)
    return Filled(source, values, remark=doubt(cycle.unknown_s))


def _wanted(wanted: tuple[float | None, ...] | None, number: int, unset: str) -> Value:
    if wanted is None:
        return Unknown(unset)
    if number > len(wanted):
        return NotApplicable("the protocol wants none after this cycle")
    return known(wanted[number - 1], unset)


def _deviation(deviation: Deviation) -> str:
    least, hidden = deviation.actual_s, deviation.unknown_s
    actual = f"{least:.0f} s known"
    if hidden > 0:
        actual += f", up to {hidden:.0f} s more UNKNOWN" if isfinite(hidden) else ", start UNKNOWN"
    wanted = f" of {deviation.wanted_s:.0f} s" if deviation.wanted_s is not None else ""
    return f"{_WORDS[deviation.kind]}: {actual}{wanted}"


def _span(span: PhaseSpan) -> str:
    ended = f"{span.ended:%H:%M:%S}" if span.ended else "not ended"
    word = "IDLE" if span.phase in (CyclePhase.STICK, CyclePhase.TEST) else span.phase.value
    return f"{word} {span.started:%H:%M:%S} to {ended}"
