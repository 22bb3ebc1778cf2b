from datetime import UTC, datetime

import pytest

from dosimetry_core.values import (
    ConnectionState,
    GenerationMode,
    MeasurementValidity,
    Timestamp,
)
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
    Payload,
    ProbeReading,
    TelemetryGap,
    ThermometerReading,
)
from procedure_node.intake import event_time, payload_of

UTC_TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COMMON = {
    "timestamp": Timestamp(UTC_TIME, 77, 1.5),
    "device": "console-1",
    "generation_mode": GenerationMode.DEMO,
}


def test_an_event_time_carries_every_clock():
    assert event_time(Timestamp(UTC_TIME, 77, 1.5)) == EventTime(
        utc=UTC_TIME, monotonic_ns=77, device_time_s=1.5
    )


def test_a_thermometer_at_a_tip_tells_of_its_probe_and_of_no_mode():
    value = ThermometerSample(
        sequence=8,
        channel=3,
        temperature_c=-141.5,
        validity=MeasurementValidity.VALID,
        **COMMON,
    )
    assert payload_of(value, {3: 2}) == ProbeReading(
        device="console-1",
        sequence=8,
        probe=2,
        mode=None,
        power_percent=None,
        tip_temperature_c=-141.5,
        gas_pressure_kpa=None,
        validity=MeasurementValidity.VALID,
    )
    assert isinstance(payload_of(value, {1: 2}), ThermometerReading)


@pytest.mark.parametrize(
    ("value", "payload"),
    [
        (
            ProbeSample(
                sequence=7,
                probe=2,
                mode="HEAT",
                power_percent=40,
                tip_temperature_c=12.5,
                gas_pressure_kpa=None,
                validity=MeasurementValidity.QUESTIONABLE,
                reason="the device's clock stands at 1.500 s",
                **COMMON,
            ),
            ProbeReading(
                device="console-1",
                sequence=7,
                probe=2,
                mode="HEAT",
                power_percent=40.0,
                tip_temperature_c=12.5,
                gas_pressure_kpa=None,
                validity=MeasurementValidity.QUESTIONABLE,
                reason="the device's clock stands at 1.500 s",
            ),
        ),
        (
            ThermometerSample(
                sequence=8,
                channel=3,
                temperature_c=None,
                validity=MeasurementValidity.INVALID,
                reason="the sensor's wire is open",
                **COMMON,
            ),
            ThermometerReading(
                device="console-1",
                sequence=8,
                channel=3,
                temperature_c=None,
                validity=MeasurementValidity.INVALID,
                reason="the sensor's wire is open",
            ),
        ),
        (
            Gap(cause="LOST_FRAMES", lost_frames=3, reason="3 missing", **COMMON),
            TelemetryGap(
                device="console-1", cause="LOST_FRAMES", lost_frames=3, reason="3 missing"
            ),
        ),
        (
            RejectedBytes(byte_count=9, reason="noise", quarantine_file="q/c.jsonl", **COMMON),
            BytesRejected(
                device="console-1", byte_count=9, reason="noise", quarantine_file="q/c.jsonl"
            ),
        ),
        (
            LinkStateChanged(
                role="THERMOMETER",
                state=ConnectionState.NEGOTIATING,
                reason="waiting",
                **COMMON,
            ),
            LinkChanged(
                link="console-1",
                role="THERMOMETER",
                state=ConnectionState.NEGOTIATING,
                reason="waiting",
            ),
        ),
    ],
    ids=lambda case: type(case).__name__,
)
def test_each_value_has_a_payload_that_says_the_same(value: TelemetryValue, payload: Payload):
    assert payload_of(value) == payload
