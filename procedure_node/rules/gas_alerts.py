"""Alert condition of gas that will not last until a freeze is over."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from procedure_node.cycles import clock_of, schedule_of
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.freeze_alerts import place_of
from procedure_node.rules.staleness import is_stale
from procedure_node.state import ProbeState, ProcedureState

LEAST_POINTS, LEAST_SPAN_S = 4, 45.0
"""Fewer pressures, or a shorter time, give no slope that is worth telling."""

STANDARD_ERRORS = 2.0
"""The band of the slope: about 95 % of it, if the pressure falls evenly."""

CLEARS_SHARE, CLEARS_S = 1.1, 30.0
"""The gas must be told to last so much longer than the freeze before the alert is taken back."""


@dataclass(frozen=True, slots=True)
class GasForecast:
    """How long a supply stays above the least pressure at which it freezes, s.

    ``low_s`` and ``high_s`` are its band by the scatter of the pressures around their line; both
    are 0 where the pressure is at the least already. The pressure is taken to fall evenly.
    """

    lasts_s: float
    low_s: float
    high_s: float


def gas_forecast(
    pressures: tuple[tuple[float, float], ...], least_kpa: float, now_s: float
) -> GasForecast | None:
    """When a supply falls below ``least_kpa``; None where too little is known of its fall.

    Args:
        pressures: (s since 1970, kPa), in order of time.
        least_kpa: the pressure below which it does not freeze as it should, kPa.
        now_s: s since 1970; what is told is from then on.
    """
    count = len(pressures)
    if count < LEAST_POINTS or pressures[-1][0] - pressures[0][0] < LEAST_SPAN_S:
        return None
    mean_s = sum(at_s for at_s, _ in pressures) / count
    mean_kpa = sum(kpa for _, kpa in pressures) / count
    spread = sum((at_s - mean_s) ** 2 for at_s, _ in pressures)
    slope = sum((at_s - mean_s) * (kpa - mean_kpa) for at_s, kpa in pressures) / spread
    rest = sum((kpa - mean_kpa - slope * (at_s - mean_s)) ** 2 for at_s, kpa in pressures)
    error = STANDARD_ERRORS * math.sqrt(rest / (count - 2) / spread)
    above_kpa = mean_kpa + slope * (now_s - mean_s) - least_kpa
    return GasForecast(
        lasts_s=_lasts_s(above_kpa, slope),
        low_s=_lasts_s(above_kpa, slope - error),
        high_s=_lasts_s(above_kpa, slope + error),
    )


def _lasts_s(above_kpa: float, slope: float) -> float:
    if above_kpa <= 0:
        return 0.0
    return above_kpa / -slope if slope < 0 else math.inf


def gas_supplies(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    """Supplies that end before the freeze that they feed; silent where that cannot be told."""
    least_kpa = state.protocol.cryo.gas_minimum_kpa
    if isinstance(least_kpa, str):
        return
    for device in dict.fromkeys(probe.device for probe in state.probes.values()):
        yield from _supply(state, device, least_kpa, now)


def _supply(
    state: ProcedureState, device: str, least_kpa: float, now: datetime
) -> Iterator[Finding]:
    same = alert_id("gas-short", device)
    schedule = schedule_of(state.protocol.cryo)
    worst: tuple[float, GasForecast, ProbeState] | None = None
    hidden = barely = False
    for probe in state.probes.values():
        if probe.device != device:
            continue
        clock = clock_of(probe.cycles, schedule, now)
        hidden = hidden or clock.step == "UNKNOWN"
        if clock.step != "FREEZE" or not clock.remaining_s:
            continue
        forecast = gas_forecast(probe.cycles.gas, least_kpa, now.timestamp())
        if forecast is None or is_stale(state, probe.last_at, now):
            hidden = True
            continue
        barely = barely or forecast.lasts_s < CLEARS_SHARE * clock.remaining_s + CLEARS_S
        short_s = clock.remaining_s - forecast.lasts_s
        if short_s > 0 and (worst is None or short_s > worst[0]):
            worst = (short_s, forecast, probe)
    if worst is None:
        if hidden or barely:
            yield Undecided(same)
        return
    short_s, forecast, probe = worst
    yield present(
        "gas-short",
        device,
        text=_text(state, same, short_s, forecast, probe),
    )


def _text(
    state: ProcedureState, same: str, short_s: float, forecast: GasForecast, probe: ProbeState
) -> str:
    """How much too early the gas ends, to the minute; a minute more or less is no news."""

    def words(short_min: int, error_min: int) -> str:
        return (
            f"The gas of {probe.device} will be too low about {short_min} (+/- {error_min}) min "
            f"before the freeze of {place_of(probe)} ends"
        )

    short_min = math.ceil(short_s / 60)
    high_s = min(forecast.high_s, forecast.lasts_s + short_s + 60.0)
    error_min = max(1, math.ceil((high_s - forecast.low_s) / 2 / 60))
    known = state.alerts.get(same)
    said = known.raised.text if known is not None and known.present else ""
    near = (words(short_min + step, error_min + more) for step in (-1, 0, 1) for more in (-1, 0, 1))
    return said if said in near else words(short_min, error_min)
