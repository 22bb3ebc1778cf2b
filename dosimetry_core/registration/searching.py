"""Where a lesion's surroundings lie in a scan of which nothing is known but its images."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.patches import patch_of
from dosimetry_core.registration.starts import best_shift
from dosimetry_core.values import Vector, Volume

_LARGEST_HALF_MM = 300.0


def find_start(
    planning: Volume, scan: Volume, center_mm: Vector, *, size_mm: float = 150.0
) -> NDArray[np.float64]:
    """A start for ``register`` between frames of reference that nothing relates.

    The shift at which the region correlates best with any place of the scan. It is a guess to begin
    with, right to some mm at best; the registration judges where it led to.

    Args:
        planning: HU of the CT on which the lesion was drawn.
        scan: HU of the CT to which it is to be carried.
        center_mm: the lesion's middle in the planning CT, LPS mm.
        size_mm: side of the cube round it that is looked for.

    Returns:
        Shape (4, 4), planning CT to scan, LPS mm.

    Raises:
        RegistrationError: the planning CT does not reach the lesion's surroundings.
    """
    shape = np.array(scan.values.shape, dtype=np.float64)
    ends = scan.to_patient_mm(np.stack([np.zeros(3), shape - 1.0]))
    middle = ends.mean(axis=0)
    half_mm = min(float(np.ptp(ends, axis=0).max()) / 2.0, _LARGEST_HALF_MM)
    region = patch_of(planning, np.array(center_mm, dtype=np.float64), size_mm / 2.0, None)
    whole = patch_of(scan, middle, half_mm, None)
    matrix, _ = best_shift(region, whole)
    return matrix
