"""The phase of a probe whose console tells no mode, from its tip's temperature and slope.

What the temperature alone cannot tell is UNKNOWN, and what it can never tell (a stick, a test) is
told as what it looks like. Each number has its reason here; docs/cycles.md draws the rules.
"""

from dosimetry_core.values import CyclePhase
from procedure_node.cycles.model import ProbeCycles

WINDOW_S = 15.0
"""The slope is that of the straight line through this much time. A thermocouple that is noisy by
1 C (1 sigma), read every second, leaves 0.05 C/s of noise in it."""

LEAST_POINTS, LEAST_SPAN_S = 3, 2.0
"""Fewer readings, or readings all at once, have no slope that can be trusted: UNKNOWN."""

FALLING_C_PER_S = -0.5
"""Gas that is switched on cools a tip by several C/s until it nears its plateau (-120 to -165 C in
more than 10 s: China Med Equip 2011); tissue alone, with a heat of its own, never cools it."""

RISING_C_PER_S = 0.3
"""A tip whose gas is switched off rises faster than that while it is deeply frozen; a supply that
gets empty makes it rise by less."""

STEADY_C_PER_S = 0.1
"""A tip that was rising is at a plateau again when it rises by less than that: the gap to
``RISING_C_PER_S`` keeps a slow rise from being a freeze and a thaw by turns."""

HEATED_C_PER_S = 1.0
"""Above 0 C ice around the tip holds it back; one that rises faster than that is being heated."""

TREATING_C = -40.0
"""Nothing but gas holds a tip below that."""

THAWED_C = 20.0
"""A passive thaw is over where the tip is this warm."""

HOTTER_THAN_BLOOD_C = 40.0
"""Nothing but a heater makes a tip this warm."""

Tip = tuple[tuple[float, float], ...]


def with_tip(tip: Tip, at_s: float, tip_c: float) -> Tip:
    """The last ``WINDOW_S`` of readings, (s, C), with one more."""
    return (*(point for point in tip if at_s - point[0] <= WINDOW_S), (at_s, tip_c))


def phase_of_tip(cycles: ProbeCycles, tip: Tip) -> tuple[CyclePhase, bool]:
    """The phase after the readings of ``tip``, and whether it is warming, too cold to be told.

    Args:
        cycles: what is known before the last of the readings.
        tip: the readings of the last ``WINDOW_S``, (s, C), since the last gap.
    """
    line = _line(tip)
    if line is None:
        return CyclePhase.UNKNOWN, False
    now_c, slope = line
    if slope <= FALLING_C_PER_S and now_c < 0:
        return CyclePhase.FREEZE, False
    if now_c <= TREATING_C:
        still = STEADY_C_PER_S if cycles.warming else RISING_C_PER_S
        return (CyclePhase.FREEZE, False) if slope < still else (CyclePhase.UNKNOWN, True)
    if cycles.open_cycle is None:
        return _outside(now_c, slope), False
    return _inside(cycles, now_c, slope), False


def _outside(now_c: float, slope: float) -> CyclePhase:
    """Outside of a cycle a probe is idle, unless it is cold and nobody saw why."""
    if now_c >= 0:
        return CyclePhase.IDLE
    return CyclePhase.PASSIVE_THAW if slope >= RISING_C_PER_S else CyclePhase.UNKNOWN


def _inside(cycles: ProbeCycles, now_c: float, slope: float) -> CyclePhase:
    """After the start of a freeze, above ``TREATING_C`` and not falling into the cold."""
    before = cycles.phase
    if now_c >= HOTTER_THAN_BLOOD_C or (now_c > 0 and slope >= HEATED_C_PER_S):
        return CyclePhase.ACTIVE_THAW
    if before is CyclePhase.ACTIVE_THAW and not (now_c >= THAWED_C and slope < -STEADY_C_PER_S):
        return CyclePhase.ACTIVE_THAW
    if now_c >= THAWED_C:
        return CyclePhase.IDLE
    if now_c >= 0 or slope >= RISING_C_PER_S or cycles.warming:
        return CyclePhase.PASSIVE_THAW
    return before


def _line(tip: Tip) -> tuple[float, float] | None:
    """The temperature now, C, and its slope, C/s, by least squares; None of too few readings."""
    if len(tip) < LEAST_POINTS or tip[-1][0] - tip[0][0] < LEAST_SPAN_S:
        return None
    now_s = tip[-1][0]
    count = len(tip)
    mean_s = sum(at_s - now_s for at_s, _ in tip) / count
    mean_c = sum(celsius for _, celsius in tip) / count
    spread = sum((at_s - now_s - mean_s) ** 2 for at_s, _ in tip)
    slope = sum((at_s - now_s - mean_s) * (c - mean_c) for at_s, c in tip) / spread
    return mean_c - slope * mean_s, slope
