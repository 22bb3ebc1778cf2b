"""Zones of bulky lesions by a protocol's rules, and their export."""

from procedure_node.zoning.as_json import zones_as_json
from procedure_node.zoning.choices import ZoningChoices
from procedure_node.zoning.core_band import CoreBand
from procedure_node.zoning.export import ZonePaths, export_zones
from procedure_node.zoning.layout import LaidOut, ZoningRefusedError, lay_out_zones
from procedure_node.zoning.planned_freeze import PlannedFreeze, PlannedProbe

__all__ = [
    "CoreBand",
    "LaidOut",
    "PlannedFreeze",
    "PlannedProbe",
    "ZonePaths",
    "ZoningChoices",
    "ZoningRefusedError",
    "export_zones",
    "lay_out_zones",
    "zones_as_json",
]
