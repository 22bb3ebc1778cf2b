"""Bands against freezes whose quantities are drawn at random."""

from collections.abc import Sequence

import numpy as np
import pytest

from dosimetry_core.bioheat import (
    BioheatState,
    Course,
    Ensemble,
    FreezeCase,
    Knowledge,
    ProbeSpell,
    advance,
    isotherm_share,
    isotherm_volume,
    isotherm_volume_cc,
    temperature_band,
)
from dosimetry_core.bioheat.knowledge import QUANTITIES
from dosimetry_core.values import CyclePhase

DRAWS = 60


def freeze(case: FreezeCase, at: np.ndarray, courses: Sequence[Course]) -> BioheatState:
    return advance(BioheatState.initial(case.model(at)), 500.0, courses)


def test_freezes_drawn_at_random_lie_in_the_band(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """Of 60, at least 54 of those that a 95 % band holds, and the band is not idle.

    That fewer fall within has a chance of 3 % for an exact band; this one also holds the model's
    own error, which the draws do not have.
    """
    knowledge = Knowledge.at_first()
    best = freeze(two_probes, knowledge.mean, both_freeze)
    ensemble = Ensemble.initial(two_probes, knowledge, spacing_mm=2.5).advanced(500.0, both_freeze)
    band = temperature_band(best, ensemble)
    random = np.random.default_rng(5)
    drawn = [
        freeze(two_probes, random.normal(size=len(QUANTITIES)), both_freeze).minimum_temperature_c()
        for _ in range(DRAWS)
    ]
    for level_c in (0.0, -20.0, -40.0):
        volume = isotherm_volume(band, level_c)
        volumes = np.array([isotherm_volume_cc(one, level_c) for one in drawn])
        inside = (volume.low_cc <= volumes) & (volumes <= volume.high_cc)
        assert np.count_nonzero(inside) >= 54
        assert volume.high_cc - volume.low_cc < 8.0 * volumes.std()
        assert volume.low_cc < volume.best_cc < volume.high_cc
    stack = np.stack([one.values for one in drawn])
    held = (band.cold_c.values <= stack + 1e-3) & (stack - 1e-3 <= band.warm_c.values)
    near = best.minimum_temperature_c().values < 5.0
    assert held[:, near].mean() > 0.93


def test_what_is_known_exactly_has_the_models_error_alone(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """The isotherms then move by 1.96 mm, on a coarser grid than the one that is asked for."""
    sure = Knowledge(np.zeros(6), np.zeros((6, 6)))
    best = freeze(two_probes, sure.mean, both_freeze)
    ensemble = Ensemble.initial(two_probes, sure, spacing_mm=3.5)
    assert ensemble.members == ()
    band = temperature_band(best, ensemble.advanced(500.0, both_freeze))
    middle = np.s_[14, 14, :]
    x_mm = two_probes.grid.centers_mm(2)
    edges = [
        float(np.interp(-10.0, field.values[middle][x_mm > 8], x_mm[x_mm > 8]))
        for field in (band.warm_c, band.best_c, band.cold_c)
    ]
    assert edges[1] - edges[0] == pytest.approx(1.96, abs=0.5)
    assert edges[2] - edges[1] == pytest.approx(1.96, abs=0.5)


def test_the_share_of_a_structure_has_a_band_too(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    """Points that fill the grid: their share is the volume within the isotherm."""
    knowledge = Knowledge.at_first()
    best = freeze(two_probes, knowledge.mean, both_freeze)
    ensemble = Ensemble.initial(two_probes, knowledge, spacing_mm=5.0).advanced(500.0, both_freeze)
    band = temperature_band(best, ensemble)
    points = np.random.default_rng(3).uniform(-25.0, 25.0, (40_000, 3))
    share, volume = isotherm_share(band, points, -20.0), isotherm_volume(band, -20.0)
    for part, cc in (
        (share.low, volume.low_cc),
        (share.best, volume.best_cc),
        (share.high, volume.high_cc),
    ):
        assert part * 125.0 == pytest.approx(cc, rel=0.05)
    with pytest.raises(ValueError, match="a share of no points"):
        isotherm_share(band, np.empty((0, 3)), -20.0)


def test_what_a_probe_may_have_done_unseen_is_in_the_band(
    two_probes: FreezeCase,
) -> None:
    """One probe is not heard from 200 to 260 s: whatever it did, the truth lies in the band."""
    knowledge = Knowledge.at_first()
    begun = (ProbeSpell(0.0, CyclePhase.FREEZE),)

    def course(phase: CyclePhase, power: float = 1.0) -> Sequence[Course]:
        unseen, after = ProbeSpell(200.0, phase, power), ProbeSpell(260.0, CyclePhase.FREEZE)
        return ((*begun, unseen, after), begun)

    likely = course(CyclePhase.FREEZE)
    best = freeze(two_probes, knowledge.mean, likely)
    ensemble = Ensemble.initial(two_probes, knowledge, spacing_mm=2.5).advanced(500.0, likely)
    coarse = BioheatState.initial(two_probes.model(knowledge.mean, 2.5))
    bounds = [
        advance(coarse, 500.0, course(phase))
        for phase in (CyclePhase.ACTIVE_THAW, CyclePhase.FREEZE)
    ]
    known, wide = (temperature_band(best, ensemble, between=between) for between in ((), bounds))
    assert (wide.warm_c.values >= known.warm_c.values - 1e-4).all()
    assert np.abs(wide.cold_c.values - known.cold_c.values).max() < 1e-3, "it froze at full already"
    for phase, power in (
        (CyclePhase.ACTIVE_THAW, 1.0),
        (CyclePhase.IDLE, 1.0),
        (CyclePhase.FREEZE, 0.4),
    ):
        happened = freeze(two_probes, knowledge.mean, course(phase, power)).minimum_temperature_c()
        assert (happened.values <= wide.warm_c.values + 0.5).all()
        assert (happened.values >= wide.cold_c.values - 0.5).all()


def test_a_band_of_another_moment_is_refused(
    two_probes: FreezeCase, both_freeze: Sequence[Course]
) -> None:
    best = BioheatState.initial(two_probes.model(np.zeros(6)))
    ensemble = Ensemble.initial(two_probes, Knowledge.at_first(), spacing_mm=5.0)
    with pytest.raises(ValueError, match=r"a band at 0\.0 s cannot come from an ensemble at 1\.0"):
        temperature_band(best, ensemble.advanced(1.0, both_freeze))
