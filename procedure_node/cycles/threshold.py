"""Time below a temperature."""

from datetime import datetime, timedelta


def seconds_below(limit_c: float, start_c: float, end_c: float, elapsed_s: float) -> float:
    """How long a temperature that goes straight from ``start_c`` to ``end_c`` is below a limit.

    Args:
        limit_c: the limit, C.
        start_c: temperature at the start, C.
        end_c: temperature at the end, C.
        elapsed_s: time between the two, s.

    Returns:
        0 to ``elapsed_s``, s; being at the limit is not being below it.
    """
    if start_c >= limit_c and end_c >= limit_c:
        return 0.0
    if start_c < limit_c and end_c < limit_c:
        return elapsed_s
    low_c, high_c = min(start_c, end_c), max(start_c, end_c)
    return elapsed_s * (limit_c - low_c) / (high_c - low_c)


def first_below(
    limit_c: float, start_c: float, end_c: float, end: datetime, elapsed_s: float
) -> datetime | None:
    """When a temperature that goes straight from ``start_c`` to ``end_c`` first is at a limit.

    Args:
        limit_c: the limit, C; at it counts.
        start_c: temperature at the start, C.
        end_c: temperature at the end, C.
        end: when it is at ``end_c``.
        elapsed_s: time between the two, s.

    Returns:
        A time in between, None where both are above the limit.
    """
    if start_c <= limit_c:
        return end - timedelta(seconds=elapsed_s)
    if end_c > limit_c:
        return None
    return end - timedelta(seconds=elapsed_s * (limit_c - end_c) / (start_c - end_c))
