"""What a person looks at to confirm a registration: both scans laid over each other."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.result import RegistrationResult
from dosimetry_core.registration.sampling import sampled_at
from dosimetry_core.values import Vector, Volume

Plane = Literal["axial", "coronal", "sagittal"]

# The plane's columns and rows as axes of LPS; a coronal or sagittal one has the head at the top.
_AXES: dict[Plane, tuple[Vector, Vector]] = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class CheckView:
    """One plane through the lesion, in the planning CT's frame.

    Attributes:
        plane: which.
        pixel_mm: side of a pixel.
        planning: grey values 0 to 1, shape (rows, columns); NaN outside of the CT.
        scan: the scan where the registration puts it, likewise.
        blend: mean of the two; NaN where either is.
        checkerboard: fields of one and of the other in turn.
    """

    plane: Plane
    pixel_mm: float
    planning: NDArray[np.float32]
    scan: NDArray[np.float32]
    blend: NDArray[np.float32]
    checkerboard: NDArray[np.float32]


def check_view(
    planning: Volume,
    scan: Volume,
    result: RegistrationResult,
    plane: Plane,
    *,
    window_hu: tuple[float, float] = (-110.0, 190.0),
    pixel_mm: float = 1.0,
    field_mm: float = 15.0,
) -> CheckView:
    """Lay the scan over the planning CT in a plane through the lesion's middle.

    Args:
        planning: HU.
        scan: HU.
        result: of their registration.
        plane: which.
        window_hu: shown as 0 and as 1.
        pixel_mm: side of a pixel.
        field_mm: side of a field of the checkerboard.

    Raises:
        ValueError: the window is empty, or a length is not above 0 mm.
    """
    low, high = window_hu
    if high <= low or min(pixel_mm, field_mm) <= 0.0:
        raise ValueError(
            f"a check view needs a window from low to high HU and lengths above 0 mm, got "
            f"{window_hu} HU, pixels of {pixel_mm} mm and fields of {field_mm} mm"
        )
    count = int(result.size_mm / pixel_mm) + 1
    along = (np.arange(count) - (count - 1) / 2.0) * pixel_mm
    columns, rows = (np.array(axis) for axis in _AXES[plane])
    points = np.array(result.center_mm) + along[:, None, None] * rows + along[:, None] * columns
    ours = _grey(sampled_at(planning, points), low, high)
    theirs = _grey(sampled_at(scan, result.to_scan(points)), low, high)
    field = np.floor(np.arange(count) * pixel_mm / field_mm).astype(np.int64)
    even = (field[:, None] + field) % 2 == 0
    blend = ((ours + theirs) / 2.0).astype(np.float32)
    return CheckView(plane, pixel_mm, ours, theirs, blend, np.where(even, ours, theirs))


def _grey(hu: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    return np.clip((hu - low) / (high - low), 0.0, 1.0).astype(np.float32)
