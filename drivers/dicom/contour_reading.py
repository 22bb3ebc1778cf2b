"""One contour of an RT Structure Set, from its numbers to a polygon."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from drivers.dicom.reading import text_of
from drivers.dicom.slice_checks import numbers_of

# PS3.3 section C.8.8.6.3. CLOSEDPLANAR_XOR combines by exclusive-or, which is how the polygons of
# one structure are combined here in any case.
CLOSED_TYPES = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})

_CONTOUR_DATA = 0x30060050
_PLANE_TOLERANCE_MM = 0.1
_SAME_POINT_MM = 1e-6
# A polygon of less than a thousandth of a square millimetre encloses nothing that could be treated.
_LEAST_AREA_MM2 = 1e-3


class MalformedContourError(Exception):
    """A contour's numbers make no planar polygon; the structure would be wrong without it."""


def read_polygon(contour: Dataset) -> NDArray[np.float64] | None:
    """The polygon of a closed contour, LPS mm, shape (n >= 3, 3), no point twice in a row.

    Returns:
        None where the contour encloses no area: fewer than three points, or all on one line.

    Raises:
        MalformedContourError: it is not of finite triples, has another number of points than it
            says, or does not lie in one plane.
    """
    numbers = _contour_data(contour)
    if numbers.size % 3 or not np.isfinite(numbers).all():
        raise MalformedContourError("a contour's data is not finite x, y, z triples")
    points = numbers.reshape(-1, 3)
    stated = numbers_of(contour, "NumberOfContourPoints")
    if stated and stated != (len(points),):
        told = text_of(contour, "NumberOfContourPoints")
        raise MalformedContourError(f"a contour says {told} points but has {len(points)}")
    points = _without_repeats(points)
    if len(points) < 3:
        return None
    # Newell's normal: its length is twice the area, whatever the polygon's shape.
    centred = points - points.mean(axis=0)
    normal = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    doubled_area_mm2 = float(np.linalg.norm(normal))
    if doubled_area_mm2 < 2.0 * _LEAST_AREA_MM2:
        return None
    off_plane_mm = float(np.abs(centred @ normal).max() / doubled_area_mm2)
    if off_plane_mm > _PLANE_TOLERANCE_MM:
        raise MalformedContourError(f"a contour's points leave its plane by {off_plane_mm:.2f} mm")
    return points


def _contour_data(contour: Dataset) -> NDArray[np.float64]:
    """The numbers, without making an object of each: a structure set has some 100,000."""
    element = contour.get_item(_CONTOUR_DATA) if _CONTOUR_DATA in contour else None
    if element is None or element.value is None:
        return np.empty(0)
    if isinstance(element, RawDataElement):
        texts: list[bytes | str] = [*bytes(element.value).rstrip(b" \0").split(b"\\")]
    else:
        value: Any = element.value
        many = cast("Sequence[Any]", value) if isinstance(value, Sequence) else (value,)
        texts = [str(one) for one in many]
    try:
        return np.array([float(text) for text in texts])
    except ValueError as error:
        raise MalformedContourError("a contour's data is not numbers") from error


def _without_repeats(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(points):
        return points
    step_mm = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1)
    return points[step_mm > _SAME_POINT_MM]
