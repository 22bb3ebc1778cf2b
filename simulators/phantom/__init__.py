"""The phantom: pure functions that put hardware and ice into a CT, and its DICOM writers."""

from simulators.phantom.ice import EDGE_MM, FALL_HU, IceEllipsoid, with_ice
from simulators.phantom.identity import StudyIdentity
from simulators.phantom.metal import (
    CAPSULE_EXCESS_HU_MM3,
    CAPSULE_LENGTH_MM,
    MARKER_EXCESS_HU_MM3,
    SeedPose,
    Shaft,
    with_seeds,
    with_shafts,
)
from simulators.phantom.noise import with_noise
from simulators.phantom.scanner import MAXIMUM_HU, ScannerResponse, require_axial
from simulators.phantom.series import WrittenSeries, write_series
from simulators.phantom.structure_set import write_structure_set

__all__ = [
    "CAPSULE_EXCESS_HU_MM3",
    "CAPSULE_LENGTH_MM",
    "EDGE_MM",
    "FALL_HU",
    "MARKER_EXCESS_HU_MM3",
    "MAXIMUM_HU",
    "IceEllipsoid",
    "ScannerResponse",
    "SeedPose",
    "Shaft",
    "StudyIdentity",
    "WrittenSeries",
    "require_axial",
    "with_ice",
    "with_noise",
    "with_seeds",
    "with_shafts",
    "write_series",
    "write_structure_set",
]
