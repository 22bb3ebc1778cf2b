"""Contoured structures as solids: volume, inside, samples, distance."""

from dosimetry_core.structures.distance import distance_field_mm, signed_distance_mm
from dosimetry_core.structures.errors import StructureError
from dosimetry_core.structures.from_mask import polygons_from_mask, structure_from_mask
from dosimetry_core.structures.inside import (
    VolumeEstimate,
    bounds_mm,
    contains,
    mask_on,
    volume_cc,
    volume_estimate,
)
from dosimetry_core.structures.sampling import (
    StructureSamples,
    sample_structure,
    surface_points_mm,
)

__all__ = [
    "StructureError",
    "StructureSamples",
    "VolumeEstimate",
    "bounds_mm",
    "contains",
    "distance_field_mm",
    "mask_on",
    "polygons_from_mask",
    "sample_structure",
    "signed_distance_mm",
    "structure_from_mask",
    "surface_points_mm",
    "volume_cc",
    "volume_estimate",
]
