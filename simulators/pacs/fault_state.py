"""How far a fault plan has been played."""

import threading
import time
from collections.abc import Sequence

from simulators.pacs.faults import FaultPlan
from simulators.pacs.holdings import HeldObject


class FaultState:
    """Counts down a plan's faults. Safe to share by threads."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._lock = threading.Lock()
        self._started_s = time.monotonic()
        self._associations_to_reject = plan.reject_associations
        self._moves_to_break = plan.broken_moves
        self._moved_series: set[str] = set()

    def start(self) -> None:
        """Begin to count the times of the plan."""
        self._started_s = time.monotonic()

    def rejects_association(self) -> bool:
        """Whether the association that is asked for now is rejected."""
        running_s = time.monotonic() - self._started_s
        with self._lock:
            if self._associations_to_reject:
                self._associations_to_reject -= 1
                return True
        return any(
            outage.after_s <= running_s < outage.after_s + outage.for_s
            for outage in self.plan.outages
        )

    def images_to_send(self, wanted: Sequence[HeldObject]) -> tuple[HeldObject, ...]:
        """What of the wanted images a C-MOVE sends."""
        series_uids = {held.series_uid for held in wanted}
        with self._lock:
            is_first_time = not series_uids & self._moved_series
            self._moved_series |= series_uids
        kept = max(0, len(wanted) - self.plan.withheld_images) if is_first_time else len(wanted)
        return tuple(wanted[:kept])

    def break_move_after(self) -> int | None:
        """After how many images the C-MOVE that begins now breaks off; None where it does not."""
        with self._lock:
            if not self._moves_to_break:
                return None
            self._moves_to_break -= 1
            return self.plan.broken_after_images
