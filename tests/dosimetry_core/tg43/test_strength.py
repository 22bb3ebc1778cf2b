import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dosimetry_core.tg43 import SourceStrength, StrengthUnit, hours_since

CERTIFIED = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
HALF_LIFE_D = 59.4


def test_strength_at_its_reference_time_is_the_certificates() -> None:
    assert SourceStrength(0.635, "U", CERTIFIED).at(CERTIFIED, HALF_LIFE_D) == 0.635
    # 1 mCi apparent activity of iodine-125 is 1.270 U (TG-43U1)
    assert SourceStrength(0.5, "mCi", CERTIFIED).at(CERTIFIED, HALF_LIFE_D) == pytest.approx(0.635)


def test_strength_decays_to_the_time_of_implantation() -> None:
    strength = SourceStrength(0.5, "mCi", CERTIFIED)
    week_later = CERTIFIED + timedelta(days=7)
    # exp(-7 ln 2 / 59.4) = 0.92156
    assert strength.at(week_later, HALF_LIFE_D) == pytest.approx(0.635 * 0.92156, rel=1e-5)
    half = CERTIFIED + timedelta(days=HALF_LIFE_D)
    assert strength.at(half, HALF_LIFE_D) == pytest.approx(0.635 / 2, rel=1e-12)
    assert strength.at(CERTIFIED - timedelta(days=HALF_LIFE_D), HALF_LIFE_D) == pytest.approx(1.27)


def test_the_zone_of_a_time_does_not_matter() -> None:
    local = timezone(timedelta(hours=8))
    strength = SourceStrength(0.5, "mCi", datetime(2026, 3, 1, 12, 0, tzinfo=local))
    assert strength.at(CERTIFIED, HALF_LIFE_D) == strength.reference_u
    assert hours_since(CERTIFIED, datetime(2026, 3, 2, 13, 30, tzinfo=local)) == 25.5


@pytest.mark.parametrize(
    ("value", "unit", "reference", "message"),
    [
        (0.0, "U", CERTIFIED, "above zero"),
        (math.nan, "U", CERTIFIED, "above zero"),
        (math.inf, "mCi", CERTIFIED, "above zero"),
        (0.5, "MBq", CERTIFIED, "U or mCi, not in 'MBq'"),
        (0.5, "U", CERTIFIED.replace(tzinfo=None), "needs a zone"),
    ],
)
def test_what_no_certificate_can_state_is_refused(
    value: float, unit: StrengthUnit, reference: datetime, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        SourceStrength(value, unit, reference)


def test_times_without_a_zone_are_refused() -> None:
    naive = CERTIFIED.replace(tzinfo=None)
    with pytest.raises(ValueError, match="needs a zone"):
        SourceStrength(0.5, "U", CERTIFIED).at(naive, HALF_LIFE_D)
    with pytest.raises(ValueError, match="needs a zone"):
        hours_since(CERTIFIED, naive)
    with pytest.raises(ValueError, match="needs a zone"):
        hours_since(naive, CERTIFIED)


def test_time_before_implantation_is_negative() -> None:
    assert hours_since(CERTIFIED, CERTIFIED - timedelta(minutes=30)) == -0.5
