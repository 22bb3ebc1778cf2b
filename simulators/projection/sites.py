"""Where a lesion may lie: in the middle of soft tissue."""

# scipy.ndimage has no types
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportArgumentType=false, reportGeneralTypeIssues=false

import numpy as np
from scipy import ndimage

from dosimetry_core.values import Vector, Volume

_GRID_MM = 5.0
_SOFT_HU = (20.0, 190.0)


def soft_sites(
    volume: Volume, semi_axes_mm: Vector, *, filled: float = 0.97, z_margin_mm: float = 30.0
) -> list[Vector]:
    """Centres of ellipsoids that hold soft tissue, 5 mm apart.

    Args:
        volume: HU, axial.
        semi_axes_mm: of the ellipsoid, along x, y and z.
        filled: share of the ellipsoid that must be between 20 and 190 HU.
        z_margin_mm: least distance from the first and the last slice.

    Returns:
        LPS mm, the largest connected region of such centres alone: in an abdomen the liver.
    """
    steps = [max(1, round(_GRID_MM / pitch)) for pitch in volume.spacing_mm]
    smooth = ndimage.uniform_filter(volume.values.astype(np.float32), steps)
    coarse = smooth[:: steps[0], :: steps[1], :: steps[2]]
    pitch = [step * mm for step, mm in zip(steps, volume.spacing_mm, strict=True)]
    soft = ((coarse > _SOFT_HU[0]) & (coarse < _SOFT_HU[1])).astype(np.float32)
    reach = [int(np.ceil(semi / mm)) for semi, mm in zip(semi_axes_mm[::-1], pitch, strict=True)]
    k, j, i = np.ogrid[tuple(slice(-n, n + 1) for n in reach)]
    z, y, x = (
        at * mm / semi for at, mm, semi in zip((k, j, i), pitch, semi_axes_mm[::-1], strict=True)
    )
    ball = (z**2 + y**2 + x**2 <= 1.0).astype(np.float32)
    share = ndimage.convolve(soft, ball / ball.sum(), mode="constant")
    label, count = ndimage.label(share >= filled)
    if not count:
        return []
    largest = 1 + int(np.argmax(np.bincount(label.ravel())[1:]))
    index = np.argwhere(label == largest) * steps
    points = volume.to_patient_mm(index.astype(np.float64))
    z_first = float(volume.affine[2, 3])
    z_last = z_first + volume.spacing_mm[0] * (len(volume.values) - 1)
    kept = points[(points[:, 2] >= z_first + z_margin_mm) & (points[:, 2] <= z_last - z_margin_mm)]
    return [(float(x_mm), float(y_mm), float(z_mm)) for x_mm, y_mm, z_mm in kept]
