"""The sources of a plan: isotope, strength and when they have it."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pydicom import Dataset

from drivers.dicom.acquisition_time import utc_moment
from drivers.dicom.reading import items_of, text_of
from drivers.dicom.slice_checks import numbers_of
from drivers.dicom.told_once import ToldOnce

# "User-defined name of Isotope" (PS3.3 C.8.8.15): I-125, 125I, Iodine 125, I-125 (6711), ...
_IODINE_125 = re.compile(r"(?<![A-Z])(?:I|IODINE)[-_ ]?125(?![0-9])|(?<![0-9])125[-_ ]?I(?![A-Z])")
# 59.40 d (NNDC), 59.43 d and 60.1 d (older planning systems): nothing that decays otherwise.
HALF_LIFE_LIMITS_D = (59.0, 60.5)
# Seeds for permanent implants have 0.2 to 6 U; a Gy or mCi in place of uGy lies far beyond this.
_USUAL_STRENGTHS_U = (0.05, 20.0)
_SAME_STRENGTH = 1e-3


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """One item of a plan's Source Sequence.

    Attributes:
        number: Source Number, that channels refer to; empty where it has none.
        strength_u: Reference Air Kerma Rate, U; None where it has none (then it was told).
        half_life_d: days; None where it is not stated.
        reference_utc: when it has that strength; None where it is unknown.
        reference_unknown: why it is unknown.
        model: its name, as the plan gives it.
    """

    number: str
    strength_u: float | None
    half_life_d: float | None
    reference_utc: datetime | None
    reference_unknown: str
    model: str


def read_sources(
    plan: Dataset, zone: tzinfo | None, faults: ToldOnce, doubts: ToldOnce
) -> tuple[PlannedSource, ...]:
    """All sources of a plan, those with faults included.

    Args:
        plan: the RTPLAN.
        zone: of its dates and times; None where it is unknown.
        faults: takes what forbids to use the plan.
        doubts: takes what is strange.

    Raises:
        UnreadableError: the sequence is broken.
    """
    sources: list[PlannedSource] = []
    for index, item in enumerate(items_of(plan, "SourceSequence"), start=1):
        number = item_number(item, "SourceNumber")
        place = f"source {number or f'at place {index}'}"
        if number in {one.number for one in sources}:
            faults.add(place, "its Source Number is another's too: which is meant?")
        sources.append(_source(item, number, place, zone, faults, doubts))
    if not sources:
        faults.add("the plan", "has no sources")
    return tuple(sources)


def item_number(item: Dataset, keyword: str) -> str:
    """A number that items are told apart by, so that 1 and 01 are one; empty where it is blank."""
    number = numbers_of(item, keyword)
    return f"{number[0]:.0f}" if len(number) == 1 else text_of(item, keyword)


def _source(
    item: Dataset, number: str, place: str, zone: tzinfo | None, faults: ToldOnce, doubts: ToldOnce
) -> PlannedSource:
    isotope = text_of(item, "SourceIsotopeName")
    if not _IODINE_125.search(isotope.upper()):
        faults.add(place, f"its isotope is {isotope or 'unset'}, not iodine-125")
    half_life_d = _half_life(item, place, faults)
    strength_u = _strength(item, place, faults, doubts)
    reference_utc, unknown = _reference(item, zone)
    if unknown:
        doubts.add(place, f"when it has its strength is unknown: {unknown}")
    model = text_of(item, "SourceModelID") or text_of(item, "SourceDescription")
    return PlannedSource(
        number,
        strength_u,
        half_life_d,
        reference_utc,
        unknown,
        model or text_of(item, "SourceManufacturer"),
    )


def _half_life(item: Dataset, place: str, faults: ToldOnce) -> float | None:
    if not text_of(item, "SourceIsotopeHalfLife"):
        return None
    half_life_d = numbers_of(item, "SourceIsotopeHalfLife")
    shortest_d, longest_d = HALF_LIFE_LIMITS_D
    if len(half_life_d) != 1 or not shortest_d <= half_life_d[0] <= longest_d:
        stated = text_of(item, "SourceIsotopeHalfLife")
        faults.add(place, f"its half-life is {stated} days, that of iodine-125 is 59.4")
        return None
    return half_life_d[0]


def _strength(item: Dataset, place: str, faults: ToldOnce, doubts: ToldOnce) -> float | None:
    units = text_of(item, "SourceStrengthUnits")
    if units not in {"", "AIR_KERMA_RATE"}:
        faults.add(place, f"its strength is given as {units}, not as AIR_KERMA_RATE")
    kerma_u = numbers_of(item, "ReferenceAirKermaRate")
    if len(kerma_u) != 1 or kerma_u[0] <= 0.0:
        faults.add(place, "has no Reference Air Kerma Rate above 0")
        return None
    weakest_u, strongest_u = _USUAL_STRENGTHS_U
    if not weakest_u <= kerma_u[0] <= strongest_u:
        doubts.add(place, f"has {kerma_u[0]:g} U, far from any seed: check the unit")
    again_u = numbers_of(item, "SourceStrength")
    if units and again_u and abs(again_u[0] - kerma_u[0]) > _SAME_STRENGTH * kerma_u[0]:
        doubts.add(
            place,
            f"its Source Strength {again_u[0]:g} is not its Reference Air Kerma Rate "
            f"{kerma_u[0]:g}, which is used",
        )
    return kerma_u[0]


def _reference(item: Dataset, zone: tzinfo | None) -> tuple[datetime | None, str]:
    date = text_of(item, "SourceStrengthReferenceDate")
    time = text_of(item, "SourceStrengthReferenceTime")
    if not (date and time):
        missing = "Date" if not date else "Time"
        return None, f"the plan gives no Source Strength Reference {missing}"
    if zone is None:
        return None, "the plan does not say which time zone its times are of"
    moment = utc_moment(date + time, zone)
    return moment, "" if moment else f"{date} {time} is no date and time"
