"""Probes and thermometers of the sample."""

import math
from datetime import datetime, timedelta

from dosimetry_core.values import CyclePhase, MeasurementValidity, ZoneKind
from procedure_node.cycles.model import FreezeThawCycle, PhaseSpan, ProbeCycles
from procedure_node.events import ProbeReading, ThermometerReading
from procedure_node.state import (
    Placement,
    ProbeState,
    SensorState,
    TemperatureCurve,
    TemperaturePoint,
)


def freeze_curve(start: datetime, now: datetime, coldest_c: float, gap: tuple[float, float] | None):
    """Two freezes of 10 minutes with a passive thaw of 8 between; ``gap`` in s after the start."""
    points: list[TemperaturePoint] = []
    celsius = 36.0
    seconds = int((now - start).total_seconds())
    for t in range(seconds + 1):
        freezing = t < 600 or t >= 1080
        goal, tau = (coldest_c, 28.0) if freezing else (8.0, 190.0)
        celsius += (goal - celsius) / tau
        known = None if gap and gap[0] <= t < gap[1] else round(celsius, 1)
        points.append(TemperaturePoint(utc=start + timedelta(seconds=t), temperature_c=known))
    return tuple(points)


def probe(number: int, lesion: str, zone: ZoneKind, now: datetime, gap=None) -> ProbeState:
    start = now - timedelta(seconds=1380)
    thaw, second = start + timedelta(seconds=600), start + timedelta(seconds=1080)
    freeze, passive = CyclePhase.FREEZE, CyclePhase.PASSIVE_THAW
    first_phases = [PhaseSpan(phase=freeze, started=start, ended=thaw, minimum_temperature_c=-142)]
    if gap:
        lost, back = start + timedelta(seconds=gap[0]), start + timedelta(seconds=gap[1])
        first_phases = [
            PhaseSpan(phase=freeze, started=start, ended=lost, minimum_temperature_c=-142),
            PhaseSpan(phase=CyclePhase.UNKNOWN, started=lost, ended=back),
            PhaseSpan(phase=freeze, started=back, ended=thaw, minimum_temperature_c=-142),
        ]
    cycles = (
        FreezeThawCycle(
            number=1,
            started=start,
            ended=second,
            phases=(*first_phases, PhaseSpan(phase=passive, started=thaw, ended=second)),
            minimum_temperature_c=-142.0,
            freeze_s=600.0 - (gap[1] - gap[0] if gap else 0.0),
            unknown_s=gap[1] - gap[0] if gap else 0.0,
        ),
        FreezeThawCycle(
            number=2,
            started=second,
            phases=(PhaseSpan(phase=freeze, started=second, minimum_temperature_c=-141.5),),
            minimum_temperature_c=-141.5,
            freeze_s=300.0,
        ),
    )
    curve = freeze_curve(start, now, -118.0 - 12.0 * number, gap)
    return ProbeState(
        device="console",
        probe=number,
        lesion=lesion,
        zone=zone,
        placements=(Placement(at=start - timedelta(minutes=5), lesion=lesion, zone=zone),),
        last=ProbeReading(
            device="console",
            sequence=1380,
            probe=number,
            mode="FREEZE",
            power_percent=100.0,
            tip_temperature_c=curve[-1].temperature_c,
            gas_pressure_kpa=21400.0,
            validity=MeasurementValidity.VALID,
        ),
        last_at=now - timedelta(seconds=1),
        cycles=ProbeCycles(
            phase=freeze,
            phase_since=second,
            cycles=cycles,
            last_reading_at=now,
            accounted_until=now,
        ),
        curve=TemperatureCurve(newest=curve),
    )


def sensor(channel: int, organ: str, now: datetime, *, silent_s: int = 1) -> SensorState:
    start = now - timedelta(seconds=1380)
    points = [
        TemperaturePoint(
            utc=start + timedelta(seconds=t),
            temperature_c=round(36.4 - 0.014 * t + math.sin(t / 90), 1),
        )
        for t in range(0, 1381 - silent_s, 2)
    ]
    return SensorState(
        device="thermometer",
        channel=channel,
        structure=organ,
        last=ThermometerReading(
            device="thermometer",
            sequence=600,
            channel=channel,
            temperature_c=points[-1].temperature_c,
            validity=MeasurementValidity.VALID,
        ),
        last_at=now - timedelta(seconds=silent_s),
        curve=TemperatureCurve(newest=tuple(points)),
    )
