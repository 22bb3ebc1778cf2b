"""Reducers of what consoles and thermometers say."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from dosimetry_core.values import MeasurementValidity
from procedure_node.courses import after_gap_in, after_reading_of
from procedure_node.cycles import COLD_MARKS_C, FoldRules, after_gap, after_reading
from procedure_node.events import Event, EventTime, ProbeReading, TelemetryGap, ThermometerReading
from procedure_node.state.model import ProbeState, ProcedureState, SensorState
from procedure_node.state.procedure import with_mode

DEFAULT_MAXIMUM_GAP_S = 5.0
"""Readings further apart than this leave a gap, where the protocol sets no ``reading_s``."""

FULL_POWER_PERCENT = 100.0
"""A probe whose console does not tell its power is modelled as freezing with all of it."""


def with_gap(probe: ProbeState, at: EventTime) -> ProbeState:
    """The probe after readings went missing until ``at``."""
    cycles = after_gap(probe.cycles, at)
    course = after_gap_in(probe.course, cycles)
    return probe.model_copy(update={"cycles": cycles, "course": course})


def _fold_rules(state: ProcedureState) -> FoldRules:
    protocol = state.protocol
    return _rules_of(protocol.freshness.reading_s, protocol.cryo.tip_target_c)


@lru_cache(maxsize=8)  # every reading asks for it
def _rules_of(reading_s: float | str, tip_target_c: float | str) -> FoldRules:
    targets = () if isinstance(tip_target_c, str) else (tip_target_c,)
    return FoldRules(
        maximum_gap_s=DEFAULT_MAXIMUM_GAP_S if isinstance(reading_s, str) else reading_s,
        limits_c=tuple(sorted({*COLD_MARKS_C, *targets}, reverse=True)),
    )


def _shown(validity: MeasurementValidity, temperature_c: float | None) -> float | None:
    return None if validity is MeasurementValidity.INVALID else temperature_c


def _probe_reading(state: ProcedureState, event: Event, payload: ProbeReading) -> ProcedureState:
    key = f"{payload.device}/{payload.probe}"
    probe = state.probes.get(key) or ProbeState(device=payload.device, probe=payload.probe)
    shown = _shown(payload.validity, payload.tip_temperature_c)
    rules = _fold_rules(state)
    cycles = after_reading(probe.cycles, event.time, payload, rules)
    power = payload.power_percent
    heard = probe.model_copy(
        update={
            "last": payload,
            "last_at": event.time.utc,
            "cycles": cycles,
            "course": after_reading_of(
                probe.course,
                probe.cycles,
                cycles,
                FULL_POWER_PERCENT if power is None else power,
                maximum_gap_s=rules.maximum_gap_s,
            ),
            "curve": probe.curve.with_point(event.time.utc, shown),
        }
    )
    marked = with_mode(state, event.mode)
    return marked.model_copy(update={"probes": {**state.probes, key: heard}})


def _thermometer_reading(
    state: ProcedureState, event: Event, payload: ThermometerReading
) -> ProcedureState:
    key = f"{payload.device}/{payload.channel}"
    sensor = state.sensors.get(key) or SensorState(device=payload.device, channel=payload.channel)
    shown = _shown(payload.validity, payload.temperature_c)
    heard = sensor.model_copy(
        update={
            "last": payload,
            "last_at": event.time.utc,
            "curve": sensor.curve.with_point(event.time.utc, shown),
        }
    )
    marked = with_mode(state, event.mode)
    return marked.model_copy(update={"sensors": {**state.sensors, key: heard}})


def _gap(state: ProcedureState, event: Event, payload: TelemetryGap) -> ProcedureState:
    probes = {
        key: with_gap(probe, event.time).model_copy(
            update={"curve": probe.curve.with_point(event.time.utc, None)}
        )
        if probe.device == payload.device
        else probe
        for key, probe in state.probes.items()
    }
    sensors = {
        key: sensor.model_copy(update={"curve": sensor.curve.with_point(event.time.utc, None)})
        if sensor.device == payload.device
        else sensor
        for key, sensor in state.sensors.items()
    }
    return state.model_copy(update={"probes": probes, "sensors": sensors})


TELEMETRY_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    ProbeReading: _probe_reading,
    ThermometerReading: _thermometer_reading,
    TelemetryGap: _gap,
}
