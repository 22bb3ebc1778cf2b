"""Correcting the probes' effective boundary by what thermometers and scans see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.advancing import advance
from dosimetry_core.bioheat.ensemble import COARSE_MM, FreezeCase
from dosimetry_core.bioheat.isotherm import equivalent_radius_mm, isotherm_volume_cc, values_at
from dosimetry_core.bioheat.knowledge import (
    MODEL_SD_C,
    MODEL_SD_MM,
    Knowledge,
    moved_boundary,
    wall_sd,
    wall_shifts,
)
from dosimetry_core.bioheat.model import BioheatState
from dosimetry_core.bioheat.observation import (
    IceSeen,
    Seen,
    TemperatureSeen,
    check_observations,
    compared_value,
)
from dosimetry_core.bioheat.probe import Course, EffectiveBoundary
from dosimetry_core.values import Vector, Volume

FloatArray = NDArray[np.float64]

_ROUNDS = 8
_STEP = 0.5
_ERRORS_FIXED_AFTER = 2
"""Rounds: errors follow the modelled gradients; were they never fixed, the search could circle."""
_LONGEST_STEP = 1.5
_SETTLED = 0.1
"""In standard deviations: the search ends where it moves by less."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One observation beside the model.

    Attributes:
        seen: what was observed.
        observed, before, after: degrees Celsius of a thermometer, mm of radius of ice.
        sd: of the observation, the error of its place included, in the same unit.
    """

    seen: Seen
    observed: float
    before: float
    after: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """What observations say about the freeze.

    Attributes:
        knowledge: where all uncertain quantities lie now; with the same case it makes the corrected
            model (``case.model(knowledge.mean)``) and ensemble.
        before, after: boundary of each probe that has one, with its standard deviation: to be
            shown. A case with ``after`` in it would be shifted twice by ``knowledge``.
        comparisons: in the order of the observations.
        misfit: square root of the mean squared difference left, in standard deviations (those of
            the quantities counted too); above 1 the stated errors do not explain what was seen, and
            ``knowledge`` has been widened by it.
        settled: whether the search ended; if not, do not use it.
    """

    knowledge: Knowledge
    before: tuple[EffectiveBoundary, ...]
    after: tuple[EffectiveBoundary, ...]
    comparisons: tuple[Comparison, ...]
    misfit: float
    settled: bool


def correct(
    case: FreezeCase,
    courses: Sequence[Course],
    observations: Sequence[Seen],
    *,
    prior: Knowledge | None = None,
    start_s: float = 0.0,
    spacing_mm: float = COARSE_MM,
) -> Correction:
    """Find the wall temperature (and tissue) that observations and prior knowledge agree on.

    The freeze is computed from its beginning on a coarse grid; the most probable quantities are
    found by Gauss-Newton steps, with derivatives from one more freeze for each quantity, and their
    covariance follows from the derivatives at the end (maximum a posteriori, to first order). The
    walls have a shift in common and one of their own (``INDIVIDUAL``). Beside the errors of the
    observations there is one of the model, common to all of them: its isotherms may lie
    ``MODEL_SD_MM`` too far out or in and its temperatures be ``MODEL_SD_C`` too high or low.

    Args:
        case: the freeze, with boundaries as calibrated.
        courses: what each probe did.
        observations: all so far, at least one.
        prior: what was known before any of them; by default what the case states, with probes that
            may differ.
        start_s: when the tissue was at body temperature.
        spacing_mm: pitch of the coarse grid.

    Raises:
        ValueError: as ``check_observations`` raises it, and for a place out of the grid.
    """
    check_observations(observations, start_s)
    prior = prior or Knowledge.at_first(len(case.probes))
    inverse = np.linalg.pinv(prior.factor @ prior.factor.T)
    run = _Runs(case, courses, observations, start_s, spacing_mm)
    observed = np.array([compared_value(seen) for seen in observations])
    at, settled = prior.mean.copy(), False
    first, errors = run.predicted(at)
    predicted, normal = first, inverse
    for number in range(_ROUNDS):
        slopes = run.slopes(at, predicted)
        weighted = np.linalg.solve(errors, slopes)
        normal = slopes.T @ weighted + inverse
        pull = weighted.T @ (observed - predicted) - inverse @ (at - prior.mean)
        step = np.linalg.solve(normal, pull)
        step *= min(1.0, _LONGEST_STEP / max(1e-12, float(np.abs(step).max())))
        at = at + step
        predicted, errors_here = run.predicted(at)
        if number < _ERRORS_FIXED_AFTER:
            errors = errors_here
        if np.abs(step).max() < _SETTLED:
            settled = True
            break
    left, moved = observed - predicted, at - prior.mean
    squares = left @ np.linalg.solve(errors, left) + moved @ inverse @ moved
    misfit = float(np.sqrt(squares / len(observations)))
    covariance = np.linalg.inv(normal).astype(np.float64) * max(1.0, misfit) ** 2
    knowledge = Knowledge(at, _directions(covariance))
    deviations = np.sqrt(np.diag(errors))
    shifts = wall_shifts(at, len(case.probes))
    shift_sd = wall_sd(knowledge, len(case.probes))
    walls = [
        (probe.boundary, float(shift), float(sd))
        for probe, shift, sd in zip(case.probes, shifts, shift_sd, strict=True)
        if isinstance(probe.boundary, EffectiveBoundary)
    ]
    return Correction(
        knowledge,
        tuple(boundary for boundary, _, _ in walls),
        tuple(
            replace(
                moved_boundary(boundary, shift), freeze_sd_c=min(100.0, boundary.freeze_sd_c * sd)
            )
            for boundary, shift, sd in walls
        ),
        tuple(
            Comparison(seen, float(o), float(b), float(a), float(s))
            for seen, o, b, a, s in zip(
                observations, observed, first, predicted, deviations, strict=True
            )
        ),
        misfit,
        settled,
    )


class _Runs:
    """The freeze, computed for any quantities, as the observations would see it."""

    def __init__(
        self,
        case: FreezeCase,
        courses: Sequence[Course],
        observations: Sequence[Seen],
        start_s: float,
        spacing_mm: float,
    ) -> None:
        self._case, self._courses, self._observations = case, courses, observations
        self._start_s, self._spacing_mm = start_s, spacing_mm
        self._at_place = Counter(
            seen.place_mm for seen in observations if isinstance(seen, TemperatureSeen)
        )

    def predicted(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What would be observed, and the covariance of its differences from what is."""
        state = BioheatState.initial(self._case.model(at, self._spacing_mm), self._start_s)
        values, own, common = (np.zeros(len(self._observations)) for _ in range(3))
        order = sorted(range(len(self._observations)), key=lambda n: self._observations[n].at_s)
        for n in order:
            seen = self._observations[n]
            state = advance(state, seen.at_s, self._courses)
            temperature = state.temperature_c()
            if isinstance(seen, IceSeen):
                volume_cc = isotherm_volume_cc(temperature, seen.edge_c)
                values[n] = equivalent_radius_mm(volume_cc)
                own[n], common[n] = seen.surface_sd_mm**2, MODEL_SD_MM
                continue
            values[n], of_place = _around(temperature, seen.place_mm, seen.place_sd_mm)
            own[n] = seen.sd_c**2 + self._at_place[seen.place_mm] * of_place**2
            displaced = _around(temperature, seen.place_mm, MODEL_SD_MM)[1]
            common[n] = -float(np.hypot(displaced, MODEL_SD_C))
        return values, np.diag(own) + np.outer(common, common)

    def slopes(self, at: FloatArray, here: FloatArray) -> FloatArray:
        """Change of what would be observed for each quantity, shape (observations, quantities)."""
        columns: list[FloatArray] = []
        for n in range(at.size):
            step = np.zeros(at.size)
            step[n] = -_STEP if at[n] > 0 else _STEP
            columns.append((self.predicted(at + step)[0] - here) / step[n])
        return np.stack(columns, axis=1)


def _around(temperature: Volume, place_mm: Vector, off_mm: float) -> tuple[float, float]:
    """Temperature at a place, and its standard deviation if the place has one in each direction."""
    place = np.array(place_mm, dtype=np.float64)
    beside = np.concatenate([place + off_mm * np.eye(3), place - off_mm * np.eye(3)])
    values = values_at(temperature, np.vstack([place, beside]))
    return float(values[0]), float(np.sqrt(0.5 * ((values[1:] - values[0]) ** 2).sum()))


def _directions(covariance: FloatArray) -> FloatArray:
    """Independent directions, as columns, whose squares add up to a covariance."""
    strength, direction = np.linalg.eigh(covariance)
    return direction * np.sqrt(np.maximum(strength, 0.0))
