"""Boundaries found again from what thermometers and a scan would have seen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dosimetry_core.bioheat import (
    BioheatState,
    Correction,
    Course,
    FreezeCase,
    IceSeen,
    TemperatureSeen,
    advance,
    correct,
    isotherm_volume_cc,
    values_at,
)
from dosimetry_core.bioheat.knowledge import QUANTITIES

WALL = QUANTITIES.index("wall_temperature")
PLACES = ((0.0, 5.0, 0.0), (15.0, 0.0, 2.0), (-7.5, -9.0, -4.0))


def seen(
    case: FreezeCase, at: np.ndarray, courses: Sequence[Course], noise_c: float = 0.0
) -> list[TemperatureSeen | IceSeen]:
    """Three thermometers at 200 and 400 s, and a scan at 300 s."""
    random = np.random.default_rng(7)
    state = BioheatState.initial(case.model(at))
    found: list[TemperatureSeen | IceSeen] = []
    for at_s in (200.0, 300.0, 400.0):
        state = advance(state, at_s, courses)
        temperature = state.temperature_c()
        if at_s == 300.0:
            found.append(IceSeen(isotherm_volume_cc(temperature, 0.0), at_s))
            continue
        values = values_at(temperature, np.array(PLACES)) + random.normal(scale=noise_c, size=3)
        found += [
            TemperatureSeen(place, at_s, float(value))
            for place, value in zip(PLACES, values, strict=True)
        ]
    return found


def corrected(
    case: FreezeCase, courses: Sequence[Course], observations: Sequence[TemperatureSeen | IceSeen]
) -> Correction:
    return correct(case, courses, observations, spacing_mm=3.5)


@pytest.mark.parametrize("wall", [-1.5, 1.5])
def test_a_probe_that_is_not_as_calibrated_is_found_out(
    two_probes: FreezeCase, both_freeze: Sequence[Course], wall: float
) -> None:
    """27 K off: it goes most of the way, and the stated deviation tells how much may be left."""
    truth = np.zeros(len(QUANTITIES))
    truth[WALL] = wall
    correction = corrected(two_probes, both_freeze, seen(two_probes, truth, both_freeze, 0.5))
    before, after = correction.before[0], correction.after[0]
    assert correction.settled
    assert before == two_probes.probes[0].boundary
    assert after.freeze_sd_c < 0.85 * before.freeze_sd_c
    truly_c = before.freeze_c + wall * before.freeze_sd_c
    assert after.freeze_c == pytest.approx(truly_c, abs=2.0 * after.freeze_sd_c)
    assert abs(after.freeze_c - before.freeze_c) > 10.0
    assert (after.freeze_c < before.freeze_c) == (wall < 0)
    for one in correction.comparisons:
        assert abs(one.after - one.observed) < max(abs(one.before - one.observed), 0.5 * one.sd)
    assert correction.misfit < 1.0


def test_one_weak_probe_is_told_from_the_other(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """The second is 25 K warmer than calibrated: a thermometer beside each, well placed."""
    truth = np.zeros(len(QUANTITIES) + 2)
    truth[-1] = 25.0 / (0.5 * 18.0)
    places = ((-7.5, 6.0, 0.0), (7.5, 6.0, 0.0), (0.0, 0.0, 0.0))
    state = advance(BioheatState.initial(two_probes.model(truth)), 390.0, both_freeze)
    values = values_at(state.temperature_c(), np.array(places))
    observations = [
        TemperatureSeen(place, 390.0, float(value), place_sd_mm=0.3)
        for place, value in zip(places, values, strict=True)
    ]
    one, other = corrected(two_probes, both_freeze, observations).after
    assert one.freeze_c == pytest.approx(-100.0, abs=10.0)
    assert one.freeze_c == pytest.approx(-100.0, abs=2.0 * one.freeze_sd_c)
    assert other.freeze_c == pytest.approx(-75.0, abs=2.0 * other.freeze_sd_c)
    assert other.freeze_c - one.freeze_c > 10.0


def test_what_is_as_calibrated_stays(two_probes: FreezeCase, both_freeze: Sequence[Course]) -> None:
    correction = corrected(
        two_probes, both_freeze, seen(two_probes, np.zeros(len(QUANTITIES)), both_freeze)
    )
    assert np.abs(correction.knowledge.mean).max() < 0.35
    assert correction.after[0].freeze_c == pytest.approx(-100.0, abs=5.0)
    assert (correction.knowledge.sd <= 1.0 + 1e-9).all()


def test_what_cannot_be_explained_widens_what_is_known(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """A thermometer deep in the ice that says 30 C."""
    observations = seen(two_probes, np.zeros(len(QUANTITIES)), both_freeze)
    wrong = [
        replace(one, temperature_c=30.0)
        if isinstance(one, TemperatureSeen) and one.place_mm == PLACES[0]
        else one
        for one in observations
    ]
    right = corrected(two_probes, both_freeze, observations)
    correction = corrected(two_probes, both_freeze, wrong)
    assert correction.misfit > 2.0
    assert correction.knowledge.sd[WALL] > 2.0 * right.knowledge.sd[WALL]


def test_readings_of_one_place_share_its_error(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """Twenty of them make the wall hardly surer than one."""
    state = BioheatState.initial(two_probes.model(np.zeros(len(QUANTITIES))))
    place = PLACES[1]
    readings: list[TemperatureSeen] = []
    for at_s in np.linspace(300.0, 399.0, 20):
        state = advance(state, float(at_s), both_freeze)
        value = float(values_at(state.temperature_c(), np.array([place]))[0])
        readings.append(TemperatureSeen(place, float(at_s), value))
    one = correct(two_probes, both_freeze, readings[-1:], spacing_mm=5.0)
    many = correct(two_probes, both_freeze, readings, spacing_mm=5.0)
    assert many.knowledge.sd[WALL] > 0.8 * one.knowledge.sd[WALL]


def test_what_cannot_be_compared_is_refused(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    with pytest.raises(ValueError, match="nothing was observed"):
        corrected(two_probes, both_freeze, [])
    with pytest.raises(ValueError, match=r"an observation at -1\.0 s lies before 0\.0 s"):
        corrected(two_probes, both_freeze, [IceSeen(5.0, -1.0)])
    with pytest.raises(ValueError, match="must be finite and above zero"):
        corrected(two_probes, both_freeze, [IceSeen(5.0, 1.0, 0.0)])
    with pytest.raises(ValueError, match="must be a finite number, not nan"):
        corrected(two_probes, both_freeze, [TemperatureSeen((0.0, 0.0, 0.0), 1.0, float("nan"))])
    with pytest.raises(ValueError, match="must be 0 or more"):
        corrected(two_probes, both_freeze, [IceSeen(-5.0, 1.0)])
    with pytest.raises(ValueError, match="lies outside of the grid"):
        corrected(two_probes, both_freeze, [TemperatureSeen((99.0, 0.0, 0.0), 1.0, 20.0)])
