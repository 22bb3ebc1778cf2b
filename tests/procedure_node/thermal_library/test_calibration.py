"""The library's probes against what was measured in phantoms."""

import math

import numpy as np
import pytest

from dosimetry_core.bioheat import (
    BioheatState,
    Ensemble,
    FreezeCase,
    Grid,
    Knowledge,
    ProbeSpell,
    advance,
    isotherm_surface_mm,
    temperature_band,
)
from dosimetry_core.values import CyclePhase, Volume
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import load_cryoprobe_models, load_tissues

OUT = 20.0 / math.sqrt(3.0)
FREEZE = (ProbeSpell(0.0, CyclePhase.FREEZE),)


def mean_width_mm(temperature: Volume, level_c: float) -> float:
    """Mean width of what is colder, in the middle plane."""
    middle = temperature.values.shape[0] // 2
    slab = Volume(temperature.values[middle - 1 : middle + 1], temperature.affine)
    corners = isotherm_surface_mm(slab, level_c).reshape(-1, 3)[:, :2]
    angle = np.linspace(0.0, math.pi, 45, endpoint=False)
    along = corners @ np.array([np.cos(angle), np.sin(angle)])
    return float((along.max(axis=0) - along.min(axis=0)).mean())


@pytest.mark.parametrize(
    ("places", "diameter_mm"),
    [
        (((0, 0),), 12.0),
        (((-10, 0), (10, 0)), 33.0),
        (((OUT, 0), (-OUT / 2, 10), (-OUT / 2, -10)), 41.0),
        (((-10, -10), (-10, 10), (10, -10), (10, 10)), 49.0),
    ],
)
def test_diameters_measured_with_thermocouples_lie_in_the_band(
    places: tuple[tuple[float, float], ...], diameter_mm: float
) -> None:
    """-30 C after 15 minutes in agar at 39 C, 2.4 mm probes 2 cm apart (Littrup et al. 2009)."""
    config = default_config_dir()
    agar = load_tissues(config / "tissues", body_temperature_c=39.0)["agar"]
    kind = load_cryoprobe_models(config / "cryoprobes")["argon-2.4mm"]
    probes = tuple(kind.placed(str(n), (x, y, 23.0), (0, 0, 1)) for n, (x, y) in enumerate(places))
    case = FreezeCase(agar.tissue, agar.spread, probes, Grid.cube((0, 0, 0), 95.0, 2.5))
    courses = [FREEZE] * len(probes)
    knowledge = Knowledge.at_first()
    best = advance(BioheatState.initial(case.model(knowledge.mean)), 900.0, courses)
    ensemble = Ensemble.initial(case, knowledge, spacing_mm=3.5).advanced(900.0, courses)
    band = temperature_band(best, ensemble)
    low, high = (mean_width_mm(field, -30.0) for field in (band.warm_c, band.cold_c))
    assert low < diameter_mm < high
    assert high - low < 16.0
    edge_mm, lethal_mm = (mean_width_mm(band.best_c, level_c) for level_c in (0.0, -30.0))
    assert 0.5 * (edge_mm - lethal_mm) < 10.0
