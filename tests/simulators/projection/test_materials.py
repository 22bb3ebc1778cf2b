import numpy as np
import pytest

from simulators.projection import Material
from simulators.projection.materials import _table, beam

# NIST XCOM / Hubbell and Seltzer 1995, total with coherent scattering, cm2/g.
_NIST = [
    ("water", 60.0, 0.2059),
    ("water", 100.0, 0.1707),
    ("bone", 60.0, 0.3148),
    ("bone", 100.0, 0.1855),
    ("titanium", 60.0, 0.7661),
    ("titanium", 100.0, 0.2721),
    ("silver", 60.0, 5.766),
    ("silver", 100.0, 1.470),
    ("gold", 60.0, 4.528),
    ("gold", 100.0, 5.158),
    ("copper", 60.0, 1.593),
    ("copper", 100.0, 0.4584),
]


@pytest.mark.parametrize(("name", "energy_kev", "expected"), _NIST)
def test_attenuation_is_that_of_nist(name: str, energy_kev: float, expected: float) -> None:
    energies, columns = _table("attenuation.csv")
    at = np.exp(np.interp(np.log(energy_kev), np.log(energies), np.log(columns[name])))

    assert at == pytest.approx(expected, rel=0.01)


def test_bands_keep_the_signal_and_its_mean_attenuation() -> None:
    few, many = beam(120, bands=16), beam(120, bands=200)

    for one in (few, many):
        assert one.weights.sum() == pytest.approx(1.0)
    assert few.weights @ few.attenuation_mm2_g == pytest.approx(
        many.weights @ many.attenuation_mm2_g, rel=1e-9
    )


@pytest.mark.parametrize("material", [Material.WATER, Material.SILVER, Material.GOLD])
def test_few_bands_transmit_as_many(material: Material) -> None:
    few, many = beam(120, bands=16), beam(120, bands=200)
    depth_g_mm2 = {Material.WATER: 0.3, Material.SILVER: 5e-3, Material.GOLD: 5e-3}[material]

    transmitted = [
        one.weights @ np.exp(-depth_g_mm2 * one.attenuation_mm2_g[:, material])
        for one in (few, many)
    ]

    assert transmitted[0] == pytest.approx(transmitted[1], rel=0.02)


def test_more_voltage_is_a_harder_beam() -> None:
    water = [
        one.weights @ one.attenuation_mm2_g[:, Material.WATER]
        for one in map(beam, (80, 100, 120, 140))
    ]

    assert water == sorted(water, reverse=True)


def test_a_voltage_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no spectrum for 90 kVp: choose one of 80_kvp"):
        beam(90)
