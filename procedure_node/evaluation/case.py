"""What an evaluation is made of, read from files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dosimetry_core.values import GenerationMode
from drivers.dicom import (
    CtSeries,
    DoseGrid,
    DoseRefused,
    ImplantPlan,
    PlanRefused,
    RegistrationRefused,
    SeriesRefused,
    StructureSet,
    StructureSetRefused,
    ct_series_in_folder,
    read_ct_series,
    read_dose,
    read_implant_plan,
    read_registration,
    read_structures,
    registered,
)
from procedure_node.evaluation.errors import UnusableError

T = TypeVar("T")

_LEAST_REAL_FIRST = (GenerationMode.DEMO, GenerationMode.TEST, GenerationMode.REAL)


@dataclass(frozen=True, slots=True)
class Case:
    """The objects of one implant, all in one frame of reference.

    Attributes:
        scan: the CT; None where a plan gives the seeds.
        structures: what is drawn; None if there is nothing.
        plan: the plan that gives the seeds; None if they are found in the scan.
        dose: a dose grid to compare with; None if there is none.
    """

    scan: CtSeries | None
    structures: StructureSet | None
    plan: ImplantPlan | None
    dose: DoseGrid | None

    @property
    def mode(self) -> GenerationMode:
        """The least real of all objects."""
        objects = (self.scan, self.structures, self.plan, self.dose)
        modes = {one.mode for one in objects if one is not None}
        return next(mode for mode in _LEAST_REAL_FIRST if mode in modes)

    @property
    def plane_spacing_mm(self) -> float | None:
        """Of the images that the structures were drawn on; None where nothing tells it."""
        if self.structures is not None and self.structures.plane_spacing_mm is not None:
            return self.structures.plane_spacing_mm
        return self.scan.volume.spacing_mm[0] if self.scan else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful in any of the objects."""
        objects = (self.structures, self.plan, self.dose)
        return tuple(warning for one in objects if one is not None for warning in one.warnings)


def read_case(
    *,
    ct: Path | None,
    series: str | None,
    structures: Path | None,
    registration: Path | None,
    plan: Path | None,
    dose: Path | None,
) -> Case:
    """Read the files of a case.

    Raises:
        UnusableError: one cannot be used, or they are not in one frame of reference.
    """
    scan = None if ct is None else _scan(ct, series)
    seeds_of = None if plan is None else _read_or_explain(plan, read_implant_plan)
    frame_uid = scan.frame_of_reference_uid if scan else None
    if plan is not None and seeds_of is not None:
        _check_frame(plan, seeds_of.frame_of_reference_uid, frame_uid)
        frame_uid = frame_uid or seeds_of.frame_of_reference_uid
    drawn = None
    if structures is not None:
        drawn = _read_or_explain(structures, read_structures)
        frame_uid = frame_uid or drawn.frame_of_reference_uid
        drawn = _in_frame(drawn, structures, registration, frame_uid)
    grid = None
    if dose is not None:
        grid = _read_or_explain(dose, read_dose)
        _check_frame(dose, grid.frame_of_reference_uid, frame_uid)
    return Case(scan, drawn, seeds_of, grid)


def _scan(folder: Path, wanted: str | None) -> CtSeries:
    found = ct_series_in_folder(folder)
    if not found:
        raise UnusableError(f"{folder}: there is no CT image in it")
    if wanted is not None and wanted not in found:
        raise UnusableError(f"{folder}: has no CT series {wanted}; it has: {_listed(found)}")
    if wanted is None and len(found) > 1:
        raise UnusableError(
            f"{folder}: has several CT series, name one by --series: {_listed(found)}"
        )
    paths = found[wanted] if wanted is not None else next(iter(found.values()))
    try:
        return read_ct_series(paths)
    except SeriesRefused as refused:
        reasons = "\n  ".join(refused.reasons)
        raise UnusableError(f"{folder}: cannot be used for dosimetry:\n  {reasons}") from refused


def _listed(found: dict[str, tuple[Path, ...]]) -> str:
    return ", ".join(f"{uid} ({len(paths)} images)" for uid, paths in found.items())


def _read_or_explain(path: Path, read: Callable[[Path], T]) -> T:
    """What is read from a file; every reason at once where it is refused."""
    try:
        return read(path)
    except (DoseRefused, PlanRefused, RegistrationRefused, StructureSetRefused) as refused:
        reasons = "\n  ".join(refused.reasons)
        raise UnusableError(f"{path}: cannot be used:\n  {reasons}") from refused


def _in_frame(
    drawn: StructureSet, path: Path, registration: Path | None, frame_uid: str
) -> StructureSet:
    """Structures in the frame of the seeds, carried there by a registration where they are not."""
    if drawn.frame_of_reference_uid == frame_uid:
        return drawn
    if registration is None:
        raise UnusableError(
            f"{path}: is drawn on another frame of reference than the CT's or the plan's; "
            "register the two and give the registration, or give the structure set of this CT"
        )
    for one in _read_or_explain(registration, read_registration):
        if {one.from_frame_uid, one.to_frame_uid} == {drawn.frame_of_reference_uid, frame_uid}:
            return registered(drawn, one)
    raise UnusableError(
        f"{registration}: does not register the structures' frame of reference with the seeds'"
    )


def _check_frame(path: Path, uid: str | None, frame_uid: str | None) -> None:
    if uid is not None and frame_uid is not None and uid != frame_uid:
        raise UnusableError(f"{path}: lies in another frame of reference than the other objects")
