"""Alert conditions of temperatures near organs."""

from collections.abc import Iterator
from datetime import datetime

from dosimetry_core.values import MeasurementValidity
from procedure_node.alarms import CONDITIONS
from procedure_node.protocol import OrganConstraint
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.staleness import is_stale
from procedure_node.state import ProcedureState, SensorState

CLEARS_ABOVE_C = CONDITIONS["organ-sensor-cold"].hysteresis


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
    same = alert_id("organ-sensor-cold", organ.name)
    if (
        reading is None
        or celsius is None
        or reading.validity is MeasurementValidity.INVALID
        or is_stale(state, sensor.last_at, now)
    ):
        yield Undecided(same)
    elif celsius >= minimum_c:
        doubtful = reading.validity is not MeasurementValidity.VALID
        if doubtful or celsius < minimum_c + CLEARS_ABOVE_C:
            yield Undecided(same)
    else:
        yield present(
            "organ-sensor-cold",
            organ.name,
            text=_text(state, same, organ.name, celsius, minimum_c),
        )


def _text(state: ProcedureState, same: str, organ: str, celsius: float, minimum_c: float) -> str:
    """The temperature to the degree; a degree more or less is no news."""

    def words(degrees: int) -> str:
        return f"{organ} is at {degrees} C, it must stay above {minimum_c:g} C"

    degrees = round(celsius)
    known = state.alerts.get(same)
    said = known.raised.text if known is not None and known.present else ""
    near = (words(degrees + step) for step in (-1, 0, 1))
    return said if said in near else words(degrees)
