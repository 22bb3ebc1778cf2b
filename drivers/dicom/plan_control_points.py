"""Where the seeds of one channel lie, by its control points.

A permanent seed has two control points at one place, the beginning and the end of its life (PS3.3
C.8.8.15.1). A channel of more of them is a needle with a pair for each seed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom import Dataset

from dosimetry_core.values import Vector
from drivers.dicom.reading import items_of, text_of
from drivers.dicom.slice_checks import numbers_of
from drivers.dicom.told_once import ToldOnce

# Two control points closer than this are one place: their direction would be made of rounding.
_LEAST_AXIS_MM = 0.5
# An axis that is no unit vector by more than this is no direction cosines.
_AXIS_LENGTHS = (0.9, 1.1)
_FARTHEST_MM = 10_000.0
_SAME_PLACE_MM = 0.01


@dataclass(frozen=True, slots=True)
class Dwell:
    """Where one seed lies.

    Attributes:
        place: which it is, in words.
        center_mm: LPS mm.
        axis: unit vector; None where it is not told.
    """

    place: str
    center_mm: Vector
    axis: Vector | None


def read_dwells(
    channel: Dataset, place: str, faults: ToldOnce, doubts: ToldOnce
) -> Iterator[Dwell]:
    """The seeds of a channel that have a place; what is wrong with others goes to ``faults``.

    The axis is the Control Point Orientation, else the direction from the channel's first to its
    last control point.

    Raises:
        UnreadableError: a sequence is broken.
    """
    points = _control_points(channel, place, faults)
    pairs = _pairs(points, place, faults, doubts)
    along = _from_first_to_last(points)
    for n, pair in enumerate(pairs, start=1):
        where = place if len(pairs) == 1 else f"{place} seed {n}"
        center_mm = _center(pair, where, faults)
        if center_mm is not None:
            yield Dwell(where, center_mm, _axis(pair, along, where, doubts))


def _control_points(channel: Dataset, place: str, faults: ToldOnce) -> list[Dataset]:
    points = items_of(channel, "BrachyControlPointSequence")
    stated = numbers_of(channel, "NumberOfControlPoints")
    if stated and stated[0] != len(points):
        faults.add(place, f"says {stated[0]:g} control points but has {len(points)}")
    if not points:
        faults.add(place, "has no control points")
    indices = [numbers_of(point, "ControlPointIndex") for point in points]
    return [points[n] for n in sorted(range(len(points)), key=lambda n: indices[n])]


def _pairs(
    points: Sequence[Dataset], place: str, faults: ToldOnce, doubts: ToldOnce
) -> list[Sequence[Dataset]]:
    if len(points) <= 2:
        return [points] if points else []
    pairs = [points[n : n + 2] for n in range(0, len(points), 2)]
    if len(points) % 2 or not all(map(_is_one_place, pairs)):
        faults.add(
            place,
            f"has {len(points)} control points that are not pairs at one place each: where are "
            "its seeds?",
        )
        return []
    loaded = [pair for pair in pairs if not _is_without_time(pair)]
    if loaded and len(loaded) < len(pairs):
        doubts.add(place, f"{len(pairs) - len(loaded)} of its places have no time, so no seed")
        return loaded
    return pairs


def _is_without_time(pair: Sequence[Dataset]) -> bool:
    first, last = (numbers_of(point, "CumulativeTimeWeight") for point in pair)
    return bool(first) and first == last


def _is_one_place(pair: Sequence[Dataset]) -> bool:
    stated = [numbers_of(point, "ControlPoint3DPosition") for point in pair]
    places = [place for place in stated if len(place) == 3]
    return len(places) < 2 or math.dist(places[0], places[1]) < _SAME_PLACE_MM


def _center(points: Sequence[Dataset], place: str, faults: ToldOnce) -> Vector | None:
    for point in reversed(points):
        if text_of(point, "ControlPoint3DPosition"):
            center_mm = numbers_of(point, "ControlPoint3DPosition")
            if len(center_mm) == 3 and max(map(abs, center_mm)) <= _FARTHEST_MM:
                return center_mm[0], center_mm[1], center_mm[2]
            faults.add(place, "its Control Point 3D Position is no place in mm")
            return None
    if points:
        faults.add(place, "has no Control Point 3D Position")
    return None


def _axis(
    points: Sequence[Dataset], along: Vector | None, place: str, doubts: ToldOnce
) -> Vector | None:
    for point in reversed(points):
        if text_of(point, "ControlPointOrientation"):
            stated = numbers_of(point, "ControlPointOrientation")
            length = math.hypot(*stated)
            if len(stated) == 3 and _AXIS_LENGTHS[0] <= length <= _AXIS_LENGTHS[1]:
                return stated[0] / length, stated[1] / length, stated[2] / length
            doubts.add(place, "its Control Point Orientation is no unit vector: axis unknown")
            return None
    return along


def _from_first_to_last(points: Sequence[Dataset]) -> Vector | None:
    stated = [numbers_of(point, "ControlPoint3DPosition") for point in points]
    places = [place for place in stated if len(place) == 3]
    if len(places) < 2:
        return None
    apart_mm = math.dist(places[0], places[-1])
    if not _LEAST_AXIS_MM <= apart_mm <= _FARTHEST_MM:
        return None
    x, y, z = ((last - first) / apart_mm for first, last in zip(places[0], places[-1], strict=True))
    return x, y, z
