"""An evaluation as DICOM objects: an RTPLAN of the seeds and an RTDOSE of their dose."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from dosimetry_core.tg43 import dose_grid_gy
from dosimetry_core.values import Volume
from drivers.dicom import (
    ContextRefused,
    DoseContent,
    PlanContent,
    PlannedSeed,
    ResultIdentity,
    StructureDvh,
    StructureSet,
    StudyContext,
    read_study_context,
    uid_from,
    write_dose,
    write_implant_plan,
)
from procedure_node.evaluation.errors import UnusableError
from procedure_node.evaluation.evaluate import Evaluation

GRID_MM = 1.0
"""Voxel of the exported dose; no figure is taken from it."""

MARGIN_MM = 30.0
"""How far around the seeds and structures the exported dose reaches."""

EXACT_FROM_SHARE = 0.1
"""Doses from a tenth of the prescription are written to 0.1 %."""

PLAN_LABEL = "Seeds"
SERIES_NUMBER = 9001
"""Far from those that scanners count up from 1."""


@dataclass(frozen=True, slots=True)
class ExportPaths:
    """Where to write to; None for what is not wanted."""

    plan: Path | None
    dose: Path | None


def export(
    evaluation: Evaluation,
    structures_path: Path,
    paths: ExportPaths,
    *,
    implanted_utc: datetime,
    made_at: datetime,
    software_versions: str,
) -> tuple[str, ...]:
    """Write the seeds and their dose as objects of the study that the structures belong to.

    Args:
        evaluation: of a case with a structure set and seeds.
        structures_path: the structure set's file: the objects belong to its study.
        paths: where to write to.
        implanted_utc: when the seeds have the strengths that the evaluation states.
        made_at: now.
        software_versions: of this program.

    Returns:
        What to tell: where doses were clipped.

    Raises:
        UnusableError: there are no structures or seeds, or no study can be told.
        OSError: a file cannot be written.
    """
    drawn = evaluation.case.structures
    if drawn is None or not evaluation.seeds:
        raise UnusableError("an export needs a structure set and at least one seed")
    try:
        context = read_study_context(structures_path)
    except ContextRefused as refused:
        raise UnusableError(f"{structures_path}: cannot be exported to: {refused}") from refused
    content = _key(evaluation, implanted_utc)
    plan_uid, dose_uid = (uid_from(kind, *content) for kind in ("plan", "dose"))

    def identity(sop_instance_uid: str, kind: str) -> ResultIdentity:
        return ResultIdentity(
            sop_instance_uid=sop_instance_uid,
            series_uid=uid_from("series", kind, context.study_uid),
            series_number=SERIES_NUMBER,
            made_at=made_at,
            software_versions=software_versions,
            mode=evaluation.case.mode,
        )

    told: list[str] = []
    if paths.plan is not None:
        plan = _plan(evaluation, drawn, implanted_utc, dose_uid if paths.dose else None)
        write_implant_plan(plan, context, identity(plan_uid, "plan"), paths.plan)
    if paths.dose is not None:
        told += _write_dose(
            evaluation, drawn, plan_uid, context, identity(dose_uid, "dose"), paths.dose
        )
    return tuple(told)


def _key(evaluation: Evaluation, implanted_utc: datetime) -> tuple[str, ...]:
    """What the results depend on: the same evaluation exported twice is one object."""
    drawn = evaluation.case.structures
    return (
        drawn.sop_instance_uid if drawn else "",
        evaluation.model.name,
        implanted_utc.isoformat(),
        repr(evaluation.seeds),
    )


def _plan(
    evaluation: Evaluation, drawn: StructureSet, implanted_utc: datetime, dose_uid: str | None
) -> PlanContent:
    return PlanContent(
        label=PLAN_LABEL,
        seeds=tuple(
            PlannedSeed(
                center_mm=seed.center_mm,
                axis=seed.axis,
                strength_u=seed.strength_u,
                strength_reference_utc=implanted_utc,
                needle=seed.needle,
                source_model=evaluation.model.name,
            )
            for seed in evaluation.seeds
        ),
        half_life_d=evaluation.model.half_life_d,
        structure_set_uid=drawn.sop_instance_uid,
        dose_uid=dose_uid,
    )


def _write_dose(
    evaluation: Evaluation,
    drawn: StructureSet,
    plan_uid: str,
    context: StudyContext,
    identity: ResultIdentity,
    path: Path,
) -> list[str]:
    names = (structure.name for structure in drawn.structures)
    numbers = dict(zip(names, drawn.roi_numbers, strict=True))
    written = write_dose(
        DoseContent(
            volume=_grid(evaluation),
            exact_from_gy=EXACT_FROM_SHARE * evaluation.prescription_gy,
            plan_uid=plan_uid,
            structure_set_uid=drawn.sop_instance_uid,
            histograms=tuple(
                StructureDvh(
                    roi_number=number,
                    dose_gy=one.dose.dvh_dose_gy,
                    volume=one.dose.dvh_volume_percent,
                    volume_unit="PERCENT",
                    minimum_gy=one.dose.minimum_gy,
                    maximum_gy=one.dose.maximum_gy,
                    mean_gy=one.dose.mean_gy,
                )
                for one in evaluation.structures
                if (number := numbers[one.structure.name]) is not None
            ),
        ),
        context,
        identity,
        path,
    )
    if not written.clipped_voxels:
        return []
    clipped = f"{written.clipped_voxels} voxels at seeds have more than {written.ceiling_gy:.0f} Gy"
    return [f"{path}: {clipped} and are written as that"]


def _grid(evaluation: Evaluation) -> Volume:
    corners = [np.array([seed.center_mm for seed in evaluation.seeds], dtype=np.float64)]
    corners += [polygon for one in evaluation.structures for polygon in one.structure.polygons_mm]
    points = np.concatenate(corners)
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    columns, rows, slices = (int(n) + 1 for n in np.ceil((high - low) / GRID_MM))
    return dose_grid_gy(
        evaluation.implant,
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(GRID_MM, GRID_MM, GRID_MM),
        shape_kji=(slices, rows, columns),
    )
