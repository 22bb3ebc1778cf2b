"""Time below a temperature."""


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
