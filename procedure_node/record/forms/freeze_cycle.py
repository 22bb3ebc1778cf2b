"""Form FREEZE_CYCLE: what each cryoprobe did, freeze by freeze."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import CyclePhase
from procedure_node.cycles import (
    COLD_MARKS_C,
    THAW_MARKS_C,
    THAWS,
    FreezeThawCycle,
    PhaseSpan,
    TimeBelow,
)
from procedure_node.record.fields import Form, Group, integer, notes, number, text, utc, yes_no
from procedure_node.record.forms.cryo import in_order
from procedure_node.record.provenance import Filled, Provenance, device
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.state import ProbeState, ProcedureState

NOT_ENDED = "the cycle had not ended when the record was made"

CYCLE = Group(
    "fc_cycle",
    "Cycle",
    (
        text("fc_device", "Console"),
        integer("fc_probe", "Probe"),
        integer("fc_number", "Cycle of this probe"),
        utc("fc_start_utc", "Freezing began", sdtm="PR.PRSTDTC"),
        number("fc_start_unknown_s", "It may have begun earlier, unseen, by up to", "s", 1),
        utc("fc_end_utc", "Cycle ended", sdtm="PR.PRENDTC"),
        number("fc_freeze_s", "Freezing", "s", 1),
        number("fc_passive_thaw_s", "Passive thaw", "s", 1),
        number("fc_active_thaw_s", "Active thaw", "s", 1),
        number("fc_idle_s", "Off, stick or test within the cycle", "s", 1),
        number("fc_unknown_s", "Time of the cycle that is not known", "s", 1),
        number("fc_known_percent", "Part of the cycle's time that is known", "%", 1),
        number("fc_power_percent", "Mean power while freezing", "%", 0),
        number("fc_min_c", "Lowest tip temperature", "degC", 1),
        number(
            "fc_cooling_c_per_min",
            "Mean fall from the start of freezing to -40 degC",
            "degC/min",
            0,
        ),
        number("fc_below20_s", "Known time below -20 degC", "s", 1),
        number("fc_below40_s", "Known time below -40 degC", "s", 1),
        number("fc_below_target_s", "Known time below the protocol's tip target", "s", 1),
        number("fc_to20_s", "Freezing until -20 degC, at most", "s", 1),
        number("fc_to40_s", "Freezing until -40 degC, at most", "s", 1),
        number("fc_to_target_s", "Freezing until the protocol's tip target, at most", "s", 1),
        number("fc_thaw_max_c", "Warmest reading of the thaw", "degC", 1),
        yes_no("fc_thawed_to_0", "The tip came to 0 degC before the next freeze"),
        yes_no("fc_thawed_to_20", "The tip came to +20 degC before the next freeze"),
        number("fc_gas_start_kpa", "Gas pressure at the start", "kPa", 0),
        number("fc_gas_end_kpa", "Gas pressure at the end", "kPa", 0),
        notes("fc_phases", "Phases (UTC)"),
    ),
)
FREEZE_CYCLE = Form("freeze_cycle", "FREEZE_CYCLE", repeats=True, groups=(CYCLE,))


def freeze_cycle_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each freeze-thaw cycle of each probe."""
    for probe in in_order(procedure):
        for cycle in probe.cycles.cycles:
            yield {CYCLE.name: _cycle(procedure, probe, cycle)}


def _cycle(procedure: ProcedureState, probe: ProbeState, cycle: FreezeThawCycle) -> Filled:
    unread = "no valid reading in this cycle"
    no_pressure = "no gas pressure was read while this cycle froze"
    values: dict[str, Value] = {
        "fc_device": probe.device,
        "fc_probe": probe.probe,
        "fc_number": cycle.number,
        "fc_start_utc": cycle.started,
        "fc_start_unknown_s": known(cycle.start_unknown_s, "the probe was never heard before"),
        "fc_end_utc": known(cycle.ended, NOT_ENDED),
        "fc_freeze_s": cycle.freeze_s,
        "fc_passive_thaw_s": _lasted_s(cycle, CyclePhase.PASSIVE_THAW, cycle.passive_thaw_s),
        "fc_active_thaw_s": _lasted_s(cycle, CyclePhase.ACTIVE_THAW, cycle.active_thaw_s),
        "fc_idle_s": cycle.idle_s,
        "fc_unknown_s": cycle.unknown_s,
        "fc_known_percent": 100.0 * cycle.known_share,
        "fc_power_percent": known(_mean_power(cycle), "the console tells no power"),
        "fc_min_c": known(cycle.minimum_temperature_c, unread),
        "fc_cooling_c_per_min": known(
            cycle.cooling_c_per_min, "no fall to -40 degC was watched from its start"
        ),
        "fc_below20_s": cycle.below_minus20_s,
        "fc_below40_s": cycle.below_minus40_s,
        "fc_thaw_max_c": known(cycle.warmest_thaw_c, "no thaw was read"),
        "fc_thawed_to_0": _thawed(cycle, THAW_MARKS_C[0]),
        "fc_thawed_to_20": _thawed(cycle, THAW_MARKS_C[1]),
        "fc_gas_start_kpa": known(cycle.gas_pressure_start_kpa, no_pressure),
        "fc_gas_end_kpa": known(cycle.gas_pressure_end_kpa, no_pressure),
        "fc_phases": "\n".join(span_in_words(span) for span in cycle.phases) or Unknown(unread),
        **_limits(procedure, cycle),
    }
    return Filled(_of_cycle(probe, cycle), values, remark=doubt(cycle.unknown_s))


def _limits(procedure: ProcedureState, cycle: FreezeThawCycle) -> dict[str, Value]:
    below = {each.limit_c: each for each in cycle.times_below}
    target_c = procedure.protocol.cryo.tip_target_c
    values: dict[str, Value] = {
        "fc_to20_s": _until(below.get(COLD_MARKS_C[0])),
        "fc_to40_s": _until(below.get(COLD_MARKS_C[1])),
    }
    if isinstance(target_c, str):
        none = NotApplicable("the protocol leaves cryo.tip_target_c unset")
        return {**values, "fc_below_target_s": none, "fc_to_target_s": none}
    at_target = below.get(target_c)
    return {
        **values,
        "fc_below_target_s": at_target.known_s if at_target else 0.0,
        "fc_to_target_s": _until(at_target),
    }


def _until(below: TimeBelow | None) -> Value:
    return known(below.after_s if below else None, "the tip was not seen that cold")


def _mean_power(cycle: FreezeThawCycle) -> float | None:
    spans = [span for span in cycle.phases if span.phase is CyclePhase.FREEZE]
    known_s = sum(span.power_known_s for span in spans)
    return sum(span.power_s for span in spans) / known_s if known_s > 0 else None


def _thawed(cycle: FreezeThawCycle, mark_c: float) -> Value:
    if cycle.thawed_at[THAW_MARKS_C.index(mark_c)] is not None:
        return True
    if cycle.ended is None:
        return Unknown(NOT_ENDED)
    thaw = next((n for n, span in enumerate(cycle.phases) if span.phase in THAWS), None)
    after = cycle.phases[thaw:] if thaw is not None else cycle.phases
    if any(span.phase is CyclePhase.UNKNOWN for span in after):
        return Unknown("a gap hides how warm the thaw got")
    return False


def _of_cycle(probe: ProbeState, cycle: FreezeThawCycle) -> Provenance:
    return device(
        probe.device,
        known(cycle.ended or probe.last_at, "the console was not heard since the cycle began"),
    )


def _lasted_s(cycle: FreezeThawCycle, phase: CyclePhase, known_s: float) -> Value:
    if cycle.ended is None and cycle.phases[-1].phase is phase:
        return Unknown("this phase had not ended when the record was made")
    return known_s


def doubt(unknown_s: float) -> str:
    """A remark on the sums of a cycle; empty where all of its time is known."""
    if unknown_s <= 0:
        return ""
    return f"{unknown_s:.1f} s of the cycle are UNKNOWN: times are at least what stands."


def span_in_words(span: PhaseSpan) -> str:
    """A phase in one line."""
    ended = f"{span.ended:%H:%M:%S}" if span.ended else "not ended"
    coldest = (
        "temperature UNKNOWN"
        if span.minimum_temperature_c is None
        else f"lowest {span.minimum_temperature_c:.1f} degC"
    )
    power = span.mean_power_percent
    at_power = f", {power:.0f} % power" if span.phase is CyclePhase.FREEZE and power else ""
    return f"{span.phase.value} {span.started:%H:%M:%S} to {ended}, {coldest}{at_power}"
