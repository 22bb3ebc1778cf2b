"""How an alert condition is signalled at an instant: derived from state and time alone.

Words of IEEE 11073-10207: a condition is present or not; its signal is on, latched (the condition
is gone, the signal stays until acknowledged), acknowledged, or off; its sound may be paused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from procedure_node.alarms.registry import condition_of
from procedure_node.events import AlertPriority
from procedure_node.state import AlarmPause, AlertState

SignalPresence = Literal["ON", "LATCHED", "ACKNOWLEDGED", "OFF"]

PRIORITIES: tuple[AlertPriority, ...] = ("HIGH", "MEDIUM", "LOW")
"""The most urgent first."""


@dataclass(frozen=True, slots=True)
class AlertSignal:
    """The signal of one alert.

    Attributes:
        presence: whether it is told, and how.
        flashes: whether its light flashes: nobody has acknowledged it.
        sounds: whether it is to be heard.
        is_escalated: it is high and nobody has acknowledged it for too long.
    """

    presence: SignalPresence
    flashes: bool
    sounds: bool
    is_escalated: bool


def signal_of(alert: AlertState, pause: AlarmPause | None, now: datetime) -> AlertSignal:
    """The signal of an alert at ``now``; a mere consequence of another has none."""
    presence = _presence(alert)
    is_on = presence in ("ON", "LATCHED")
    is_paused = pause is not None and now < pause.until and alert.raised_at <= pause.at
    return AlertSignal(
        presence=presence,
        flashes=is_on and alert.raised.priority != "LOW",
        sounds=is_on and not is_paused,
        is_escalated=is_on and alert.escalated_at is not None,
    )


def _presence(alert: AlertState) -> SignalPresence:
    if alert.present and alert.raised.caused_by is not None:
        return "OFF"
    if alert.present:
        return "ON" if alert.acknowledged_at is None else "ACKNOWLEDGED"
    condition = condition_of(alert.raised.condition)
    latches = condition is not None and condition.latching and alert.raised.caused_by is None
    return "LATCHED" if latches and alert.acknowledged_at is None else "OFF"


def pause_left_s(pause: AlarmPause | None, now: datetime) -> float:
    """How long the sound of alarms is still paused, s; 0 if it is not."""
    return max(0.0, (pause.until - now).total_seconds()) if pause is not None else 0.0


def sounding_priority(
    alerts: Iterable[AlertState], pause: AlarmPause | None, now: datetime
) -> AlertPriority | None:
    """The most urgent priority that is to be heard now; None where none is."""
    heard = {a.raised.priority for a in alerts if signal_of(a, pause, now).sounds}
    return next((priority for priority in PRIORITIES if priority in heard), None)
