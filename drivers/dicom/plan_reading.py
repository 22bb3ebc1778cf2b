"""An RTPLAN of permanent iodine-125 seeds, or every reason why it is none."""

from datetime import tzinfo
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import UID, RTPlanStorage

from drivers.dicom.acquisition_time import zone_of_offset
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.implant_plan import ImplantPlan, PlannedSeed, PlanRefused
from drivers.dicom.plan_checks import check_total_kerma, contradicting_setups
from drivers.dicom.plan_seeds import read_seeds
from drivers.dicom.plan_sources import PlannedSource, read_sources
from drivers.dicom.reading import UnreadableError, items_of, read_dataset, text_of
from drivers.dicom.told_once import ToldOnce
from drivers.dicom.uids import is_uid

_TECHNIQUE = "PERMANENT"
# Brachy Treatment Type: how seeds that stay may have come in (PS3.3 C.8.8.15).
_TYPES = frozenset({"", "MANUAL", "LDR"})


def read_implant_plan(path: Path, local_zone: tzinfo | None = None) -> ImplantPlan:
    """Read an RTPLAN of permanent iodine-125 seeds.

    Args:
        path: the file.
        local_zone: zone of the planning system's clock, for plans that do not state theirs; None
            leaves their reference times unknown.

    Raises:
        PlanRefused: it is no RTPLAN of permanent iodine-125 seeds, is broken, or contradicts
            itself.
    """
    try:
        plan = read_dataset(path)
        return _read(plan, local_zone)
    except UnreadableError as error:
        raise PlanRefused((f"the file cannot be read: {error}",)) from error


def _read(plan: Dataset, local_zone: tzinfo | None) -> ImplantPlan:
    sop_class = UID(text_of(plan, "SOPClassUID"))
    if sop_class != RTPlanStorage:
        raise PlanRefused(
            (f"it is a {sop_class.name or 'file without SOP Class'}, not an RT Plan",)
        )
    zone = zone_of_offset(text_of(plan, "TimezoneOffsetFromUTC")) or local_zone
    faults, doubts = ToldOnce(), ToldOnce()
    reasons = _wrong_kind(plan) + _missing_uids(plan)
    sources: tuple[PlannedSource, ...] = ()
    seeds: tuple[PlannedSeed, ...] = ()
    # The sources and channels of another treatment say nothing more about why it is refused.
    if not reasons:
        sources = read_sources(plan, zone, faults, doubts)
        seeds = read_seeds(plan, sources, faults, doubts)
        reasons += contradicting_setups(plan)
    structure_sets = _references(plan, "ReferencedStructureSetSequence")
    if len(structure_sets) > 1:
        reasons.append(f"refers to {len(structure_sets)} structure sets: which is meant?")
    if reasons or faults.sentences():
        raise PlanRefused((*reasons, *faults.sentences()))
    half_lives_d = {one.half_life_d for one in sources if one.half_life_d is not None}
    if len(half_lives_d) > 1:
        doubts.add("the plan", "its sources have different half-lives, none is used")
    check_total_kerma(plan, seeds, min(half_lives_d, default=None), doubts)
    frame_uid = text_of(plan, "FrameOfReferenceUID")
    return ImplantPlan(
        sop_instance_uid=text_of(plan, "SOPInstanceUID"),
        study_uid=text_of(plan, "StudyInstanceUID"),
        label=text_of(plan, "RTPlanLabel"),
        intent=text_of(plan, "PlanIntent"),
        approval=text_of(plan, "ApprovalStatus"),
        seeds=seeds,
        half_life_d=half_lives_d.pop() if len(half_lives_d) == 1 else None,
        frame_of_reference_uid=frame_uid if is_uid(frame_uid) else None,
        structure_set_uid=structure_sets[0] if structure_sets else None,
        dose_uids=_references(plan, "ReferencedDoseSequence"),
        mode=mode_of(plan),
        warnings=doubts.sentences(),
    )


def _wrong_kind(plan: Dataset) -> list[str]:
    reasons: list[str] = []
    technique = text_of(plan, "BrachyTreatmentTechnique")
    if technique != _TECHNIQUE:
        reasons.append(f"its brachy technique is {technique or 'unset'}, not {_TECHNIQUE}")
    kind = text_of(plan, "BrachyTreatmentType")
    if kind not in _TYPES:
        reasons.append(f"its brachy treatment type is {kind}, not MANUAL or LDR")
    geometry = text_of(plan, "RTPlanGeometry")
    if geometry not in {"", "PATIENT"}:
        reasons.append(f"its positions are not the patient's: its geometry is {geometry}")
    return reasons


def _missing_uids(plan: Dataset) -> list[str]:
    return [
        f"has no valid {keyword}"
        for keyword in ("SOPInstanceUID", "StudyInstanceUID")
        if not is_uid(text_of(plan, keyword))
    ]


def _references(plan: Dataset, keyword: str) -> tuple[str, ...]:
    uids = (text_of(item, "ReferencedSOPInstanceUID") for item in items_of(plan, keyword))
    return tuple(dict.fromkeys(uid for uid in uids if is_uid(uid)))
