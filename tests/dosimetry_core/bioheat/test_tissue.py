from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.bioheat import Tissue
from dosimetry_core.bioheat.tissue import EnthalpyCurve

LIVER = Tissue("liver", 2.0, 0.5, 1800.0, 3600.0, 1000.0, 250_000.0, -1.0, -8.0)


def test_enthalpy_counts_from_body_temperature_and_holds_the_latent_heat() -> None:
    curve = EnthalpyCurve.of(LIVER)
    assert curve.enthalpy_j_per_m3(37.0) == pytest.approx(0.0, abs=1e-3)
    assert curve.enthalpy_j_per_m3(-1.0) == pytest.approx(-38 * 3.6e6)
    assert curve.enthalpy_j_per_m3(-8.0) == pytest.approx(-38 * 3.6e6 - 2.5e8 - 7 * 2.7e6)
    assert curve.enthalpy_j_per_m3(-108.0) == pytest.approx(
        curve.enthalpy_j_per_m3(-8.0) - 100 * 1.8e6
    )
    assert curve.theta_w_per_m(-108.0) == pytest.approx(-38 * 0.5 - 7 * 1.25 - 100 * 2.0)
    assert curve.frozen_m2_per_s == pytest.approx(2.0 / 1.8e6)
    assert curve.unfrozen_m2_per_s == pytest.approx(0.5 / 3.6e6)


@given(st.floats(-190.0, 60.0))
def test_temperature_is_what_enthalpy_says_and_the_other_way_round(temperature_c: float) -> None:
    curve = EnthalpyCurve.of(LIVER)
    enthalpy = np.array([curve.enthalpy_j_per_m3(temperature_c)])
    assert curve.temperature_c(enthalpy)[0] == pytest.approx(temperature_c, abs=1e-6)
    assert curve.theta_of_w_per_m(enthalpy)[0] == pytest.approx(
        curve.theta_w_per_m(temperature_c), rel=1e-6, abs=1e-4
    )


def test_the_frozen_fraction_is_the_share_of_the_latent_heat() -> None:
    for ends_c in (-8.0, -1.0):
        curve = EnthalpyCurve.of(replace(LIVER, freezing_ends_c=ends_c))
        begins, ends = curve.begins_j_per_m3, curve.ends_j_per_m3
        enthalpies = np.array([0.0, begins, 0.75 * begins + 0.25 * ends, ends, 2 * ends])
        assert curve.frozen_fraction(enthalpies) == pytest.approx([0.0, 0.0, 0.25, 1.0, 1.0])
    nothing = EnthalpyCurve.of(replace(LIVER, freezing_ends_c=-1.0, latent_heat_j_per_kg=0.0))
    assert nothing.frozen_fraction(np.array([0.0, -3e8])) == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"density_kg_per_m3": 0.0}, "density_kg_per_m3 must be above zero"),
        ({"perfusion_per_s": -0.1}, "perfusion_per_s must not be below zero"),
        ({"latent_heat_j_per_kg": float("nan")}, "latent_heat_j_per_kg must be finite"),
        ({"freezing_ends_c": 1.0}, "freezing_ends_c <= freezing_begins_c"),
        ({"freezing_begins_c": 40.0}, "freezing_begins_c < body_temperature_c"),
    ],
)
def test_tissue_that_cannot_be_is_refused(change: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=f"tissue 'liver': .*{told}"):
        replace(LIVER, **change)
