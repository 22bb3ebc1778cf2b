"""Seeds and ice together over one lesion."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.ice import IceError, IceSolid, ice_solid
from dosimetry_core.structures import bounds_mm, distance_field_mm
from dosimetry_core.tg43 import ImplantedSources, dose_grid_gy
from dosimetry_core.values import ContouredStructure, Evidence, Volume
from dosimetry_core.zoning import CombinedCover, Cover, Share, combined_cover, dose_cover
from procedure_node.events import (
    CombinedCoverage,
    CoveredPart,
    Gap,
    IceAndDose,
    StructureCombined,
)
from procedure_node.imaging.analyse import Analysis
from procedure_node.imaging.combined_request import CarriedOver, CombinedRequest, ImagedIce
from procedure_node.lethal_zone import PicturesLostError, read_pictures
from procedure_node.views import ViewError, open_view

GRID_MM = 1.0
_MARGIN_MM = 3.0
_LEVELS_C = (-20.0, -40.0)
_WARM_C = 37.0
_MOST_GAPS = 3
_SMALLEST_GAP_CC = 0.01
"""Smaller pieces are the grid's, not the treatment's: ten of its cells."""

FloatArray = NDArray[np.float64]
Covers = list[tuple[Evidence, float | None, Cover]]


def combine(request: CombinedRequest, analysis: Analysis) -> CombinedCoverage:
    """What dose and ice cover of each structure of a lesion.

    Raises:
        StructureError: a structure has no sound shape.
        ValueError: the analysis has no prescription.
    """
    prescription_gy = request.analysis.prescription_gy
    if prescription_gy is None:
        raise ValueError("seeds and ice are looked at together only where a dose is prescribed")
    if request.place_doubts:
        return _unknown(request, prescription_gy)
    warnings = list(request.doubts)
    drawn = {name: analysis.structures[name] for name in request.structures}
    fields = _fields(drawn)
    grid = next(iter(fields.values()))
    dosed = _dosed(request, analysis.implant, grid, prescription_gy)
    covers = [*_imaged(request.ices, grid, warnings), *_modelled(request, grid, warnings)]
    return CombinedCoverage(
        lesion=request.lesion,
        series_uid=request.analysis.series_uid,
        structure_set_uid=request.structure_set_uid,
        request_sha256=request.sha256,
        prescription_gy=prescription_gy,
        structures=tuple(_structure(name, field, dosed, covers) for name, field in fields.items()),
        ice_series_uids=tuple(ice.series_uid for ice in request.ices),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _unknown(request: CombinedRequest, prescription_gy: float) -> CombinedCoverage:
    """Nothing but why: contours that may lie wrong say nothing of what covers a lesion."""
    return CombinedCoverage(
        lesion=request.lesion,
        series_uid=request.analysis.series_uid,
        structure_set_uid=request.structure_set_uid,
        request_sha256=request.sha256,
        prescription_gy=prescription_gy,
        structures=(),
        ice_series_uids=(),
        warnings=request.place_doubts,
    )


def _fields(drawn: Mapping[str, ContouredStructure]) -> dict[str, Volume]:
    """Signed distances from all structures on one grid that holds them."""
    corners = [bounds_mm(structure) for structure in drawn.values()]
    low = np.min([corner[0] for corner in corners], axis=0) - _MARGIN_MM
    high = np.max([corner[1] for corner in corners], axis=0) + _MARGIN_MM
    i, j, k = (int(n) + 1 for n in np.ceil((high - low) / GRID_MM))
    return {
        name: distance_field_mm(
            structure,
            origin_mm=(float(low[0]), float(low[1]), float(low[2])),
            spacing_mm=(GRID_MM, GRID_MM, GRID_MM),
            shape_kji=(k, j, i),
        )
        for name, structure in drawn.items()
    }


def _dosed(
    request: CombinedRequest,
    implant: Sequence[ImplantedSources],
    grid: Volume,
    prescription_gy: float,
) -> Cover | None:
    if not implant:
        return None
    x, y, z = grid.affine[:3, 3].tolist()
    k, j, i = grid.values.shape
    dose = dose_grid_gy(
        implant,
        origin_mm=(x, y, z),
        spacing_mm=(GRID_MM, GRID_MM, GRID_MM),
        shape_kji=(k, j, i),
    )
    errors = request.analysis.errors
    return dose_cover(dose, prescription_gy, errors.strength_sd_percent if errors else 0.0)


def _imaged(ices: Sequence[ImagedIce], grid: Volume, warnings: list[str]) -> Covers:
    """The ice of all scans together: what was frozen in one of them."""
    solids: list[tuple[ImagedIce, IceSolid]] = []
    for ice in ices:
        try:
            mask = open_view(Path(ice.view_directory)).ice
            if mask is not None:
                solids.append((ice, ice_solid(mask.volume(), ice.surface_error_mm)))
        except (ViewError, IceError) as error:
            warnings.append(f"imaged ice of a scan is left out: {error}")
    if not solids:
        warnings.append("imaged ice: no scan shows any")
        return []
    points_mm = _points_mm(grid)
    depths = [solid.depth_mm(_back(points_mm, ice.carried)) for ice, solid in solids]
    error_mm = max(
        math.hypot(solid.surface_error_mm, ice.carried.error_mm if ice.carried else 0.0)
        for ice, solid in solids
    )
    level = -reduce(np.maximum, depths).reshape(grid.values.shape)
    field = Volume(np.clip(level, -1e3, 1e3).astype(np.float32), grid.affine)
    return [(Evidence.IMAGED, None, Cover.within(field, error_mm))]


def _modelled(request: CombinedRequest, grid: Volume, warnings: list[str]) -> Covers:
    if request.cold is None:
        return []
    try:
        lowest = read_pictures(Path(request.cold)).lowest
    except PicturesLostError as error:
        warnings.append(f"modelled ice: {error}")
        return []
    points_mm = _back(_points_mm(grid), request.cold_carried)
    on_grid = [_temperatures(field, points_mm, grid) for field in lowest]
    best, warm, coldest = on_grid if len(on_grid) == len(("best", "warm", "cold")) else on_grid * 3
    if request.cold_carried is not None:
        warm, coldest = _anywhere_within(request.cold_carried.error_mm, warm, coldest)
    return [
        (
            Evidence.MODELLED,
            level_c,
            Cover(*(Volume(t - np.float32(level_c), grid.affine) for t in (best, warm, coldest))),
        )
        for level_c in _LEVELS_C
    ]


def _temperatures(
    field: Volume, points_mm: NDArray[np.float64], grid: Volume
) -> NDArray[np.float32]:
    """Linear between voxel centres; beyond the model's grid nothing became cold."""
    found = np.empty(len(points_mm), dtype=np.float32)
    ndimage.map_coordinates(
        field.values,
        field.to_index(points_mm).T,
        output=found,
        order=1,
        mode="constant",
        cval=_WARM_C,
    )
    return found.reshape(grid.values.shape)


def _back(points_mm: FloatArray, carried: CarriedOver | None) -> FloatArray:
    """Places of the scan in the frame of reference that something is carried over from."""
    if carried is None:
        return points_mm
    back = np.linalg.inv(np.array(carried.matrix))
    return points_mm @ back[:3, :3].T + back[:3, 3]


def _anywhere_within(
    error_mm: float, warm: NDArray[np.float32], coldest: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The warmest and the coldest within the distance that a place may be off by."""
    reach = math.ceil(error_mm / GRID_MM)
    steps = GRID_MM * np.arange(-reach, reach + 1, dtype=np.float64)
    z, y, x = np.meshgrid(steps, steps, steps, indexing="ij")
    near = np.sqrt(x**2 + y**2 + z**2) <= error_mm + 0.5 * GRID_MM
    warmest, cold = np.empty_like(warm), np.empty_like(coldest)
    ndimage.maximum_filter(warm, footprint=near, output=warmest, mode="nearest")
    ndimage.minimum_filter(coldest, footprint=near, output=cold, mode="nearest")
    return warmest, cold


def _points_mm(grid: Volume) -> NDArray[np.float64]:
    axes = (np.arange(n, dtype=np.float64) for n in grid.values.shape)
    return grid.to_patient_mm(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3))


def _structure(name: str, field: Volume, dosed: Cover | None, covers: Covers) -> StructureCombined:
    found = [
        (evidence, level, combined_cover(field, dosed, cover)) for evidence, level, cover in covers
    ]
    whole = found[0][2] if found else combined_cover(field, dosed, None)
    return StructureCombined(
        name=name,
        volume_cc=whole.region_cc,
        covers=tuple(_as_fact(*one) for one in found),
    )


def _as_fact(evidence: Evidence, level_c: float | None, cover: CombinedCover) -> IceAndDose:
    return IceAndDose(
        evidence=evidence,
        level_c=level_c,
        both=_part(cover.both),
        dose_only=_part(cover.dose_only),
        ice_only=_part(cover.ice_only),
        neither=_part(cover.neither),
        gaps=tuple(_gaps(cover)),
    )


def _gaps(cover: CombinedCover) -> Iterator[Gap]:
    for part in cover.gaps[:_MOST_GAPS]:
        if part.centroid_mm is not None and part.volume_cc >= _SMALLEST_GAP_CC:
            yield Gap(cc=part.volume_cc, place_mm=part.centroid_mm)


def _part(share: Share) -> CoveredPart:
    return CoveredPart(cc=share.part.volume_cc, low_cc=share.low_cc, high_cc=share.high_cc)
