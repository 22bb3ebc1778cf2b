import math

import pytest

from dosimetry_core.uncertainty import DoseErrors


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize("name", ["registration_sd_mm", "axis_sd_deg", "calibration_sd_percent"])
def test_a_deviation_is_a_finite_number_from_zero_on(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a finite number >= 0"):
        DoseErrors(**{"registration_sd_mm": 0.0, name: value})


def test_defaults_are_those_that_the_documents_state() -> None:
    errors = DoseErrors(registration_sd_mm=0.5)
    assert (errors.position_sd_mm, errors.axis_sd_deg) == (1.0, 8.0)
    assert (errors.calibration_sd_percent, errors.seed_strength_sd_percent) == (3.0, 2.0)
