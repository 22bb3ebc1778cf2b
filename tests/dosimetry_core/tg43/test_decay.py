import math

import pytest

from dosimetry_core.tg43 import U_PER_MCI, decayed_strength_u, mci_to_u
from dosimetry_core.tg43.decay import dose_factor_h, remaining_fraction


def test_strength_halves_every_half_life() -> None:
    assert decayed_strength_u(0.8, 59.4, 59.4) == pytest.approx(0.4, rel=1e-15)
    assert decayed_strength_u(0.8, 59.4, 0.0) == 0.8


def test_strength_before_its_reference_date_was_higher() -> None:
    assert decayed_strength_u(0.8, 59.4, -59.4) == pytest.approx(1.6, rel=1e-15)


@pytest.mark.parametrize("bad", [(0.8, 0.0, 1.0), (math.nan, 59.4, 1.0), (0.8, 59.4, math.inf)])
def test_impossible_decay_is_refused(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="cannot decay"):
        decayed_strength_u(*bad)


def test_activity_and_strength() -> None:
    assert U_PER_MCI == 1.270
    assert mci_to_u(0.5) == pytest.approx(0.635)


def test_dose_factor_grows_to_the_mean_life() -> None:
    assert dose_factor_h(100.0, None) == 100.0
    assert dose_factor_h(100.0, 1e-9) == pytest.approx(1e-9, rel=1e-9)
    assert dose_factor_h(100.0, 1e6) == 100.0
    with pytest.raises(ValueError, match="negative"):
        dose_factor_h(100.0, math.nan)


def test_what_is_left_of_a_rate_is_told_to_all_digits_however_little_it_is() -> None:
    mean_life_h = 59.4 * 24 / math.log(2)
    assert remaining_fraction(mean_life_h, 0.0) == 1.0
    assert remaining_fraction(mean_life_h, 59.4 * 24) == pytest.approx(0.5, rel=1e-15)
    assert remaining_fraction(mean_life_h, 100 * 59.4 * 24) == pytest.approx(2.0**-100, rel=1e-12)
    with pytest.raises(ValueError, match="leave out seeds that are not implanted yet"):
        remaining_fraction(mean_life_h, -1.0)


def test_dose_and_what_is_left_add_up_to_the_whole() -> None:
    for elapsed_h in (0.0, 3.0, 800.0, 1e5):
        given = dose_factor_h(2000.0, elapsed_h)
        assert given + 2000.0 * remaining_fraction(2000.0, elapsed_h) == pytest.approx(2000.0)
