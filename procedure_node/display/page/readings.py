"""Probes and thermometers: what they say now, and their curves."""

from collections.abc import Iterable
from datetime import datetime

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.display.page.clock import probe_face
from procedure_node.display.page.model import Curve, ProbeRow, SensorRow, Span, Temperature
from procedure_node.display.page.scans import seconds_since
from procedure_node.events import ProbeReading, ThermometerReading
from procedure_node.protocol import UNSET, Target
from procedure_node.rules import is_stale
from procedure_node.state import ProbeState, ProcedureState, SensorState, TemperaturePoint

CURVE_POINTS = 400
"""Points of a curve on the page: more than the plot has pixels."""

FALLBACK_READING_S = 5.0
"""How old a reading may be where the protocol leaves ``freshness.reading_s`` unset."""


def reading_limit_s(state: ProcedureState) -> float:
    """How old a reading may be and still be called current, s."""
    limit = state.protocol.freshness.reading_s
    return FALLBACK_READING_S if limit == UNSET else limit


def current_temperature(
    state: ProcedureState,
    reading: ProbeReading | ThermometerReading | None,
    at: datetime | None,
    now: datetime,
) -> Temperature:
    """The temperature of a reading while it is fresh and valid; a reason otherwise."""
    if reading is None or at is None:
        return Temperature(celsius=None, questionable=False, reason="nothing heard yet")
    if state.closed_at is None and is_stale(state, at, now):
        ahead = at > now
        reason = (
            "the host's clock was set back"
            if ahead
            else f"nothing heard for {seconds_since(at, now)} s"
        )
        return Temperature(celsius=None, questionable=False, reason=reason)
    celsius = (
        reading.tip_temperature_c if isinstance(reading, ProbeReading) else reading.temperature_c
    )
    if reading.validity is MeasurementValidity.INVALID or celsius is None:
        reason = reading.reason or "the reading is not valid"
        return Temperature(celsius=None, questionable=False, reason=reason)
    questionable = reading.validity is not MeasurementValidity.VALID
    return Temperature(celsius=round(celsius, 1), questionable=questionable, reason=reading.reason)


def probe_rows(state: ProcedureState, now: datetime) -> tuple[ProbeRow, ...]:
    """Every probe that was heard or assigned."""
    return tuple(_probe_row(state, key, probe, now) for key, probe in state.probes.items())


def _probe_row(state: ProcedureState, key: str, probe: ProbeState, now: datetime) -> ProbeRow:
    temperature = current_temperature(state, probe.last, probe.last_at, now)
    silent = temperature.celsius is None and state.closed_at is None
    phase = CyclePhase.UNKNOWN if silent else probe.cycles.phase
    since = probe.last_at if silent else probe.cycles.phase_since
    cycle = probe.cycles.cycles[-1] if probe.cycles.cycles else None
    wanted = state.protocol.cryo.cycles
    return ProbeRow(
        key=key,
        name=f"Probe {probe.probe}",
        target=_target_key(probe),
        phase=phase,
        phase_s=seconds_since(since, now) if since else None,
        cycle=cycle.number if cycle else 0,
        cycles_wanted=None if wanted == UNSET else wanted,
        coldest_c=cycle.minimum_temperature_c if cycle else None,
        temperature=temperature,
        gas_pressure_kpa=probe.last.gas_pressure_kpa if probe.last and not silent else None,
        face=probe_face(state, probe, now),
        spans=tuple(
            Span(
                phase=span.phase,
                start_s=span.started.timestamp(),
                end_s=span.ended.timestamp() if span.ended else None,
            )
            for one in probe.cycles.cycles
            for span in one.phases
        ),
        curve=curve(probe.curve.points(), reading_limit_s(state)),
    )


def _target_key(probe: ProbeState) -> str | None:
    if probe.lesion is None or probe.zone is None:
        return None
    return Target(lesion=probe.lesion, zone=probe.zone).key


def sensor_rows(state: ProcedureState, now: datetime) -> tuple[SensorRow, ...]:
    """Every thermometer channel that was heard or assigned."""
    return tuple(_sensor_row(state, key, sensor, now) for key, sensor in state.sensors.items())


def _sensor_row(state: ProcedureState, key: str, sensor: SensorState, now: datetime) -> SensorRow:
    limits = {organ.name: organ.temperature_minimum_c for organ in state.protocol.organs}
    minimum = limits.get(sensor.structure or "")
    return SensorRow(
        key=key,
        name=sensor.structure or f"Thermometer {sensor.channel}",
        temperature=current_temperature(state, sensor.last, sensor.last_at, now),
        minimum_c=None if isinstance(minimum, str) else minimum,
        curve=curve(sensor.curve.points(), reading_limit_s(state)),
    )


def curve(points: Iterable[TemperaturePoint], gap_s: float) -> Curve:
    """Thin a curve to what a plot can show: extremes, gaps and the newest point stay.

    A gap is a point without a temperature, or more than ``gap_s`` between two points.
    """
    broken: list[tuple[float, float | None]] = []
    for point in points:
        at_s = point.utc.timestamp()
        if broken and at_s - broken[-1][0] > gap_s:
            broken.append(((broken[-1][0] + at_s) / 2, None))
        broken.append((at_s, point.temperature_c))
    step = max(1, -(-2 * len(broken) // CURVE_POINTS))
    kept: list[tuple[float, float | None]] = []
    for start in range(0, len(broken), step):
        kept.extend(_extremes(broken[start : start + step]))
    if broken and kept[-1] != broken[-1]:
        kept.append(broken[-1])
    return Curve(
        at_s=tuple(round(at_s, 1) for at_s, _ in kept),
        temperature_c=tuple(None if value is None else round(value, 1) for _, value in kept),
    )


def _extremes(bucket: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    """The coldest, the warmest and the first missing point of a bucket, in order of time."""
    known = [(value, n) for n, (_, value) in enumerate(bucket) if value is not None]
    missing = next((n for n, (_, value) in enumerate(bucket) if value is None), None)
    chosen = {min(known)[1], max(known)[1]} if known else set[int]()
    if missing is not None:
        chosen.add(missing)
    return [bucket[n] for n in sorted(chosen)]
