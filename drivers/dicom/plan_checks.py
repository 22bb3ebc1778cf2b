"""Whether what a plan says in several places fits together."""

import math
from collections.abc import Sequence

from pydicom import Dataset

from drivers.dicom.implant_plan import PlannedSeed
from drivers.dicom.plan_sources import item_number
from drivers.dicom.reading import items_of
from drivers.dicom.slice_checks import numbers_of
from drivers.dicom.told_once import ToldOnce

_IODINE_125_HALF_LIFE_D = 59.4
_HOURS_PER_DAY = 24.0
_SECONDS_PER_HOUR = 3600.0
_SAME_KERMA = 0.02


def contradicting_setups(plan: Dataset) -> list[str]:
    """Setups that a fraction group names and that are not there, or the other way round.

    Numbers are compared as they stand, whether they count from 0 or from 1; blank ones say nothing.
    """
    setups = items_of(plan, "ApplicationSetupSequence")
    there = {item_number(setup, "ApplicationSetupNumber") for setup in setups} - {""}
    named = {
        item_number(reference, "ReferencedBrachyApplicationSetupNumber")
        for group in items_of(plan, "FractionGroupSequence")
        for reference in items_of(group, "ReferencedBrachyApplicationSetupSequence")
    } - {""}
    if not (there and named):
        return []
    reasons: list[str] = []
    if named - there:
        absent = ", ".join(sorted(named - there))
        reasons.append(f"its fraction group names setups that are not in the plan: {absent}")
    if there - named:
        idle = ", ".join(sorted(there - named))
        reasons.append(f"it has setups that no fraction group names: {idle}")
    return reasons


def check_total_kerma(
    plan: Dataset, seeds: Sequence[PlannedSeed], half_life_d: float | None, doubts: ToldOnce
) -> None:
    """Compare the stated Total Reference Air Kerma with the seeds; tell where they differ by 2 %.

    It is the sum over the channels of air-kerma rate times time (PS3.3 C.8.8.15), the time of a
    permanent seed being the isotope's mean life. The standard leaves the unit open: systems write
    uGy, rate times seconds, or the sum of the rates alone; each of these is taken as right.
    """
    setups = items_of(plan, "ApplicationSetupSequence")
    stated = sum(sum(numbers_of(setup, "TotalReferenceAirKerma")) for setup in setups)
    if stated <= 0.0:
        return
    mean_life_h = (half_life_d or _IODINE_125_HALF_LIFE_D) * _HOURS_PER_DAY / math.log(2.0)
    times_s = {
        time_s
        for setup in setups
        for channel in items_of(setup, "ChannelSequence")
        for time_s in numbers_of(channel, "ChannelTotalTime")
    }
    times_h = {mean_life_h} | {time_s / _SECONDS_PER_HOUR for time_s in times_s}
    factors = {1.0} | times_h | {time_h * _SECONDS_PER_HOUR for time_h in times_h}
    rate_u = sum(seed.strength_u for seed in seeds)
    if all(abs(stated - rate_u * factor) > _SAME_KERMA * stated for factor in factors):
        doubts.add(
            "the plan",
            f"its Total Reference Air Kerma of {stated:g} does not follow from its {len(seeds)} "
            f"seeds, {rate_u:g} U together: compare it with the planning system",
        )
