"""What X-rays meet: mass attenuation and spectra, from the tables in ``data``."""

import csv
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).with_name("data")
_FloatArray = NDArray[np.float64]


class Material(IntEnum):
    """A column of ``data/attenuation.csv``."""

    WATER = 0
    BONE = 1
    TITANIUM = 2
    SILVER = 3
    STEEL = 4
    GOLD = 5
    PLATINUM = 6
    COPPER = 7
    CALCIUM_PHOSPHATE = 8


DENSITY_G_CM3 = {
    Material.WATER: 1.0,
    Material.BONE: 1.92,
    Material.TITANIUM: 4.506,
    Material.SILVER: 10.49,
    Material.STEEL: 8.0,
    Material.GOLD: 19.3,
    Material.PLATINUM: 21.45,
    Material.COPPER: 8.96,
    Material.CALCIUM_PHOSPHATE: 3.16,
}
"""Of the solid; bone is the cortical bone of ICRU report 44."""


@dataclass(frozen=True, slots=True, eq=False)
class Beam:
    """A spectrum in bands of energy, and what each material does to each.

    Attributes:
        weights: shape (bands,), share of the detector's signal without an object; sums to 1.
        attenuation_mm2_g: shape (bands, materials), mass attenuation; times g/mm3 gives 1/mm.
    """

    weights: _FloatArray
    attenuation_mm2_g: _FloatArray


def beam(kilovolts: int, bands: int = 16) -> Beam:
    """The beam of a tungsten tube behind its filter, as an energy-integrating detector weighs it.

    Bands hold equal shares of the signal, but none reaches over the K edges of silver and gold.

    Args:
        kilovolts: 80, 100, 120 or 140.
        bands: how many bands at most.

    Raises:
        ValueError: there is no table for that voltage.
    """
    energies, columns = _table("spectra.csv")
    name = f"{kilovolts}_kvp"
    if name not in columns:
        raise ValueError(f"no spectrum for {kilovolts} kVp: choose one of {', '.join(columns)}")
    signal = columns[name] * energies
    signal = signal / signal.sum()
    share = np.cumsum(signal) - signal / 2.0
    group = np.floor(share * (bands - 2)).astype(np.intp)
    group += (energies > 25.6).astype(np.intp) + (energies > 80.7).astype(np.intp)
    _, attenuation = _table("attenuation.csv")
    mass = np.stack([attenuation[material.name.lower()] for material in Material], axis=1) * 100.0
    weights: list[float] = []
    effective: list[_FloatArray] = []
    for band in np.unique(group[signal > 0.0]):
        inside = (group == band) & (signal > 0.0)
        weights.append(float(signal[inside].sum()))
        effective.append(signal[inside] @ mass[inside] / signal[inside].sum())
    return Beam(np.array(weights), np.array(effective))


@cache
def _table(name: str) -> tuple[_FloatArray, dict[str, _FloatArray]]:
    with (DATA / name).open(encoding="ascii", newline="") as file:
        rows = list(csv.reader(file))
    values = np.array(rows[1:], dtype=np.float64)
    return values[:, 0], {title: values[:, n + 1] for n, title in enumerate(rows[0][1:])}
