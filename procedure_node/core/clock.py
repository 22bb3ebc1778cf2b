"""Where the time comes from."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from procedure_node.events import EventTime

Clock = Callable[[], EventTime]


def system_clock() -> EventTime:
    """Now, by the host's wall and monotonic clocks."""
    return EventTime(utc=datetime.now(UTC), monotonic_ns=time.monotonic_ns())
