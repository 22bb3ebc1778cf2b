"""Imaged ice, how it lies over the structures that are frozen, and how near it comes to organs.

The mask of the ice lies beside the picture data of its scan, where another process can read it:
``views.open_view(scan.view_directory).ice`` is on the scan's grid, and ``IceFound`` tells how far
its surface may be off.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dosimetry_core.ice import (
    PLACE_FACTOR,
    PLACE_FACTOR_ALONE,
    Estimate,
    IceError,
    IceSolid,
    ice_coverage,
    ice_near,
    ice_solid,
)
from dosimetry_core.values import ContouredStructure, Vector, Volume
from procedure_node.events import Band, BaselineUse, IceFound, OrganIce, StructureIce
from procedure_node.imaging.ice_baseline import Found, Search, ice_against
from procedure_node.imaging.ice_request import IceRequest
from procedure_node.imaging.reading import ScanChangedError, scan_in

LEAST_SURE: tuple[BaselineUse, ...] = ("NONE", "REGISTERED", "FRAME")
"""How a baseline was used, the least sure way first."""


class IceUnknownError(Exception):
    """The ice cannot be told from the scan. The message says why."""


def ice_over_structures(
    series_uid: str,
    request: IceRequest,
    scan: Volume,
    structures: Mapping[str, ContouredStructure],
) -> tuple[IceFound, Volume]:
    """The ice in a scan, what it covers, and its mask on the scan's grid.

    Ice is what hangs together with a probe's tip. For a structure whose probes have no known tip it
    is what hangs together with the structure's own middle: otherwise ice at the tips of another
    lesion would pass for all the ice there is.

    Raises:
        IceUnknownError: no ice can be told from what is there.
    """
    baseline, baseline_uid, warnings = _baseline(request)
    same_frame = request.baseline is not None and request.baseline.same_frame
    covered: list[StructureIce] = []
    found: list[Found] = []
    failures: list[IceError] = []
    for search, names, told in _searches(request, structures):
        try:
            ice = ice_against(scan, baseline, search, same_frame=same_frame)
            solid = _solid(ice)
        except IceError as error:
            failures.append(error)
            warnings.append(f"{', '.join(names) or 'ice'}: {error}")
            continue
        found.append(ice)
        warnings += [*told, *ice.warnings, *ice.finding.warnings]
        for name in names:
            try:
                covered.append(_cover(name, solid, structures[name]))
            except IceError as error:
                warnings.append(f"{name}: {error}")
    if failures and not found:
        raise IceUnknownError(f"the ice is not known: {failures[0]}") from failures[0]
    whole = _together(found, scan)
    organs = _organs(request.organs, whole.solid, structures, warnings)
    used = _least_sure(found)
    payload = IceFound(
        series_uid=series_uid,
        baseline_series_uid=baseline_uid if used != "NONE" else None,
        structure_set_uid=request.structure_set_uid,
        volume_cc=whole.solid.volume_cc.value,
        structures=tuple(covered),
        warnings=tuple(dict.fromkeys(warnings)),
        volume_band=_band(whole.solid.volume_cc),
        surface_error_mm=whole.solid.surface_error_mm,
        baseline_use=used,
        organs=organs,
    )
    return payload, whole.mask


def _least_sure(found: Sequence[Found]) -> BaselineUse:
    for use in LEAST_SURE:
        if any(one.use == use for one in found):
            return use
    return "NONE"


def _baseline(request: IceRequest) -> tuple[Volume | None, str | None, list[str]]:
    """The scan from before freezing and its UID, if it can be read, and what is to be said."""
    if request.baseline is None:
        return None, None, ["no scan was taken before freezing"]
    try:
        series = scan_in(request.baseline.directory, request.baseline.sha256)
    except ScanChangedError as error:
        return None, None, [f"the scan from before freezing cannot be used: {error}"]
    return series.volume, series.series_uid, []


def _searches(
    request: IceRequest, structures: Mapping[str, ContouredStructure]
) -> list[tuple[Search, tuple[str, ...], tuple[str, ...]]]:
    """Where to look, for which structures, and what is to be said of it.

    Once from all tips, once for each structure whose tips are not known.
    """
    probes = request.probes
    by_tips = tuple(s.name for s in request.structures if probes and s.tips_are_known)
    others = [s.name for s in request.structures if s.name not in by_tips]
    axes = tuple(p.direction for p in probes if p.direction is not None)
    all_axes = axes if len(axes) == len(probes) else ()
    searches = [
        (
            Search(_middle_of_planes(structures[name]), ()),
            (name,),
            (f"{name}: a tip is not known, ice through its middle was taken",),
        )
        for name in others
    ]
    if not probes:
        return searches
    told = (
        () if all_axes else ("the direction of a probe is not known: what it hides is less sure",)
    )
    return [(Search(tuple(p.tip_mm for p in probes), all_axes), by_tips, told), *searches]


def _middle_of_planes(structure: ContouredStructure) -> tuple[Vector, ...]:
    """The middle of each contoured plane of a structure, LPS mm."""
    points = np.concatenate(structure.polygons_mm)
    heights = np.unique(points[:, 2])
    middles = [points[points[:, 2] == z].mean(axis=0) for z in heights]
    return tuple((float(x), float(y), float(z)) for x, y, z in middles)


class _Whole(NamedTuple):
    """All ice of a scan: its mask on the scan's grid, and the solid."""

    mask: Volume
    solid: IceSolid


def _together(found: Sequence[Found], scan: Volume) -> _Whole:
    """The ice of all searches, as unsure as the least sure of them.

    Raises:
        IceUnknownError: it has no shape.
    """
    whole = np.zeros(scan.values.shape, np.bool_)
    for one in found:
        whole |= one.finding.on_grid_of(scan)
    error_mm = max((one.finding.surface_error_mm for one in found), default=0.0)
    mask = Volume(whole, scan.affine)
    try:
        return _Whole(mask, ice_solid(mask, error_mm, max(map(_place_factor, found), default=0.0)))
    except IceError as error:
        raise IceUnknownError(f"the ice is not known: {error}") from error


def _solid(ice: Found) -> IceSolid:
    return ice_solid(ice.finding.mask, ice.finding.surface_error_mm, _place_factor(ice))


def _place_factor(ice: Found) -> float:
    return PLACE_FACTOR_ALONE if ice.use == "NONE" else PLACE_FACTOR


def _cover(name: str, ice: IceSolid, structure: ContouredStructure) -> StructureIce:
    cover = ice_coverage(ice, structure)
    margin = cover.minimum_margin_mm
    under, short, enough = (share.value for share in cover.margin_percent)
    return StructureIce(
        name=name,
        covered_percent=cover.covered_percent.value,
        minimum_margin_mm=None if margin is None else margin.value,
        covered_band=_band(cover.covered_percent),
        margin_band=None if margin is None else _band(margin),
        margin_place_mm=cover.margin_place_mm,
        surface_cm2=cover.surface_cm2,
        margin_percent=(under, short, enough),
        unfrozen_cc=cover.unfrozen_cc.value,
        unfrozen_band=_band(cover.unfrozen_cc),
        unfrozen_center_mm=cover.unfrozen_center_mm,
    )


def _organs(
    names: Sequence[str],
    ice: IceSolid,
    structures: Mapping[str, ContouredStructure],
    warnings: list[str],
) -> tuple[OrganIce, ...]:
    """How near the ice comes to each organ; what has no shape is told in the warnings."""
    organs: list[OrganIce] = []
    for name in names:
        try:
            near = ice_near(ice, structures[name])
        except IceError as error:
            warnings.append(f"{name}: {error}")
            continue
        approach = near.approach_mm
        organs.append(
            OrganIce(
                name=name,
                spill_cc=near.spill_cc.value,
                spill_band=_band(near.spill_cc),
                approach_mm=None if approach is None else approach.value,
                approach_band=None if approach is None else _band(approach),
                place_mm=near.place_mm,
            )
        )
    return tuple(organs)


def _band(estimate: Estimate) -> Band:
    return Band(low=estimate.low, high=estimate.high)
