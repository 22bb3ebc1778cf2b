"""Freeze-thaw cycles of one probe as facts."""

from datetime import datetime

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase
from procedure_node.events import Fact

THAWS = (CyclePhase.PASSIVE_THAW, CyclePhase.ACTIVE_THAW)

COLD_MARKS_C = (-20.0, -40.0)
"""Time below these is kept whatever the protocol says. Tissue dies reliably below -40 C, partly
from -20 C on: Gage and Baust, Cryobiology 37(3), 1998, 171-186."""

THAW_MARKS_C = (0.0, 20.0)
"""A thaw is told by whether the tip came back to these: no ice at the tip, and well above it."""


class PhaseSpan(Fact):
    """One phase: when it began, when it ended (None while it lasts), its coldest tip reading.

    ``power_s`` is the sum of power times time, percent s, over the ``power_known_s`` seconds whose
    power the console told.
    """

    phase: CyclePhase
    started: AwareDatetime
    ended: AwareDatetime | None = None
    minimum_temperature_c: float | None = None
    power_s: float = 0.0
    power_known_s: float = 0.0

    @property
    def mean_power_percent(self) -> float | None:
        """Mean power over the time whose power is known, percent; None without any."""
        return self.power_s / self.power_known_s if self.power_known_s > 0 else None


class TimeBelow(Fact):
    """How cold for how long: known time below a limit, and when the tip first was.

    ``after_s`` is from the start of freezing. It is at most that where ``exact`` is false: a gap
    before it hides whether the tip was there earlier. None: not seen there.
    """

    limit_c: float
    known_s: float
    after_s: float | None
    exact: bool


class FreezeThawCycle(Fact):
    """One freeze with the thaw that follows it.

    The spans of ``phases`` follow each other without a hole from ``started`` to ``ended``. All sums
    of seconds count known time only; ``unknown_s`` is how much of the cycle is not known, so that a
    sum says how sure it is. ``idle_s`` is time with the probe off, on stick or on test.

    Attributes:
        start_unknown_s: how much earlier freezing may have begun, unseen: 0 where the start was
            watched, None where the probe was never heard before.
        start_temperature_c: of the tip at the start.
        limits_c: the limits that ``below_s``, ``reached_at``, ``reached_exactly`` and
            ``last_below_at`` are of, in this order.
        thawed_at: when the tip was first seen at or above each of ``THAW_MARKS_C`` after freezing.
        warmest_thaw_c: the warmest reading after freezing.
        gas_pressure_start_kpa: of the first reading while freezing; ``_end_`` of the latest one.
    """

    number: int
    started: AwareDatetime
    ended: AwareDatetime | None = None
    phases: tuple[PhaseSpan, ...]
    start_unknown_s: float | None = 0.0
    start_temperature_c: float | None = None
    minimum_temperature_c: float | None = None
    limits_c: tuple[float, ...] = ()
    below_s: tuple[float, ...] = ()
    reached_at: tuple[AwareDatetime | None, ...] = ()
    reached_exactly: tuple[bool, ...] = ()
    last_below_at: tuple[AwareDatetime | None, ...] = ()
    freeze_s: float = 0.0
    passive_thaw_s: float = 0.0
    active_thaw_s: float = 0.0
    idle_s: float = 0.0
    unknown_s: float = 0.0
    warmest_thaw_c: float | None = None
    thawed_at: tuple[AwareDatetime | None, ...] = (None,) * len(THAW_MARKS_C)
    gas_pressure_start_kpa: float | None = None
    gas_pressure_end_kpa: float | None = None

    @property
    def known_share(self) -> float:
        """How much of the cycle's time is known, 0 to 1; 1 before any has passed."""
        known_s = self.freeze_s + self.passive_thaw_s + self.active_thaw_s + self.idle_s
        lasted_s = known_s + self.unknown_s
        return known_s / lasted_s if lasted_s > 0 else 1.0

    @property
    def is_thawing(self) -> bool:
        """Whether a thaw was seen in it: its freeze is over."""
        return any(span.phase in THAWS for span in self.phases)

    @property
    def times_below(self) -> tuple[TimeBelow, ...]:
        """Known time below each limit and how soon it was reached, warmest limit first."""
        return tuple(
            TimeBelow(
                limit_c=limit_c,
                known_s=known_s,
                after_s=(at - self.started).total_seconds() if at else None,
                exact=exactly,
            )
            for limit_c, known_s, at, exactly in zip(
                self.limits_c, self.below_s, self.reached_at, self.reached_exactly, strict=True
            )
        )

    @property
    def below_minus20_s(self) -> float:
        """Known time below -20 C, s."""
        return self._below_s(COLD_MARKS_C[0])

    @property
    def below_minus40_s(self) -> float:
        """Known time below -40 C, s."""
        return self._below_s(COLD_MARKS_C[1])

    def _below_s(self, limit_c: float) -> float:
        return self.below_s[self.limits_c.index(limit_c)] if limit_c in self.limits_c else 0.0

    def last_below(self, limit_c: float) -> datetime | None:
        """When the tip was last seen at or below one of ``limits_c``."""
        at = self.limits_c.index(limit_c) if limit_c in self.limits_c else None
        return None if at is None else self.last_below_at[at]

    @property
    def cooling_c_per_min(self) -> float | None:
        """Mean fall of the tip from the start of freezing until -40 C, C/min.

        None where it was not seen to fall there from above, or the start or the fall was not
        watched.
        """
        start_c, limit_c = self.start_temperature_c, COLD_MARKS_C[1]
        if start_c is None or start_c <= limit_c or self.start_unknown_s != 0:
            return None
        reached = next((b for b in self.times_below if b.limit_c == limit_c), None)
        if reached is None or not reached.after_s or not reached.exact:
            return None
        return (start_c - limit_c) / reached.after_s * 60.0


class ProbeCycles(Fact):
    """The cycles of one probe so far, and the phase that it is in now.

    Attributes:
        last_reading_at: of the last reading, whatever its validity.
        last_temperature_c: its temperature; None unless the reading was VALID and nothing went
            missing since. So with ``last_power_percent``.
        accounted_until: how far time has been put down to a phase.
        outside_unknown_s: time outside of every cycle that is not known: it may hide a freeze.
        gas: pressure of the gas while it freezes, (s since 1970, kPa), a point now and then.
        tip: the last seconds of a probe whose console tells no mode, (s since 1970, C).
        warming: such a tip rises, too cold to tell a thaw from less power.
    """

    phase: CyclePhase = CyclePhase.UNKNOWN
    phase_since: AwareDatetime | None = None
    cycles: tuple[FreezeThawCycle, ...] = ()
    last_reading_at: AwareDatetime | None = None
    last_temperature_c: float | None = None
    last_power_percent: float | None = None
    accounted_until: AwareDatetime | None = None
    outside_unknown_s: float = 0.0
    gas: tuple[tuple[float, float], ...] = ()
    tip: tuple[tuple[float, float], ...] = ()
    warming: bool = False

    @property
    def open_cycle(self) -> FreezeThawCycle | None:
        """The cycle that has not ended yet, if there is one."""
        return self.cycles[-1] if self.cycles and self.cycles[-1].ended is None else None
