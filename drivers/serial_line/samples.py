"""From a frame to a judged sample."""

from dosimetry_core.values import MeasurementValidity, Timestamp
from drivers.telemetry import (
    ProbeFrame,
    ProbeSample,
    SensorStatus,
    ThermometerFrame,
    ThermometerSample,
)

PLAUSIBLE_C = (-200.0, 150.0)
"""From just below liquid nitrogen (-196 C) to just above any tip that thaws or cauterises."""

FAULTS: dict[SensorStatus, str] = {
    "OK": "",
    "OPEN": "the sensor's wire is open",
    "SHORT": "the sensor is short-circuited",
    "OVER": "the temperature is over the sensor's range",
    "UNDER": "the temperature is under the sensor's range",
}
"""Why there is no number, for each state of a sensor."""


def sample_of(
    frame: ProbeFrame | ThermometerFrame, at: Timestamp, device: str, doubt: str
) -> ProbeSample | ThermometerSample:
    """The sample that ``frame`` carries.

    INVALID with the sensor's fault; QUESTIONABLE with ``doubt``, or beyond what a sensor in this
    room can meet; else VALID.
    """
    if isinstance(frame, ProbeFrame):
        validity, reason = judged(frame.tip_temperature_c, FAULTS[frame.sensor], doubt)
        return ProbeSample(
            timestamp=at,
            device=device,
            generation_mode=frame.generation_mode,
            sequence=frame.sequence,
            probe=frame.probe,
            mode=frame.mode,
            power_percent=frame.power_percent,
            tip_temperature_c=frame.tip_temperature_c,
            gas_pressure_kpa=frame.gas_pressure_kpa,
            validity=validity,
            reason=reason,
        )
    validity, reason = judged(frame.temperature_c, FAULTS[frame.sensor], doubt)
    return ThermometerSample(
        timestamp=at,
        device=device,
        generation_mode=frame.generation_mode,
        sequence=frame.sequence,
        channel=frame.channel,
        temperature_c=frame.temperature_c,
        validity=validity,
        reason=reason,
    )


def judged(
    temperature_c: float | None, fault: str = "", doubt: str = ""
) -> tuple[MeasurementValidity, str]:
    """How far a temperature can be trusted, and why not.

    INVALID with ``fault`` where there is no number; QUESTIONABLE with ``doubt``, or beyond what a
    sensor in this room can meet; else VALID.
    """
    if temperature_c is None:
        return MeasurementValidity.INVALID, fault
    if doubt:
        return MeasurementValidity.QUESTIONABLE, doubt
    low_c, high_c = PLAUSIBLE_C
    if not low_c <= temperature_c <= high_c:
        reason = f"{temperature_c} C is outside {low_c:g} to {high_c:g} C"
        return MeasurementValidity.QUESTIONABLE, reason
    return MeasurementValidity.VALID, ""
