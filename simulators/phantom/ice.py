"""Ice in CT: a fall of HU with a soft edge around cryoprobes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Vector, Volume
from simulators.phantom.blur import blurred_in_plane
from simulators.phantom.scanner import require_axial

FALL_HU = 85.0
"""How far soft tissue falls on freezing, whatever it was before (Sandison et al. 1998)."""
EDGE_MM = 2.0
"""Width of the ice's edge: freezing takes a range of about 7 C, which is some 2 mm at the edge."""

_SUBSLICES = 5
# Fat holds little water and bone and air none: the fall fades out on the way from tissue to each.
_FAT_HU, _TISSUE_FROM_HU, _TISSUE_TO_HU, _BONE_HU = -120.0, -20.0, 300.0, 450.0
_TISSUE_SIGMA_MM = 1.5

_Box = tuple[range, range, range]


@dataclass(frozen=True, slots=True)
class IceEllipsoid:
    """Ice around one probe: an ellipsoid of revolution about the probe's shaft.

    Attributes:
        center_mm: LPS mm.
        axis: unit vector along the shaft, LPS.
        along_mm: semi-axis along the shaft.
        across_mm: semi-axis across it.
    """

    center_mm: Vector
    axis: Vector
    along_mm: float
    across_mm: float

    def depth_mm(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Depth below the ice's surface, mm, of points (..., 3) in LPS mm; negative outside.

        It is exact on the surface and on the axes, and within the ellipsoid's flattening elsewhere.
        """
        axis = np.array(self.axis)
        offset = points_mm - np.array(self.center_mm)
        along = offset @ axis
        distance = np.linalg.norm(offset, axis=-1)
        across = np.sqrt(np.maximum(distance**2 - along**2, 0.0))
        scaled = np.hypot(along / self.along_mm, across / self.across_mm)
        smallest = min(self.along_mm, self.across_mm)
        # Along the ray from the centre, the surface lies at distance / scaled.
        radius = np.divide(distance, scaled, out=np.full_like(scaled, smallest), where=scaled > 0)
        return radius - distance


def with_ice(volume: Volume, ice: Sequence[IceEllipsoid]) -> Volume:
    """The same patient with ice: soft tissue falls by ``FALL_HU``, its texture and noise stay.

    Put ice in before metal: metal does not fall.

    Args:
        volume: HU, axial.
        ice: what there is around each probe; where they overlap it is frozen once.

    Returns:
        HU as int16.

    Raises:
        ValueError: the volume is not axial.
    """
    require_axial(volume)
    values = volume.values.astype(np.int16)
    box = _box(volume, ice)
    if box is not None:
        block = tuple(slice(part.start, part.stop) for part in box)
        before = values[block].astype(np.float64)
        fall = FALL_HU * _frozen_fraction(volume, ice, box) * _tissue_share(before, volume)
        values[block] = np.rint(before - fall)
    return Volume(values, volume.affine)


def _frozen_fraction(volume: Volume, ice: Sequence[IceEllipsoid], box: _Box) -> NDArray[np.float64]:
    """How much of each voxel in a box is frozen, 0 to 1.

    Each voxel is averaged over its thickness, as the scanner does.
    """
    k, j, i = (np.array(part, dtype=np.float64) for part in box)
    total = np.zeros((len(k), len(j), len(i)))
    index = np.empty((*total.shape, 3))
    index[..., 1] = j[:, None]
    index[..., 2] = i
    for shift in (np.arange(_SUBSLICES) + 0.5) / _SUBSLICES - 0.5:
        index[..., 0] = (k + shift)[:, None, None]
        points_mm = volume.to_patient_mm(index)
        depth_mm = np.max([one.depth_mm(points_mm) for one in ice], axis=0)
        total += np.clip(depth_mm / EDGE_MM + 0.5, 0.0, 1.0)
    return total / _SUBSLICES


def _box(volume: Volume, ice: Sequence[IceEllipsoid]) -> _Box | None:
    """The voxels that all ice lies in; None without ice or if it is all outside of the volume."""
    if not ice:
        return None
    corners: list[NDArray[np.float64]] = []
    for one in ice:
        reach = max(one.along_mm, one.across_mm) + EDGE_MM
        center = np.array(one.center_mm)
        corners += [center - reach, center + reach]
    index = volume.to_index(np.array(corners))
    first = np.maximum(np.floor(index.min(axis=0)), 0)
    stop = np.minimum(np.ceil(index.max(axis=0)) + 1, volume.values.shape)
    k, j, i = (range(int(a), int(b)) for a, b in zip(first, stop, strict=True))
    return (k, j, i) if k and j and i else None


def _tissue_share(hu: NDArray[np.float64], volume: Volume) -> NDArray[np.float64]:
    _, row_mm, column_mm = volume.spacing_mm
    smooth = blurred_in_plane(hu, _TISSUE_SIGMA_MM / row_mm, _TISSUE_SIGMA_MM / column_mm)
    return np.interp(
        smooth, (_FAT_HU, _TISSUE_FROM_HU, _TISSUE_TO_HU, _BONE_HU), (0.0, 1.0, 1.0, 0.0)
    )
