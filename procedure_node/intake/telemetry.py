"""From what a telemetry link tells to the payload of an event."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from dosimetry_core.values import Timestamp
from drivers.telemetry import (
    Gap,
    LinkStateChanged,
    ProbeSample,
    RejectedBytes,
    TelemetryValue,
    ThermometerSample,
)
from procedure_node.events import (
    BytesRejected,
    EventTime,
    LinkChanged,
    ProbeReading,
    TelemetryGap,
    ThermometerReading,
)

_NO_TIPS: Mapping[int, int] = MappingProxyType({})

TelemetryPayload = ProbeReading | ThermometerReading | TelemetryGap | BytesRejected | LinkChanged


def event_time(timestamp: Timestamp) -> EventTime:
    """The same instant, as events carry it."""
    return EventTime(
        utc=timestamp.utc,
        monotonic_ns=timestamp.monotonic_ns,
        device_time_s=timestamp.device_time_s,
    )


def payload_of(
    value: TelemetryValue, probe_of_channel: Mapping[int, int] = _NO_TIPS
) -> TelemetryPayload:
    """The payload that says what ``value`` says; its time and mode belong to the event.

    A thermometer channel of ``probe_of_channel`` is a probe's tip: its readings are of that probe.
    """
    match value:
        case ProbeSample():
            return _probe_reading(value)
        case ThermometerSample() if value.channel in probe_of_channel:
            return _tip_reading(value, probe_of_channel[value.channel])
        case ThermometerSample():
            return _thermometer_reading(value)
        case Gap():
            return TelemetryGap(
                device=value.device,
                cause=value.cause,
                lost_frames=value.lost_frames,
                reason=value.reason,
            )
        case RejectedBytes():
            return BytesRejected(
                device=value.device,
                byte_count=value.byte_count,
                reason=value.reason,
                quarantine_file=value.quarantine_file,
            )
        case LinkStateChanged():
            return LinkChanged(
                link=value.device, role=value.role, state=value.state, reason=value.reason
            )
        case _:
            assert_never(value)


def _probe_reading(value: ProbeSample) -> ProbeReading:
    return ProbeReading(
        device=value.device,
        sequence=value.sequence,
        probe=value.probe,
        mode=value.mode,
        power_percent=value.power_percent,
        tip_temperature_c=value.tip_temperature_c,
        gas_pressure_kpa=value.gas_pressure_kpa,
        validity=value.validity,
        reason=value.reason,
    )


def _tip_reading(value: ThermometerSample, probe: int) -> ProbeReading:
    """A thermometer at a tip knows what the tip has, and nothing of what the probe does."""
    return ProbeReading(
        device=value.device,
        sequence=value.sequence,
        probe=probe,
        mode=None,
        power_percent=None,
        tip_temperature_c=value.temperature_c,
        gas_pressure_kpa=None,
        validity=value.validity,
        reason=value.reason,
    )


def _thermometer_reading(value: ThermometerSample) -> ThermometerReading:
    return ThermometerReading(
        device=value.device,
        sequence=value.sequence,
        channel=value.channel,
        temperature_c=value.temperature_c,
        validity=value.validity,
        reason=value.reason,
    )
