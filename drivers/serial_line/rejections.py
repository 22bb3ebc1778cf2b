"""Telling of rejected bytes without flooding whoever listens."""

from collections.abc import Callable, Sequence

from dosimetry_core.values import Timestamp
from drivers.serial_line.quarantine import Quarantine
from drivers.telemetry import Rejected

REPORT_INTERVAL_S = 1.0
"""A wrong baud rate rejects all that comes; telling of it once a second is enough."""


class Rejections:
    """Keeps every rejected byte at once and tells of them at most once per ``REPORT_INTERVAL_S``.

    Args:
        quarantine: where the bytes are kept.
        tell: called with the time of the last rejection, the count of bytes, and the reason.
        now_s: the clock that paces the telling, s.
    """

    def __init__(
        self,
        quarantine: Quarantine,
        tell: Callable[[Timestamp, int, str], None],
        now_s: Callable[[], float],
    ) -> None:
        self._quarantine = quarantine
        self._tell = tell
        self._now_s = now_s
        self._next_report_s = now_s()
        self._waiting: list[tuple[Timestamp, int, str]] = []

    @property
    def due_s(self) -> float | None:
        """When ``tell_if_due`` has something to tell; None when nothing waits."""
        return self._next_report_s if self._waiting else None

    def add(self, timestamp: Timestamp, rejected: Sequence[Rejected]) -> None:
        """Keep rejected bytes and tell of them now or when it is time."""
        if not rejected:
            return
        self._quarantine.keep(timestamp, rejected)
        self._waiting += [(timestamp, len(item.data), item.reason) for item in rejected]
        self.tell_if_due()

    def tell_if_due(self) -> None:
        """Tell of what waits if the last telling is long enough ago."""
        if self._waiting and self._now_s() >= self._next_report_s:
            self.tell_all()

    def tell_all(self) -> None:
        """Tell of all that waits."""
        if not self._waiting:
            return
        timestamp, _, _ = self._waiting[-1]
        byte_count = sum(count for _, count, _ in self._waiting)
        reason = self._waiting[0][2]
        if len(self._waiting) > 1:
            reason += f" (and {len(self._waiting) - 1} more)"
        self._waiting = []
        self._next_report_s = self._now_s() + REPORT_INTERVAL_S
        self._tell(timestamp, byte_count, reason)
