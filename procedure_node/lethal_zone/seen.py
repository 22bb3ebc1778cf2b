"""What thermometers and scans saw of a freeze, as the model is corrected by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat import Cryoprobe, Grid, IceSeen, TemperatureSeen
from procedure_node.lethal_zone.case import cryoprobes_of
from procedure_node.lethal_zone.request import FreezeRequest, SeenIce
from procedure_node.thermal_library import ThermalLibrary
from procedure_node.views import StoredVolume, ViewError, open_view

ICE_SURFACE_SD_MM = 1.5
"""Of the imaged surface as a whole, where it is not told: what finding ice in 5 mm slices is held
to (docs/ice.md)."""

LEAST_SURFACE_SD_MM = 1.0
"""No surface is taken as surer: nobody knows at which temperature tissue looks frozen."""

INSIDE_MM = 10.0
"""A thermometer nearer to the grid's faces, which stay warm, says nothing of the model."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing seen, and what it is called."""

    label: str
    seen: IceSeen | TemperatureSeen


def observations(
    request: FreezeRequest, library: ThermalLibrary, grid: Grid
) -> tuple[tuple[Observation, ...], tuple[str, ...]]:
    """What the model is to be corrected by, and what could not be used, in words."""
    found: list[Observation] = []
    doubts: list[str] = []
    own = cryoprobes_of(request.probes, library)
    others = cryoprobes_of(request.others, library)
    for ice in request.ice:
        try:
            volume_cc = _own_ice_cc(ice, own, others)
        except ViewError:
            doubts.append(f"{ice.label}: its picture data are lost, it was not used")
            continue
        at_s = _seconds(request, ice.at.timestamp())
        if volume_cc <= 0.0:
            doubts.append(f"{ice.label}: none at these probes, it was not used")
            continue
        surface_mm = ice.surface_error_mm or ICE_SURFACE_SD_MM
        seen = IceSeen(volume_cc, at_s, max(LEAST_SURFACE_SD_MM, surface_mm))
        found.append(Observation(ice.label, seen))
    for reading in request.temperatures:
        if not _is_inside(grid, np.array(reading.place_mm)):
            continue
        at_s = _seconds(request, reading.at.timestamp())
        seen = TemperatureSeen(reading.place_mm, at_s, reading.temperature_c)
        found.append(Observation(reading.label, seen))
    return tuple(found), tuple(doubts)


def _seconds(request: FreezeRequest, timestamp: float) -> float:
    return (timestamp - request.started.timestamp()) * request.time_scale


def _is_inside(grid: Grid, place_mm: NDArray[np.float64]) -> bool:
    low = np.array(grid.origin_mm) + INSIDE_MM
    size = np.array(grid.spacing_mm[::-1]) * (np.array(grid.shape_kji[::-1]) - 1)
    high = np.array(grid.origin_mm) + size - INSIDE_MM
    return bool((place_mm > low).all() and (place_mm < high).all())


def _own_ice_cc(ice: SeenIce, own: Sequence[Cryoprobe], others: Sequence[Cryoprobe]) -> float:
    """Imaged ice that lies nearer to these probes than to those of other lesions, cm3.

    Raises:
        ViewError: the picture data are lost.
    """
    volume = open_view(Path(ice.view_directory)).ice
    if volume is None:
        raise ViewError(f"{ice.view_directory} holds no ice")
    places = _places_mm(volume)
    if not len(places):
        return 0.0
    mine = _distance_mm(places, own)
    is_mine = mine < _distance_mm(places, others) if others else np.ones(len(places), np.bool_)
    pitch = volume.grid.pitch_mm
    return float(is_mine.sum()) * pitch[0] * pitch[1] * pitch[2] / 1000.0


def _places_mm(volume: StoredVolume) -> NDArray[np.float64]:
    kji = np.argwhere(np.asarray(volume.values) != 0).astype(np.float64)
    return np.array(volume.grid.origin_mm) + kji[:, ::-1] * np.array(volume.grid.pitch_mm)


def _distance_mm(places: NDArray[np.float64], probes: Sequence[Cryoprobe]) -> NDArray[np.float64]:
    """To the nearest active length."""
    nearest = np.full(len(places), np.inf)
    for probe in probes:
        along = (places - probe.middle_mm) @ probe.unit_towards_tip
        half = 0.5 * probe.active_length_mm
        foot = probe.middle_mm + np.clip(along, -half, half)[:, None] * probe.unit_towards_tip
        nearest = np.minimum(nearest, np.linalg.norm(places - foot, axis=1))
    return nearest
