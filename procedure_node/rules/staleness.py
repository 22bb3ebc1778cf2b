"""Whether a reading is too old to say what is now."""

from datetime import datetime, timedelta

from procedure_node.protocol import UNSET
from procedure_node.state import ProcedureState

CLOCK_TOLERANCE = timedelta(seconds=1)
"""A host clock that is disciplined by NTP is never set back further than this."""


def is_stale(state: ProcedureState, last_at: datetime | None, now: datetime) -> bool:
    """Whether the last reading is older than the protocol allows; never, where that is unset.

    A reading from the future was taken before the host's clock was set back: its age is not known.
    """
    limit = state.protocol.freshness.reading_s
    if last_at is None or now - last_at < -CLOCK_TOLERANCE:
        return True
    return limit != UNSET and now - last_at > timedelta(seconds=limit)
