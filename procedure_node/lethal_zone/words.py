"""What is doubtful of a modelled freeze, in words."""

from collections.abc import Sequence

from procedure_node.lethal_zone.courses import Gap


def gap_words(gaps: Sequence[Gap], time_scale: float) -> tuple[str, ...]:
    """One line for each probe whose readings are missing somewhere; in the clock's time."""
    by_probe: dict[str, list[Gap]] = {}
    for gap in gaps:
        by_probe.setdefault(gap.probe, []).append(gap)
    return tuple(_line(probe, found, time_scale) for probe, found in by_probe.items())


def _line(probe: str, gaps: list[Gap], time_scale: float) -> str:
    known_s = [gap.lasted_s / time_scale for gap in gaps if gap.lasted_s is not None]
    parts = [f"no readings of it for {sum(known_s):.0f} s"] if known_s else []
    if len(known_s) < len(gaps):
        parts.append("it is not heard now")
    return f"probe {probe}: {', '.join(parts)}; the bands hold all that it may have done meanwhile"
