"""Imaged ice, and how it lies over the structures that are frozen."""

import math
from collections.abc import Mapping

import numpy as np

from dosimetry_core.ice import IceError, find_ice, ice_coverage
from dosimetry_core.structures import StructureError, distance_field_mm
from dosimetry_core.values import ContouredStructure, Vector, Volume
from procedure_node.events import IceFound, StructureIce
from procedure_node.imaging.reading import ScanChangedError, scan_in
from procedure_node.imaging.request import IceRequest

DISTANCE_GRID_MM = 1.0
"""Voxel of a structure's distance field: its surface is found between voxels, to a tenth of it."""

DISTANCE_MARGIN_MM = 8.0
"""How far the field reaches past the contours: past the half slice that caps a structure."""


class IceUnknownError(Exception):
    """The ice cannot be told from the scan. The message says why."""


def ice_over_structures(
    series_uid: str,
    request: IceRequest,
    scan: Volume,
    structures: Mapping[str, ContouredStructure],
) -> tuple[IceFound, Volume]:
    """The ice in a scan, and how far it covers each frozen structure.

    Ice is what hangs together with a probe's tip. For a structure whose probes have no known tip it
    is what hangs together with the structure's own middle: otherwise ice at the tips of another
    lesion would pass for all the ice there is.

    Raises:
        IceUnknownError: the baseline is gone, or no ice can be told from what is there.
    """
    try:
        baseline = scan_in(request.baseline_directory, request.baseline_sha256)
    except ScanChangedError as error:
        raise IceUnknownError(f"the ice is not known: {error}") from error
    warnings: list[str] = []
    covered: list[StructureIce] = []
    whole = np.zeros(scan.values.shape, np.bool_)
    searches = _searches(request, structures)
    failures: list[IceError] = []
    for tips_mm, names in searches:
        try:
            finding = find_ice(scan, baseline.volume, probe_tips_mm=tips_mm)
        except IceError as error:
            failures.append(error)
            warnings.append(f"{', '.join(names)}: {error}")
            continue
        whole |= finding.on_grid_of(scan)
        warnings += [warning for warning in finding.warnings if warning not in warnings]
        if tips_mm != request.probe_tips_mm:
            warnings.append(f"{names[0]}: a tip is not known, ice through its middle was taken")
        for name in names:
            try:
                covered.append(_cover(name, finding.mask, structures[name]))
            except (IceError, StructureError) as error:
                warnings.append(f"{name}: {error}")
    if failures and len(failures) == len(searches):
        raise IceUnknownError(f"the ice is not known: {failures[0]}") from failures[0]
    found = IceFound(
        series_uid=series_uid,
        baseline_series_uid=baseline.series_uid,
        structure_set_uid=request.structure_set_uid,
        volume_cc=float(whole.sum()) * scan.voxel_volume_mm3 / 1000.0,
        structures=tuple(covered),
        warnings=tuple(warnings),
    )
    return found, Volume(whole, scan.affine)


def _searches(
    request: IceRequest, structures: Mapping[str, ContouredStructure]
) -> list[tuple[tuple[Vector, ...], tuple[str, ...]]]:
    """From which points to look, for which structures: once from all tips, once for each other."""
    tips_mm = request.probe_tips_mm
    by_tips = tuple(s.name for s in request.structures if tips_mm and s.tips_are_known)
    others = [s.name for s in request.structures if s.name not in by_tips]
    return [
        *([(tips_mm, by_tips)] if tips_mm else []),
        *((_middle_of_planes(structures[name]), (name,)) for name in others),
    ]


def _middle_of_planes(structure: ContouredStructure) -> tuple[Vector, ...]:
    """The middle of each contoured plane of a structure, LPS mm."""
    points = np.concatenate(structure.polygons_mm)
    heights = np.unique(points[:, 2])
    middles = [points[points[:, 2] == z].mean(axis=0) for z in heights]
    return tuple((float(x), float(y), float(z)) for x, y, z in middles)


def _cover(name: str, ice: Volume, structure: ContouredStructure) -> StructureIce:
    cover = ice_coverage(ice, _distance(structure))
    margin_mm = None if math.isnan(cover.minimum_margin_mm) else cover.minimum_margin_mm
    return StructureIce(
        name=name, covered_percent=cover.covered_percent, minimum_margin_mm=margin_mm
    )


def _distance(structure: ContouredStructure) -> Volume:
    """Signed distance from a structure on a grid of its own that holds all of it."""
    points = np.concatenate(structure.polygons_mm)
    low = points.min(axis=0) - DISTANCE_MARGIN_MM
    extent = points.max(axis=0) + DISTANCE_MARGIN_MM - low
    columns, rows, slices = (int(n) + 1 for n in np.ceil(extent / DISTANCE_GRID_MM))
    return distance_field_mm(
        structure,
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(DISTANCE_GRID_MM, DISTANCE_GRID_MM, DISTANCE_GRID_MM),
        shape_kji=(slices, rows, columns),
    )
