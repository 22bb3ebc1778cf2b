"""Seeds as an RTPLAN of a permanent implant."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from drivers.dicom.implant_plan import PlannedSeed
from drivers.dicom.plan_sources import HALF_LIFE_LIMITS_D
from drivers.dicom.result_object import (
    ADVISORY,
    ResultIdentity,
    date_of,
    decimal,
    marked,
    new_result,
    reference_to,
    save,
    time_of,
)
from drivers.dicom.study_context import StudyContext

_HOURS_PER_DAY = 24.0
_SECONDS_PER_HOUR = 3600.0
_LABEL_CHARACTERS = 16
_MODEL_ID_CHARACTERS = 16
_TEXT_CHARACTERS = 64
_FULL_WEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class _Batch:
    """Seeds of one strength: an item of the Source Sequence."""

    strength_u: float
    reference_utc: datetime
    model: str


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What an RTPLAN is written from.

    Attributes:
        label: RT Plan Label, 1 to 16 characters; like all texts without backslashes.
        seeds: at least one, each with a known reference time of its strength; names of models and
            needles have up to 64 characters.
        half_life_d: of the isotope, days, as the dose was computed with.
        structure_set_uid: SOP Instance UID of the structure set that they belong to.
        dose_uid: SOP Instance UID of the dose that they make; None without one.

    Raises:
        ValueError: the above does not hold.
    """

    label: str
    seeds: tuple[PlannedSeed, ...]
    half_life_d: float
    structure_set_uid: str
    dose_uid: str | None = None

    def __post_init__(self) -> None:
        if not self.label or not _fits(self.label, _LABEL_CHARACTERS):
            raise ValueError(f"a plan's label has 1 to 16 characters, got {self.label!r}")
        if not self.seeds:
            raise ValueError("a plan of an implant has seeds, got none")
        shortest_d, longest_d = HALF_LIFE_LIMITS_D
        if not shortest_d <= self.half_life_d <= longest_d:
            raise ValueError(f"{self.half_life_d} d is not the half-life of iodine-125")
        for n, seed in enumerate(self.seeds, start=1):
            if seed.strength_reference_utc is None:
                raise ValueError(
                    f"seed {n} has a strength of unknown date ({seed.strength_reference_unknown}): "
                    "it cannot be written"
                )
            for text in (seed.source_model, seed.needle):
                if not _fits(text, _TEXT_CHARACTERS):
                    raise ValueError(
                        f"seed {n}: a source model and a needle have at most 64 characters, got "
                        f"{text!r}"
                    )


def write_implant_plan(
    content: PlanContent, context: StudyContext, identity: ResultIdentity, path: Path
) -> None:
    """Write an RTPLAN that verifies what was implanted: UNAPPROVED, not to be treated with.

    Each seed has an Application Setup with one Channel of its own, and a needle's name is the
    setup's: the layout that every reader of seeds knows. Positions keep the 16 characters of a DS.

    Raises:
        ValueError: the images are simulated and the result claims to be REAL, or a UID is none.
        OSError: the file cannot be written.
    """
    plan = new_result(RTPlanStorage, "RTPLAN", "Seed implant", context, identity)
    plan.RTPlanLabel = content.label
    plan.RTPlanDescription = marked(f"Seeds: {ADVISORY}, not for treatment", identity.mode)
    plan.RTPlanDate = date_of(identity.made_at, context)
    plan.RTPlanTime = time_of(identity.made_at, context)
    plan.PlanIntent = "VERIFICATION"
    plan.RTPlanGeometry = "PATIENT"
    plan.ApprovalStatus = "UNAPPROVED"
    plan.ReferencedStructureSetSequence = [
        reference_to(RTStructureSetStorage, content.structure_set_uid)
    ]
    if content.dose_uid is not None:
        plan.ReferencedDoseSequence = [reference_to(RTDoseStorage, content.dose_uid)]
    mean_life_h = content.half_life_d * _HOURS_PER_DAY / math.log(2.0)
    batches = list(dict.fromkeys(map(_batch, content.seeds)))
    plan.FractionGroupSequence = [_fraction_group(len(content.seeds))]
    plan.BrachyTreatmentTechnique = "PERMANENT"
    plan.BrachyTreatmentType = "MANUAL"
    machine = Dataset()
    machine.TreatmentMachineName = ""
    plan.TreatmentMachineSequence = [machine]
    plan.SourceSequence = [
        _source(number, batch, content.half_life_d, context)
        for number, batch in enumerate(batches, start=1)
    ]
    plan.ApplicationSetupSequence = [
        _setup(number, seed, batches.index(_batch(seed)) + 1, mean_life_h)
        for number, seed in enumerate(content.seeds, start=1)
    ]
    save(plan, path)


def _fits(text: str, most_characters: int) -> bool:
    """Whether a text is one value of a DICOM string (PS3.5 section 6.2)."""
    return len(text) <= most_characters and text.isprintable() and "\\" not in text


def _batch(seed: PlannedSeed) -> _Batch:
    if seed.strength_reference_utc is None:
        raise ValueError("a strength of unknown date cannot be written")
    return _Batch(seed.strength_u, seed.strength_reference_utc, seed.source_model)


def _fraction_group(seed_count: int) -> Dataset:
    group = Dataset()
    group.FractionGroupNumber = 1
    group.NumberOfFractionsPlanned = 1
    group.NumberOfBeams = 0
    group.NumberOfBrachyApplicationSetups = seed_count
    group.ReferencedBrachyApplicationSetupSequence = []
    for number in range(1, seed_count + 1):
        reference = Dataset()
        reference.ReferencedBrachyApplicationSetupNumber = number
        group.ReferencedBrachyApplicationSetupSequence.append(reference)
    return group


def _source(number: int, batch: _Batch, half_life_d: float, context: StudyContext) -> Dataset:
    source = Dataset()
    source.SourceNumber = number
    source.SourceType = "LINE"
    if len(batch.model) > _MODEL_ID_CHARACTERS:
        source.SourceDescription = batch.model
    elif batch.model:
        source.SourceModelID = batch.model
    source.SourceIsotopeName = "I-125"
    source.SourceIsotopeHalfLife = decimal(half_life_d)
    source.SourceStrengthUnits = "AIR_KERMA_RATE"
    source.ReferenceAirKermaRate = decimal(batch.strength_u)
    source.SourceStrengthReferenceDate = date_of(batch.reference_utc, context)
    source.SourceStrengthReferenceTime = time_of(batch.reference_utc, context)
    return source


def _setup(number: int, seed: PlannedSeed, source_number: int, mean_life_h: float) -> Dataset:
    channel = Dataset()
    channel.ChannelNumber = 1 if seed.channel_number is None else seed.channel_number
    channel.ChannelLength = None
    channel.ChannelTotalTime = decimal(mean_life_h * _SECONDS_PER_HOUR)
    channel.SourceMovementType = "FIXED"
    channel.TransferTubeNumber = None
    channel.ReferencedSourceNumber = source_number
    channel.FinalCumulativeTimeWeight = decimal(_FULL_WEIGHT)
    channel.NumberOfControlPoints = 2
    channel.BrachyControlPointSequence = [
        _control_point(index, seed, weight) for index, weight in enumerate((0.0, _FULL_WEIGHT))
    ]
    setup = Dataset()
    # The standard's terms are of gynaecological and prostate applicators; they may be extended.
    setup.ApplicationSetupType = "PERCUTANEOUS"
    setup.ApplicationSetupNumber = number
    if seed.needle:
        setup.ApplicationSetupName = seed.needle
    setup.TotalReferenceAirKerma = decimal(seed.strength_u * mean_life_h)
    setup.ChannelSequence = [channel]
    return setup


def _control_point(index: int, seed: PlannedSeed, weight: float) -> Dataset:
    point = Dataset()
    point.ControlPointIndex = index
    point.CumulativeTimeWeight = decimal(weight)
    point.ControlPointRelativePosition = decimal(0.0)
    point.ControlPoint3DPosition = [decimal(value) for value in seed.center_mm]
    if seed.axis is not None:
        point.ControlPointOrientation = list(seed.axis)
    return point
