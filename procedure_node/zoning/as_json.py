"""Laid-out zones as JSON: figures by name, with units in the names."""

from collections.abc import Sequence
from typing import Any

from dosimetry_core.zoning import Zone
from procedure_node.zoning.core_band import CoreBand
from procedure_node.zoning.layout import LaidOut


def zones_as_json(laid_out: Sequence[LaidOut]) -> dict[str, Any]:
    """What ``docs/strategy.md`` promises."""
    return {"lesions": [_lesion(one) for one in laid_out]}


def _lesion(one: LaidOut) -> dict[str, Any]:
    return {
        "lesion": one.lesion,
        "volume_cc": one.size.volume_cc,
        "longest_axial_mm": one.size.longest_axial.length_mm,
        "short_axial_mm": one.size.short_axial_mm,
        "zones": [_zone(zone, one.core_band) for zone in one.zones.zones],
        "core_band_95_percent": _band(one.core_band),
        "warnings": list(one.warnings),
    }


def _zone(zone: Zone, band: CoreBand | None) -> dict[str, Any]:
    return {
        "kind": zone.kind.value,
        "volume_cc": zone.volume_cc,
        "volume_cc_95_percent": None if band is None else list(band.volumes_cc[zone.kind]),
        "centroid_mm": list(zone.centroid_mm),
    }


def _band(band: CoreBand | None) -> dict[str, Any] | None:
    if band is None:
        return None
    return {
        "level_c": band.level_c,
        "border_farther_in_mm": band.farther_in_mm,
        "border_farther_out_mm": band.farther_out_mm,
    }
