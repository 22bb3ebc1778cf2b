"""RTPLANs and RTDOSEs as planning systems write them, built attribute by attribute."""

from collections.abc import Sequence

import numpy as np
from pydicom import Dataset
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage

Point = tuple[float, float, float]

_WEIGHTS = (0.0, 100.0, 100.0, 200.0, 200.0, 300.0)

STUDY, FRAME = "1.2.826.1.1", "1.2.826.1.2"
PLAN, STRUCTURES, DOSE = "1.2.826.1.3", "1.2.826.1.4", "1.2.826.1.5"
PLACES: tuple[Point, ...] = ((-12.5, 30.25, -101.0), (-7.5, 30.25, -101.0), (4.0, 22.0, -96.5))
ALONG: tuple[Point, ...] = ((5.0, 0.0, 0.0), (5.0, 6.0, 8.0), (5.0, 9.0, 12.0))


def reference(sop_class: str, uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = uid
    return item


def _object(sop_class: str, uid: str, modality: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = uid
    dataset.Modality = modality
    dataset.PatientName = "Test^Phantom"
    dataset.PatientID = "PHANTOM-1"
    dataset.StudyInstanceUID = STUDY
    dataset.SeriesInstanceUID = f"{uid}.1"
    dataset.FrameOfReferenceUID = FRAME
    return dataset


def iodine(number: int | None = 1, strength_u: float = 0.5) -> Dataset:
    source = Dataset()
    source.SourceNumber = number
    source.SourceType = "LINE"
    source.SourceManufacturer = "Seed maker"
    source.SourceIsotopeName = "I-125"
    source.SourceIsotopeHalfLife = "59.4"
    source.SourceStrengthUnits = "AIR_KERMA_RATE"
    source.ReferenceAirKermaRate = str(strength_u)
    source.SourceStrengthReferenceDate = "20250301"
    source.SourceStrengthReferenceTime = "120000"
    return source


def control_point(index: int, place: Point | None, weight: float) -> Dataset:
    point = Dataset()
    point.ControlPointIndex = index
    point.CumulativeTimeWeight = str(weight)
    point.ControlPointRelativePosition = "0"
    if place is not None:
        point.ControlPoint3DPosition = list(place)
    return point


def channel(number: int | None, places: Sequence[Point | None], source: int | None) -> Dataset:
    item = Dataset()
    item.ChannelNumber = number
    item.ChannelLength = None
    item.ChannelTotalTime = "7404250"
    item.SourceMovementType = "FIXED"
    item.ReferencedSourceNumber = source
    item.FinalCumulativeTimeWeight = "100"
    item.NumberOfControlPoints = len(places)
    item.BrachyControlPointSequence = [
        control_point(index, place, weight)
        for index, (place, weight) in enumerate(zip(places, _WEIGHTS, strict=False))
    ]
    return item


def setup(number: int | None, channels: list[Dataset], kerma: str = "") -> Dataset:
    item = Dataset()
    item.ApplicationSetupType = "PERINEAL"
    item.ApplicationSetupNumber = number
    item.TotalReferenceAirKerma = kerma
    item.ChannelSequence = channels
    return item


def _plan(setups: list[Dataset], sources: list[Dataset]) -> Dataset:
    plan = _object(RTPlanStorage, PLAN, "RTPLAN")
    plan.TimezoneOffsetFromUTC = "+0200"
    plan.RTPlanLabel = "IMPLANT"
    plan.RTPlanGeometry = "PATIENT"
    plan.PlanIntent = "CURATIVE"
    plan.ApprovalStatus = "APPROVED"
    plan.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, STRUCTURES)]
    group = Dataset()
    group.FractionGroupNumber = 1
    group.NumberOfBrachyApplicationSetups = len(setups)
    group.ReferencedBrachyApplicationSetupSequence = []
    for one in setups:
        item = Dataset()
        item.ReferencedBrachyApplicationSetupNumber = one.ApplicationSetupNumber
        group.ReferencedBrachyApplicationSetupSequence.append(item)
    plan.FractionGroupSequence = [group]
    plan.BrachyTreatmentTechnique = "PERMANENT"
    plan.BrachyTreatmentType = "MANUAL"
    plan.SourceSequence = sources
    plan.ApplicationSetupSequence = setups
    return plan


def plan_of_setups(places: Sequence[Point] = PLACES, first: int = 1) -> Dataset:
    """One setup for each seed; its place stands in the second control point alone."""
    setups = [
        setup(number, [channel(first, [None, place], first)], "0.5")
        for number, place in enumerate(places, start=first)
    ]
    return _plan(setups, [iodine(first)])


def plan_of_channels(places: Sequence[Point] = PLACES, first: int = 1) -> Dataset:
    """One setup with a channel for each seed; its place stands in both control points."""
    channels = [
        channel(number, [place, place], first) for number, place in enumerate(places, start=first)
    ]
    return _plan([setup(first, channels)], [iodine(first)])


def plan_of_needles(weights: Sequence[float] = _WEIGHTS) -> Dataset:
    """One setup with a channel of one seed and a needle of three, a pair of points for each."""
    plan = plan_of_channels(PLACES[:1])
    needle = channel(2, [place for place in ALONG for _ in range(2)], 1)
    for point, weight in zip(needle.BrachyControlPointSequence, weights, strict=True):
        point.CumulativeTimeWeight = str(weight)
    plan.ApplicationSetupSequence[0].ChannelSequence.append(needle)
    return plan


def dose(stored: np.ndarray, *, bits: int = 32, scaling: str = "0.001") -> Dataset:
    """An axial dose grid of 2.5 x 2 x 3 mm (columns, rows, planes), offsets relative."""
    dataset = _object(RTDoseStorage, DOSE, "RTDOSE")
    dataset.ImagePositionPatient = [-20.0, 10.0, -110.0]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [2.0, 2.5]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = 0
    dataset.FrameIncrementPointer = 0x3004000C
    dataset.GridFrameOffsetVector = [3.0 * k for k in range(len(stored))]
    dataset.DoseUnits = "GY"
    dataset.DoseType = "PHYSICAL"
    dataset.DoseSummationType = "PLAN"
    dataset.DoseGridScaling = scaling
    dataset.ReferencedRTPlanSequence = [reference(RTPlanStorage, PLAN)]
    dataset.PixelData = stored.astype(f"<u{bits // 8}").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def histogram(data: list[float], kind: str = "CUMULATIVE", roi: int = 2) -> Dataset:
    structure = Dataset()
    structure.ReferencedROINumber = roi
    structure.DVHROIContributionType = "INCLUDED"
    item = Dataset()
    item.DVHReferencedROISequence = [structure]
    item.DVHType = kind
    item.DoseUnits = "GY"
    item.DoseType = "PHYSICAL"
    item.DVHDoseScaling = "2"
    item.DVHVolumeUnits = "CM3"
    item.DVHNumberOfBins = len(data) // 2
    item.DVHData = data
    return item
