"""Imaged ice, and how it lies over the structures that are frozen."""

import math
from collections.abc import Mapping

import numpy as np

from dosimetry_core.ice import IceError, find_ice, ice_coverage
from dosimetry_core.structures import StructureError, distance_field_mm
from dosimetry_core.values import ContouredStructure, Volume
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

    Raises:
        IceUnknownError: the baseline is gone, or no ice can be told from what is there.
    """
    try:
        baseline = scan_in(request.baseline_directory, request.baseline_sha256)
        finding = find_ice(scan, baseline.volume, probe_tips_mm=request.probe_tips_mm)
    except (ScanChangedError, IceError) as error:
        raise IceUnknownError(f"the ice is not known: {error}") from error
    warnings = list(finding.warnings)
    covered: list[StructureIce] = []
    for name in request.structures:
        try:
            cover = ice_coverage(finding.mask, _distance(structures[name]))
        except (IceError, StructureError) as error:
            warnings.append(f"{name}: {error}")
            continue
        margin_mm = None if math.isnan(cover.minimum_margin_mm) else cover.minimum_margin_mm
        covered.append(
            StructureIce(
                name=name, covered_percent=cover.covered_percent, minimum_margin_mm=margin_mm
            )
        )
    found = IceFound(
        series_uid=series_uid,
        baseline_series_uid=baseline.series_uid,
        structure_set_uid=request.structure_set_uid,
        volume_cc=finding.volume_cc,
        structures=tuple(covered),
        warnings=tuple(warnings),
    )
    return found, finding.mask


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
