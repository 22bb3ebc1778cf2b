"""Size of a lesion: volume, diameters as they are reported, extents in space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist, squareform

from dosimetry_core.structures import (
    StructureError,
    sample_structure,
    surface_points_mm,
    volume_estimate,
)
from dosimetry_core.values import ContouredStructure, Vector

FloatArray = NDArray[np.float64]

_SURFACE_PITCH_MM = 1.0
_SAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Diameter:
    """A straight measure from one place to another, LPS mm."""

    length_mm: float
    start_mm: Vector
    end_mm: Vector


@dataclass(frozen=True, slots=True)
class LesionSize:
    """Size of one lesion.

    Attributes:
        volume_cc: its volume, cm3.
        volume_error_cc: its error (see ``volume_estimate``).
        centroid_mm: centre of mass, LPS mm.
        longest_axial: the longest diameter in a plane of its contours (RECIST 1.1, Eisenhauer et
            al., Eur J Cancer 45 (2009) 228).
        short_axial_mm: its width in that plane, square to the longest diameter.
        longest_mm: the longest diameter in space.
        extents_mm: its extents along its three principal axes, longest first.
    """

    volume_cc: float
    volume_error_cc: float
    centroid_mm: Vector
    longest_axial: Diameter
    short_axial_mm: float
    longest_mm: float
    extents_mm: tuple[float, float, float]


def lesion_size(lesion: ContouredStructure) -> LesionSize:
    """Measure a lesion.

    Diameters are those of its contours as they are drawn: nothing is added for the half slice
    beyond the last plane but in ``extents_mm``, ``longest_mm`` and the volume.

    Raises:
        StructureError: it has no sound shape.
    """
    estimate = volume_estimate(lesion)
    samples = sample_structure(lesion, point_count=_SAMPLES)
    weight = samples.weights_mm3 / samples.weights_mm3.sum()
    centroid = weight @ samples.centers_mm
    apart = samples.centers_mm - centroid
    axes = np.linalg.eigh((apart * weight[:, None]).T @ apart)[1][:, ::-1]
    surface = _hull(surface_points_mm(lesion, _SURFACE_PITCH_MM))
    extents = np.ptp(surface @ axes, axis=0).tolist()
    planes = _planes(lesion)
    diameters = [_longest(plane) for plane in planes]
    widest = int(np.argmax([diameter.length_mm for diameter in diameters]))
    longest = diameters[widest]
    return LesionSize(
        volume_cc=estimate.volume_cc,
        volume_error_cc=estimate.error_cc,
        centroid_mm=_vector(centroid),
        longest_axial=longest,
        short_axial_mm=_width_square_to(longest, planes[widest]),
        longest_mm=_longest(surface).length_mm,
        extents_mm=(extents[0], extents[1], extents[2]),
    )


def _planes(lesion: ContouredStructure) -> list[FloatArray]:
    """The corners of all contours, plane by plane.

    Islands of one plane are measured together, as one lesion.
    """
    heights = [round(float(polygon[:, 2].mean()), 3) for polygon in lesion.polygons_mm]
    return [
        np.concatenate([p for p, h in zip(lesion.polygons_mm, heights, strict=True) if h == height])
        for height in sorted(set(heights))
    ]


def _hull(points: FloatArray) -> FloatArray:
    try:
        return points[ConvexHull(points).vertices]
    except QhullError as error:
        raise StructureError("a lesion needs an extent along all three axes") from error


def _longest(points: FloatArray) -> Diameter:
    apart = squareform(pdist(points))
    first, second = np.unravel_index(int(apart.argmax()), apart.shape)
    return Diameter(
        length_mm=float(apart[first, second]),
        start_mm=_vector(points[first]),
        end_mm=_vector(points[second]),
    )


def _width_square_to(diameter: Diameter, plane: FloatArray) -> float:
    along = np.subtract(diameter.end_mm, diameter.start_mm) / diameter.length_mm
    normal = np.array([0.0, 0.0, 1.0])
    return float(np.ptp(plane @ np.cross(normal, along)))


def _vector(xyz: FloatArray) -> Vector:
    x, y, z = xyz.tolist()
    return x, y, z
