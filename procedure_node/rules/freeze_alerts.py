"""Alert conditions of freezing and of temperatures near organs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.protocol import UNSET, OrganConstraint
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.freeze import WHOLE_FREEZE_SHARE
from procedure_node.state import ProbeState, ProcedureState, SensorState

CLOCK_TOLERANCE = timedelta(seconds=1)
"""A host clock that is disciplined by NTP is never set back further than this."""


def freezes(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    """Probes that do not get cold in time, and freezes that were ended too early."""
    for key, probe in state.probes.items():
        if probe.lesion is None:
            continue
        if probe.cycles.phase is CyclePhase.UNKNOWN:
            yield Undecided(alert_id("freeze-too-slow", key))
            yield Undecided(alert_id("thaw-early", key))
            continue
        yield from _too_slow(state, key, probe, now)
        yield from _thawed_early(state, key, probe)


def _too_slow(
    state: ProcedureState, key: str, probe: ProbeState, now: datetime
) -> Iterator[Finding]:
    rules = state.protocol.cryo
    if isinstance(rules.tip_target_c, str) or isinstance(rules.tip_target_within_s, str):
        return
    if probe.cycles.phase is not CyclePhase.FREEZE or not probe.cycles.cycles:
        return
    cycle = probe.cycles.cycles[-1]
    late = now - cycle.started > timedelta(seconds=rules.tip_target_within_s)
    coldest = cycle.minimum_temperature_c
    if late and (coldest is None or coldest > rules.tip_target_c):
        yield present(
            "freeze-too-slow",
            key,
            priority="MEDIUM",
            category="PHYSIOLOGICAL",
            text=(
                f"Probe {probe.probe} is not at {rules.tip_target_c:g} C after "
                f"{rules.tip_target_within_s:g} s of freezing"
            ),
            action="Check the gas pressure and the probe",
        )


def _thawed_early(state: ProcedureState, key: str, probe: ProbeState) -> Iterator[Finding]:
    wanted_min = state.protocol.cryo.freeze_minutes
    if wanted_min == UNSET or not probe.cycles.cycles:
        return
    cycle = probe.cycles.cycles[-1]
    ended = any(
        span.phase in (CyclePhase.PASSIVE_THAW, CyclePhase.ACTIVE_THAW) for span in cycle.phases
    )
    if not ended:
        return
    if cycle.freeze_s + cycle.unknown_s >= WHOLE_FREEZE_SHARE * wanted_min * 60.0:
        return
    yield present(
        "thaw-early",
        key,
        priority="MEDIUM",
        category="PHYSIOLOGICAL",
        text=(
            f"Probe {probe.probe} was thawed after {_clock(cycle.freeze_s)} of freezing, "
            f"the protocol wants {_clock(wanted_min * 60.0)}"
        ),
        action="Freeze again, or note why the freeze was shortened",
    )


def _clock(duration_s: float) -> str:
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes}:{seconds:02d} min"


def cold_organs(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    """Thermometers at an organ that are colder than the organ may get."""
    limits = {organ.name: organ for organ in state.protocol.organs}
    for sensor in state.sensors.values():
        organ = limits.get(sensor.structure or "")
        if organ is not None and isinstance(organ.temperature_minimum_c, float):
            yield from _cold_organ(state, sensor, organ, organ.temperature_minimum_c, now)


def _cold_organ(
    state: ProcedureState,
    sensor: SensorState,
    organ: OrganConstraint,
    minimum_c: float,
    now: datetime,
) -> Iterator[Finding]:
    reading = sensor.last
    celsius = reading.temperature_c if reading is not None else None
    if (
        reading is None
        or celsius is None
        or reading.validity is MeasurementValidity.INVALID
        or is_stale(state, sensor.last_at, now)
    ):
        yield Undecided(alert_id("organ-sensor-cold", organ.name))
    elif celsius >= minimum_c:
        if reading.validity is not MeasurementValidity.VALID:
            yield Undecided(alert_id("organ-sensor-cold", organ.name))
    else:
        yield present(
            "organ-sensor-cold",
            organ.name,
            priority="HIGH",
            category="PHYSIOLOGICAL",
            text=(f"{organ.name} is at {celsius:.0f} C, it must stay above {minimum_c:g} C"),
            action="Stop or slow the freeze near it; warm the organ",
        )


def is_stale(state: ProcedureState, last_at: datetime | None, now: datetime) -> bool:
    """Whether the last reading is older than the protocol allows; never, where that is unset.

    A reading from the future was taken before the host's clock was set back: its age is not known.
    """
    limit = state.protocol.freshness.reading_s
    if last_at is None or now - last_at < -CLOCK_TOLERANCE:
        return True
    return limit != UNSET and now - last_at > timedelta(seconds=limit)
