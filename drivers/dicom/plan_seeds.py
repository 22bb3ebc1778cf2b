"""The seeds of a plan: where each lies, along which axis, of which source.

Planning systems write permanent seeds in two layouts: one Application Setup for each seed, or one
Application Setup with a Channel for each seed. Both are a seed for each Channel, whose control
points stand for the beginning and the end of its life at one place (PS3.3 C.8.8.15.1).
"""

import math
from collections.abc import Iterator, Sequence

from pydicom import Dataset

from dosimetry_core.values import Vector
from drivers.dicom.implant_plan import PlannedSeed
from drivers.dicom.plan_sources import PlannedSource
from drivers.dicom.reading import items_of, text_of
from drivers.dicom.slice_checks import numbers_of
from drivers.dicom.told_once import ToldOnce

_CONTROL_POINTS = (1, 2)
# Two control points closer than this are one place: their direction would be made of rounding.
_LEAST_AXIS_MM = 0.5
# An axis that is no unit vector by more than this is no direction cosines.
_AXIS_LENGTHS = (0.9, 1.1)
_FARTHEST_MM = 10_000.0
_SAME_PLACE_MM = 0.01


def read_seeds(
    plan: Dataset, sources: Sequence[PlannedSource], faults: ToldOnce, doubts: ToldOnce
) -> tuple[PlannedSeed, ...]:
    """The seeds of a plan that have a place and a strength; what others lack goes to ``faults``.

    Raises:
        UnreadableError: a sequence is broken.
    """
    seeds: list[PlannedSeed] = []
    places: list[str] = []
    for setup, channel, place in _channels(plan, faults):
        seed = _seed(setup, channel, place, sources, faults, doubts)
        if seed is not None:
            seeds.append(seed)
            places.append(place)
    _tell_doubles(seeds, places, faults)
    return tuple(seeds)


def _channels(plan: Dataset, faults: ToldOnce) -> Iterator[tuple[Dataset, Dataset, str]]:
    setups = items_of(plan, "ApplicationSetupSequence")
    if not setups:
        faults.add("the plan", "has no application setups, so no seeds")
    for n, setup in enumerate(setups, start=1):
        where = f"setup {text_of(setup, 'ApplicationSetupNumber') or f'at place {n}'}"
        channels = items_of(setup, "ChannelSequence")
        if not channels:
            faults.add(where, "has no channels, so no seeds")
        for m, channel in enumerate(channels, start=1):
            number = text_of(channel, "ChannelNumber") or f"at place {m}"
            yield setup, channel, f"{where} channel {number}"


def _seed(
    setup: Dataset,
    channel: Dataset,
    place: str,
    sources: Sequence[PlannedSource],
    faults: ToldOnce,
    doubts: ToldOnce,
) -> PlannedSeed | None:
    source = _source_of(channel, place, sources, faults)
    points = _control_points(channel, place, faults)
    center_mm = _center(points, place, faults)
    if source is None or source.strength_u is None or center_mm is None:
        return None
    return PlannedSeed(
        center_mm=center_mm,
        axis=_axis(points, place, doubts),
        strength_u=source.strength_u,
        strength_reference_utc=source.reference_utc,
        strength_reference_unknown=source.reference_unknown,
        needle=text_of(channel, "SourceApplicatorID") or text_of(setup, "ApplicationSetupName"),
        channel_number=_whole_number(channel, "ChannelNumber"),
        source_model=source.model,
    )


def _source_of(
    channel: Dataset, place: str, sources: Sequence[PlannedSource], faults: ToldOnce
) -> PlannedSource | None:
    number = text_of(channel, "ReferencedSourceNumber")
    if not number and len(sources) == 1:
        return sources[0]
    meant = [one for one in sources if one.number == number]
    if number and len(meant) == 1:
        return meant[0]
    if not number:
        faults.add(place, f"does not say which of the plan's {len(sources)} sources it holds")
    elif not meant:
        faults.add(place, f"refers to source {number}, which is not in the plan")
    return None


def _control_points(channel: Dataset, place: str, faults: ToldOnce) -> list[Dataset]:
    points = items_of(channel, "BrachyControlPointSequence")
    stated = numbers_of(channel, "NumberOfControlPoints")
    if stated and stated[0] != len(points):
        faults.add(place, f"says {stated[0]:g} control points but has {len(points)}")
    if len(points) not in _CONTROL_POINTS:
        faults.add(
            place,
            f"has {len(points)} control points, where a permanent seed has 2: "
            "which place is the seed's?",
        )
        return []
    indices = [numbers_of(point, "ControlPointIndex") for point in points]
    return [points[n] for n in sorted(range(len(points)), key=lambda n: indices[n])]


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


def _axis(points: Sequence[Dataset], place: str, doubts: ToldOnce) -> Vector | None:
    for point in reversed(points):
        if text_of(point, "ControlPointOrientation"):
            stated = numbers_of(point, "ControlPointOrientation")
            length = math.hypot(*stated)
            if len(stated) == 3 and _AXIS_LENGTHS[0] <= length <= _AXIS_LENGTHS[1]:
                return stated[0] / length, stated[1] / length, stated[2] / length
            doubts.add(place, "its Control Point Orientation is no unit vector: axis unknown")
            return None
    ends = [numbers_of(point, "ControlPoint3DPosition") for point in points]
    if len(ends) != 2 or len(ends[0]) != 3 or len(ends[1]) != 3:
        return None
    apart_mm = math.dist(*ends)
    if not _LEAST_AXIS_MM <= apart_mm <= _FARTHEST_MM:
        return None
    x, y, z = ((last - first) / apart_mm for first, last in zip(*ends, strict=True))
    return x, y, z


def _whole_number(item: Dataset, keyword: str) -> int | None:
    number = numbers_of(item, keyword)
    return int(number[0]) if len(number) == 1 else None


def _tell_doubles(seeds: Sequence[PlannedSeed], places: Sequence[str], faults: ToldOnce) -> None:
    for n, seed in enumerate(seeds):
        for m in range(n):
            if math.dist(seed.center_mm, seeds[m].center_mm) < _SAME_PLACE_MM:
                faults.add(places[n], f"lies where {places[m]} lies: is one seed there twice?")
                break
