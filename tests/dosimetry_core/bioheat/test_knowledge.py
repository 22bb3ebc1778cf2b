import math

import numpy as np
import pytest

from dosimetry_core.bioheat import (
    QUANTITIES,
    Cryoprobe,
    EffectiveBoundary,
    HeatSink,
    Knowledge,
    Tissue,
    TissueSpread,
    sd_of_range,
    varied,
)
from dosimetry_core.bioheat.knowledge import wall_sd

TISSUE = Tissue("t", 2.0, 0.5, 1800, 3600, 1000, 250e3, -1.0, -8.0, 0.002, 3.6e6, 400.0)
SPREAD = TissueSpread(0.1, 0.2, 0.3, 0.4, 2.0)
PROBES = tuple(
    Cryoprobe(str(n), (0, 0, 0), (0, 0, 1), 20.0, 0.0, boundary)
    for n, boundary in enumerate((EffectiveBoundary(1.2, -100.0, 15.0, 15.0), HeatSink(1.0, 10.0)))
)


def test_each_quantity_moves_what_it_is_named_for() -> None:
    tissue, probes = varied(TISSUE, SPREAD, PROBES, np.zeros(len(QUANTITIES)))
    assert (tissue, probes) == (TISSUE, PROBES)
    tissue, probes = varied(TISSUE, SPREAD, PROBES, np.array([1.0, -1.0, 2.0, -2.0, 0.5, -1.0]))
    assert tissue.conductivity_frozen_w_per_mk == pytest.approx(2.0 * math.exp(0.1))
    assert tissue.conductivity_unfrozen_w_per_mk == pytest.approx(0.5 * math.exp(-0.2))
    assert tissue.latent_heat_j_per_kg == pytest.approx(250e3 * math.exp(0.6))
    assert tissue.perfusion_per_s == pytest.approx(0.002 * math.exp(-0.8))
    assert tissue.freezing_ends_c == pytest.approx(-7.0)
    assert isinstance(probes[0].boundary, EffectiveBoundary)
    assert probes[0].boundary.freeze_c == pytest.approx(-115.0)
    assert probes[1] == PROBES[1]


def test_probes_may_differ_and_each_is_as_sure_as_its_boundary_says() -> None:
    at = np.zeros(len(QUANTITIES) + 2)
    at[len(QUANTITIES)] = 1.0
    _, probes = varied(TISSUE, SPREAD, PROBES, at)
    assert isinstance(probes[0].boundary, EffectiveBoundary)
    assert probes[0].boundary.freeze_c == pytest.approx(-92.5)
    assert wall_sd(Knowledge.at_first(3), 3) == pytest.approx([1.0, 1.0, 1.0])
    assert wall_sd(Knowledge.at_first(), 3) == pytest.approx([1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="6 quantities, or 8 with 2 probes"):
        varied(TISSUE, SPREAD, PROBES, np.zeros(7))


def test_quantities_stay_within_reason() -> None:
    for by, freeze_c, ends_c in ((20.0, -5.0, -1.0), (-20.0, -196.0, -48.0)):
        tissue, probes = varied(TISSUE, SPREAD, PROBES, np.full(len(QUANTITIES), by))
        assert isinstance(probes[0].boundary, EffectiveBoundary)
        assert probes[0].boundary.freeze_c == freeze_c
        assert tissue.freezing_ends_c == ends_c


def test_deviations_follow_from_the_factor() -> None:
    assert Knowledge.at_first().sd == pytest.approx(np.ones(len(QUANTITIES)))
    factor = np.zeros((6, 6))
    factor[5, :2] = 0.3, 0.4
    assert Knowledge(np.zeros(6), factor).sd == pytest.approx([0, 0, 0, 0, 0, 0.5])
    assert sd_of_range(-8.0, -2.0) == pytest.approx(math.sqrt(3.0))
    with pytest.raises(ValueError, match="0 or more"):
        TissueSpread(0.1, 0.2, -0.3, 0.4, 2.0)
