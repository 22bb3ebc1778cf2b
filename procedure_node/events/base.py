"""What every event and every fact in it is built on."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Positive = Annotated[float, Field(gt=0.0)]
XyzMm = tuple[float, float, float]


class Fact(BaseModel):
    """A frozen value inside an event or a state; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class EventTime(Fact):
    """When something happened, by every clock that saw it.

    ``utc`` and ``monotonic_ns`` are the host's; ``device_time_s`` is the device's own clock.
    """

    utc: AwareDatetime
    monotonic_ns: int
    device_time_s: float | None = None


class Originator(Fact):
    """Who or what a value comes from: a device, the system itself, or a person."""

    kind: Literal["DEVICE", "SYSTEM", "PERSON"]
    name: str


class Payload(Fact):
    """Base of all event payloads. Subclasses fix ``kind`` and ``version`` as literals."""
