"""One instant, told by every clock that saw it."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Host wall time, host monotonic time and, where there is one, the device's own time.

    Attributes:
        utc: aware host wall time, UTC.
        monotonic_ns: host monotonic clock, ns; comparable only within one run of the service.
        device_time_s: seconds on the device's own clock, origin unspecified; None without a clock.

    Raises:
        ValueError: ``utc`` is not an aware UTC time.
    """

    utc: datetime
    monotonic_ns: int
    device_time_s: float | None = None

    def __post_init__(self) -> None:
        if self.utc.utcoffset() != timedelta(0):
            raise ValueError(f"Timestamp.utc must be an aware UTC datetime, got {self.utc!r}")
