"""Cryoprobes: where they are, how they take heat, and what they did when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry_core.values import CyclePhase, Vector


@dataclass(frozen=True, slots=True)
class EffectiveBoundary:
    """The probe as a cylinder whose wall has one temperature: what fits measured isotherms.

    It is not the temperature that the console shows for the tip. Inside a probe the gas warms
    along its way, and its wall resists: taking the nominal -140 C as the wall's temperature about
    doubles the reach of -30 C that was measured in phantoms.

    Attributes:
        radius_mm: radius of the cylinder.
        freeze_c: wall temperature at full power, after ``cooling_time_s`` and more.
        freeze_sd_c: how sure ``freeze_c`` is, one standard deviation.
        active_thaw_c: wall temperature while thawing actively.
        cooling_time_s: time constant with which the wall follows a new set temperature.

    Raises:
        ValueError: a value is out of its range.
    """

    radius_mm: float
    freeze_c: float
    freeze_sd_c: float
    active_thaw_c: float
    cooling_time_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.2 <= self.radius_mm <= 10:
            raise ValueError(f"radius_mm of a probe must be 0.2 to 10, not {self.radius_mm}")
        if not -196 <= self.freeze_c < 0:
            raise ValueError(f"freeze_c of a probe must be -196 to below 0, not {self.freeze_c}")
        if not 0 <= self.freeze_sd_c <= 100:
            raise ValueError(f"freeze_sd_c of a probe must be 0 to 100, not {self.freeze_sd_c}")
        if not 0 < self.active_thaw_c <= 100:
            raise ValueError(
                f"active_thaw_c of a probe must be above 0 up to 100, not {self.active_thaw_c}"
            )
        if not 0 <= self.cooling_time_s <= 600:
            raise ValueError(
                f"cooling_time_s of a probe must be 0 to 600, not {self.cooling_time_s}"
            )


@dataclass(frozen=True, slots=True)
class HeatSink:
    """The probe as a cylinder that draws a known power, spread evenly.

    Attributes:
        radius_mm: radius of the cylinder.
        power_w: heat drawn at full power from the whole active length.

    Raises:
        ValueError: a value is out of its range.
    """

    radius_mm: float
    power_w: float

    def __post_init__(self) -> None:
        if not 0.2 <= self.radius_mm <= 10:
            raise ValueError(f"radius_mm of a probe must be 0.2 to 10, not {self.radius_mm}")
        if not 0 <= self.power_w < math.inf:
            raise ValueError(f"power_w of a probe must be finite, 0 or more, not {self.power_w}")


@dataclass(frozen=True, slots=True)
class ProbeSpell:
    """What a probe does from a moment on.

    Attributes:
        start_s: on the clock of the simulation.
        phase: FREEZE and ACTIVE_THAW exchange heat; in any other (and when it is UNKNOWN) the
            probe is left out: it then neither freezes nor warms.
        power: share of full power while freezing, 0 to 1 (the console's duty cycle).

    Raises:
        ValueError: a value is out of its range.
    """

    start_s: float
    phase: CyclePhase
    power: float = 1.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.start_s):
            raise ValueError(f"start_s of a spell must be finite, not {self.start_s}")
        if not 0 <= self.power <= 1:
            raise ValueError(f"power of a spell must be 0 to 1, not {self.power}")


Course = Sequence[ProbeSpell]
"""What a probe did, in order of time; before the first spell it did nothing."""


@dataclass(frozen=True, slots=True)
class Cryoprobe:
    """A straight probe.

    Attributes:
        name: as the console has it.
        tip_mm: (x, y, z) of the tip, LPS.
        towards_tip: direction (x, y, z) along the shaft towards the tip, of any length.
        active_length_mm: length that takes heat.
        behind_tip_mm: from the tip back to where that begins.
        boundary: how it takes heat.

    Raises:
        ValueError: a value is not finite or out of its range.
    """

    name: str
    tip_mm: Vector
    towards_tip: Vector
    active_length_mm: float
    behind_tip_mm: float
    boundary: EffectiveBoundary | HeatSink

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (*self.tip_mm, *self.towards_tip)):
            raise ValueError(f"probe {self.name}: tip and direction must be finite")
        if math.hypot(*self.towards_tip) < 1e-6:
            raise ValueError(f"probe {self.name}: its direction has no length")
        if not 0 < self.active_length_mm <= 200:
            raise ValueError(
                f"probe {self.name}: active_length_mm must be above 0 up to 200, "
                f"not {self.active_length_mm}"
            )
        if not 0 <= self.behind_tip_mm <= 100:
            raise ValueError(
                f"probe {self.name}: behind_tip_mm must be 0 to 100, not {self.behind_tip_mm}"
            )

    @property
    def unit_towards_tip(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Direction towards the tip, of length 1."""
        direction = np.array(self.towards_tip, dtype=np.float64)
        return direction / np.linalg.norm(direction)

    @property
    def middle_mm(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Middle of the active length, (x, y, z), mm."""
        back = self.behind_tip_mm + 0.5 * self.active_length_mm
        return np.array(self.tip_mm, dtype=np.float64) - back * self.unit_towards_tip


@dataclass(frozen=True, slots=True)
class CryoprobeModel:
    """A kind of probe, as calibrated.

    Attributes:
        name: of the kind.
        active_length_mm, behind_tip_mm: as for ``Cryoprobe``.
        boundary: as calibrated.
    """

    name: str
    active_length_mm: float
    behind_tip_mm: float
    boundary: EffectiveBoundary

    def placed(self, name: str, tip_mm: Vector, towards_tip: Vector) -> Cryoprobe:
        """A probe of this kind at a place.

        Raises:
            ValueError: as ``Cryoprobe`` raises it.
        """
        return Cryoprobe(
            name, tip_mm, towards_tip, self.active_length_mm, self.behind_tip_mm, self.boundary
        )


def changes_between(courses: Sequence[Course], from_s: float, until_s: float) -> list[float]:
    """The moments in between at which a probe changes what it does, and ``until_s``."""
    inner = {spell.start_s for course in courses for spell in course}
    return [*sorted(at for at in inner if from_s < at < until_s), until_s]


def spell_at(course: Course, at_s: float) -> ProbeSpell | None:
    """The spell that a moment lies in; None before the first."""
    current = None
    for spell in course:
        if spell.start_s > at_s:
            break
        current = spell
    return current


def wall_temperature_c(
    boundary: EffectiveBoundary, course: Course, at_s: float, body_c: float
) -> float | None:
    """Temperature of a probe's wall at a moment; None while it exchanges no heat.

    It starts from body temperature whenever the probe was idle or thawed passively, and follows
    the set temperature with the boundary's time constant. Part of the power sets a wall that is
    that part of the way from body temperature to ``freeze_c``.
    """
    wall_c: float | None = None
    for index, spell in enumerate(course):
        if spell.start_s > at_s:
            break
        ends_s = course[index + 1].start_s if index + 1 < len(course) else math.inf
        target_c = _set_temperature_c(boundary, spell, body_c)
        if target_c is None:
            wall_c = None
            continue
        start_c = body_c if wall_c is None else wall_c
        lasted_s = min(at_s, ends_s) - spell.start_s
        left = math.exp(-lasted_s / boundary.cooling_time_s) if boundary.cooling_time_s else 0.0
        wall_c = target_c + (start_c - target_c) * left
    return wall_c


def _set_temperature_c(
    boundary: EffectiveBoundary, spell: ProbeSpell, body_c: float
) -> float | None:
    if spell.phase is CyclePhase.FREEZE and spell.power > 0:
        return body_c + spell.power * (boundary.freeze_c - body_c)
    if spell.phase is CyclePhase.ACTIVE_THAW:
        return boundary.active_thaw_c
    return None
