"""Reducers of what consoles and thermometers say."""

from collections.abc import Callable
from typing import Any

from dosimetry_core.values import MeasurementValidity
from procedure_node.courses import after_gap_in, after_reading_of
from procedure_node.cycles import after_gap, after_reading
from procedure_node.events import Event, EventTime, ProbeReading, TelemetryGap, ThermometerReading
from procedure_node.protocol import UNSET
from procedure_node.state.model import ProbeState, ProcedureState, SensorState, TemperaturePoint
from procedure_node.state.procedure import with_mode

CURVE_POINTS = 3600
"""How many points of a temperature curve are kept for the display; the journal keeps all."""

DEFAULT_MAXIMUM_GAP_S = 5.0
"""Readings further apart than this leave a gap, where the protocol sets no ``reading_s``."""


def with_gap(probe: ProbeState, at: EventTime) -> ProbeState:
    """The probe after readings went missing until ``at``."""
    cycles = after_gap(probe.cycles, at)
    course = after_gap_in(probe.course, cycles)
    return probe.model_copy(update={"cycles": cycles, "course": course})


def _maximum_gap_s(state: ProcedureState) -> float:
    limit = state.protocol.freshness.reading_s
    return DEFAULT_MAXIMUM_GAP_S if limit == UNSET else limit


def _with_point(
    curve: tuple[TemperaturePoint, ...], event: Event, temperature_c: float | None
) -> tuple[TemperaturePoint, ...]:
    point = TemperaturePoint(utc=event.time.utc, temperature_c=temperature_c)
    return (*curve[-(CURVE_POINTS - 1) :], point)


def _shown(validity: MeasurementValidity, temperature_c: float | None) -> float | None:
    return None if validity is MeasurementValidity.INVALID else temperature_c


def _probe_reading(state: ProcedureState, event: Event, payload: ProbeReading) -> ProcedureState:
    key = f"{payload.device}/{payload.probe}"
    probe = state.probes.get(key) or ProbeState(device=payload.device, probe=payload.probe)
    shown = _shown(payload.validity, payload.tip_temperature_c)
    gap_s = _maximum_gap_s(state)
    cycles = after_reading(probe.cycles, event.time, payload, maximum_gap_s=gap_s)
    heard = probe.model_copy(
        update={
            "last": payload,
            "last_at": event.time.utc,
            "cycles": cycles,
            "course": after_reading_of(
                probe.course, probe.cycles, cycles, payload.power_percent, maximum_gap_s=gap_s
            ),
            "curve": _with_point(probe.curve, event, shown),
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
            "curve": _with_point(sensor.curve, event, shown),
        }
    )
    marked = with_mode(state, event.mode)
    return marked.model_copy(update={"sensors": {**state.sensors, key: heard}})


def _gap(state: ProcedureState, event: Event, payload: TelemetryGap) -> ProcedureState:
    probes = {
        key: with_gap(probe, event.time).model_copy(
            update={"curve": _with_point(probe.curve, event, None)}
        )
        if probe.device == payload.device
        else probe
        for key, probe in state.probes.items()
    }
    sensors = {
        key: sensor.model_copy(update={"curve": _with_point(sensor.curve, event, None)})
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
