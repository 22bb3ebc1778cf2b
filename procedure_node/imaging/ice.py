"""Imaged ice, and how it lies over the structures that are frozen."""

from collections.abc import Mapping

from dosimetry_core.ice import IceError, find_ice, ice_coverage
from dosimetry_core.structures import StructureError, mask_on
from dosimetry_core.values import ContouredStructure, Volume
from procedure_node.events import IceFound, StructureIce
from procedure_node.imaging.reading import ScanChangedError, scan_in
from procedure_node.imaging.request import IceRequest


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
            inside = mask_on(structures[name], finding.mask.affine, finding.mask.values.shape)
        except StructureError as error:
            warnings.append(f"{name}: {error}")
            continue
        percent, margin_mm = ice_coverage(finding.mask, inside)
        covered.append(
            StructureIce(name=name, covered_percent=percent, minimum_margin_mm=margin_mm)
        )
    found = IceFound(
        series_uid=series_uid,
        baseline_series_uid=baseline.series_uid,
        volume_cc=finding.volume_cc,
        structures=tuple(covered),
        warnings=tuple(warnings),
    )
    return found, finding.mask
