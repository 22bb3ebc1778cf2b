"""The seeds of a plan: where each lies, along which axis, of which source.

Planning systems write permanent seeds in two layouts: one Application Setup for each seed, or one
Application Setup with several Channels, each a seed or a needle of seeds.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from pydicom import Dataset

from drivers.dicom.implant_plan import PlannedSeed
from drivers.dicom.plan_control_points import Dwell, read_dwells
from drivers.dicom.plan_sources import PlannedSource, item_number
from drivers.dicom.reading import items_of, text_of
from drivers.dicom.slice_checks import numbers_of
from drivers.dicom.told_once import ToldOnce

_SAME_PLACE_MM = 0.01


def read_seeds(
    plan: Dataset, sources: Sequence[PlannedSource], faults: ToldOnce, doubts: ToldOnce
) -> tuple[PlannedSeed, ...]:
    """The seeds of a plan that have a place and a strength; what others lack goes to ``faults``.

    Raises:
        UnreadableError: a sequence is broken.
    """
    seeds: list[PlannedSeed] = []
    all_dwells: list[Dwell] = []
    channels = tuple(_channels(plan, faults))
    # The name of a setup that holds all channels is the implant's and no needle's.
    is_implant = len(items_of(plan, "ApplicationSetupSequence")) == 1 < len(channels)
    for setup, channel, place in channels:
        setup_name = "" if is_implant else text_of(setup, "ApplicationSetupName")
        needle = text_of(channel, "SourceApplicatorID") or setup_name
        source = _source_of(channel, place, sources, faults)
        dwells = tuple(read_dwells(channel, place, faults, doubts))
        seeds += _seeds(needle, channel, source, dwells)
        all_dwells += dwells
    _tell_doubles(all_dwells, faults)
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


def _seeds(
    needle: str,
    channel: Dataset,
    source: PlannedSource | None,
    dwells: Iterable[Dwell],
) -> Iterator[PlannedSeed]:
    for dwell in dwells:
        if source is not None and source.strength_u is not None:
            yield PlannedSeed(
                center_mm=dwell.center_mm,
                axis=dwell.axis,
                strength_u=source.strength_u,
                strength_reference_utc=source.reference_utc,
                strength_reference_unknown=source.reference_unknown,
                needle=needle,
                channel_number=_whole_number(channel, "ChannelNumber"),
                source_model=source.model,
            )


def _source_of(
    channel: Dataset, place: str, sources: Sequence[PlannedSource], faults: ToldOnce
) -> PlannedSource | None:
    number = item_number(channel, "ReferencedSourceNumber")
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


def _whole_number(item: Dataset, keyword: str) -> int | None:
    number = numbers_of(item, keyword)
    return int(number[0]) if len(number) == 1 else None


def _tell_doubles(dwells: Sequence[Dwell], faults: ToldOnce) -> None:
    for n, one in enumerate(dwells):
        for other in dwells[:n]:
            if math.dist(one.center_mm, other.center_mm) < _SAME_PLACE_MM:
                faults.add(one.place, f"lies where {other.place} lies: is one seed there twice?")
                break
