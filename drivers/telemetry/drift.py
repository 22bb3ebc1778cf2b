"""How much faster or slower a device's clock runs than the host's."""

from collections import deque

WINDOW_S = 10.0
"""Of each window only the frame that came with the least delay counts: delays are one-sided."""

WINDOWS = 360
"""One hour: long enough for a few ppm, short enough to follow a device that warms up."""

LEAST_WINDOWS = 6
"""Before a minute has passed, the jitter of a USB adapter (16 ms) is more than 250 ppm."""


class ClockDrift:
    """The slope of a device's clock against the host's monotonic clock.

    The least delayed frame of each window is the one whose device time is furthest ahead of the
    host's; a straight line through those, by least squares, has the drift as its slope.
    """

    def __init__(self) -> None:
        self._origin: tuple[float, float] | None = None
        self._windows: deque[tuple[float, float]] = deque(maxlen=WINDOWS)
        self._window = 0
        self._ppm: float | None = None

    def add(self, device_s: float, host_s: float) -> None:
        """Take the two times at which a frame was sent and arrived, s."""
        if self._origin is None:
            self._origin = (device_s, host_s)
        elapsed_s = host_s - self._origin[1]
        ahead_s = device_s - self._origin[0] - elapsed_s
        window = int(elapsed_s // WINDOW_S)
        if not self._windows or window != self._window:
            self._window = window
            self._ppm = self._slope_ppm()
            self._windows.append((elapsed_s, ahead_s))
        elif ahead_s > self._windows[-1][1]:
            self._windows[-1] = (elapsed_s, ahead_s)

    @property
    def ppm(self) -> float | None:
        """Parts per million, positive where the device's clock is fast; None while not known.

        Of the windows that are over; it changes when one ends.
        """
        return self._ppm

    def _slope_ppm(self) -> float | None:
        if len(self._windows) < LEAST_WINDOWS:
            return None
        count = len(self._windows)
        mean_host_s = sum(host_s for host_s, _ in self._windows) / count
        mean_ahead_s = sum(ahead_s for _, ahead_s in self._windows) / count
        spread = sum((host_s - mean_host_s) ** 2 for host_s, _ in self._windows)
        common = sum((h - mean_host_s) * (a - mean_ahead_s) for h, a in self._windows)
        return common / spread * 1e6
