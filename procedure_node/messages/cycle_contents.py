"""The words of the messages of freeze-thaw cycles, from the facts of the state."""

from dataclasses import asdict
from math import isfinite
from typing import Any

from procedure_node.cycles import (
    Deviation,
    FreezeThawCycle,
    LesionCycle,
    clock_of,
    deviations,
    schedule_of,
)
from procedure_node.rules import cycles_of_lesion
from procedure_node.state import ProbeState, ProcedureState

Content = dict[str, Any]


def probe_cycles(probe: ProbeState) -> Content:
    """Fields of a ``ProbeCycleMessage``."""
    return {
        "device": probe.device,
        "probe": probe.probe,
        "lesion": probe.lesion,
        "zone": probe.zone,
        "phase": probe.cycles.phase,
        "phase_since": probe.cycles.phase_since,
        "cycles": [_of_probe(each) for each in probe.cycles.cycles],
    }


def lesion_cycles(state: ProcedureState, lesion: str) -> Content:
    """Fields of a ``LesionCycleMessage``."""
    cycles = cycles_of_lesion(state, lesion)
    schedule = schedule_of(state.protocol.cryo)
    now = cycles.accounted_until or state.opened_at
    return {
        "lesion": lesion,
        "phase": cycles.phase,
        "phase_since": cycles.phase_since,
        "clock": asdict(clock_of(cycles, schedule, now)),
        "cycles": [_of_lesion(each) for each in cycles.cycles],
        "deviations": [_deviation(each) for each in deviations(cycles, schedule)],
    }


def _of_probe(cycle: FreezeThawCycle) -> Content:
    return {
        "number": cycle.number,
        "started": cycle.started,
        "ended": cycle.ended,
        "start_unknown_s": cycle.start_unknown_s,
        "minimum_temperature_c": cycle.minimum_temperature_c,
        "warmest_thaw_c": cycle.warmest_thaw_c,
        "cooling_c_per_min": cycle.cooling_c_per_min,
        "freeze_s": cycle.freeze_s,
        "passive_thaw_s": cycle.passive_thaw_s,
        "active_thaw_s": cycle.active_thaw_s,
        "idle_s": cycle.idle_s,
        "below": cycle.times_below,
        "below_minus20_s": cycle.below_minus20_s,
        "below_minus40_s": cycle.below_minus40_s,
        "unknown_s": cycle.unknown_s,
        "known_share": cycle.known_share,
        "gas_pressure_start_kpa": cycle.gas_pressure_start_kpa,
        "gas_pressure_end_kpa": cycle.gas_pressure_end_kpa,
    }


def _of_lesion(cycle: LesionCycle) -> Content:
    return {**cycle.model_dump(exclude={"phases"}), "known_share": cycle.known_share}


def _deviation(deviation: Deviation) -> Content:
    return {
        "deviation": deviation.kind,
        "number": deviation.number,
        "wanted_s": deviation.wanted_s,
        "actual_s": deviation.actual_s,
        "unknown_s": deviation.unknown_s if isfinite(deviation.unknown_s) else None,
    }
