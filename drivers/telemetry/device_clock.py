"""Whether a device's clock runs with the host's: stopped, jumped, or drifting.

Pure: what it knows of the host's time is what it is told.
"""

from drivers.telemetry.drift import ClockDrift
from drivers.telemetry.interruption import Interruption

CLOCK_TOLERANCE_S = 2.0
"""More than a busy host or a USB adapter holds frames back, less than two missed seconds."""


class DeviceClock:
    """The clock of one device, as its frames show it."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self._moved_ns = 0
        self._stopped = False
        self._drift = ClockDrift()

    @property
    def drift_ppm(self) -> float | None:
        """How much the device's clock is fast, parts per million; None while not known."""
        return self._drift.ppm

    def begin(self, device_time_ms: int, monotonic_ns: int) -> None:
        """The device started, or its clock was set: nothing is compared with what was before."""
        self._last = (device_time_ms, monotonic_ns)
        self._moved_ns = monotonic_ns
        self._stopped = False
        self._drift = ClockDrift()

    def judge(self, device_time_ms: int, monotonic_ns: int) -> tuple[str, Interruption | None]:
        """Compare a frame's device time with the host's time at which it arrived.

        Returns:
            Why the reading is QUESTIONABLE (empty if it is not), and the interruption that begins
            with this frame, if one does.
        """
        if self._last is None:
            self.begin(device_time_ms, monotonic_ns)
        last_ms, last_ns = self._last or (device_time_ms, monotonic_ns)
        self._last = (device_time_ms, monotonic_ns)
        device_s = (device_time_ms - last_ms) / 1000
        if device_s == 0:
            return self._standing(device_time_ms / 1000, monotonic_ns)
        host_s = (monotonic_ns - last_ns) / 1e9
        ran_again = self._stopped and device_s > 0
        self._stopped = False
        self._moved_ns = monotonic_ns
        if abs(device_s - host_s) <= CLOCK_TOLERANCE_S and not ran_again:
            self._drift.add(device_time_ms / 1000, monotonic_ns / 1e9)
            return "", None
        self._drift = ClockDrift()
        if ran_again:
            return "", None
        doubt = f"the device's clock moved by {device_s:.1f} s while {host_s:.1f} s passed"
        return doubt, Interruption("DEVICE_CLOCK", None, doubt)

    def _standing(self, device_time_s: float, monotonic_ns: int) -> tuple[str, Interruption | None]:
        stood_s = (monotonic_ns - self._moved_ns) / 1e9
        if stood_s <= CLOCK_TOLERANCE_S:
            return "", None
        doubt = f"the device's clock stands at {device_time_s:.3f} s"
        if self._stopped:
            return doubt, None
        self._stopped = True
        return doubt, Interruption("DEVICE_CLOCK", None, doubt)
