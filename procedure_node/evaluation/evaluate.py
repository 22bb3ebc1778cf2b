"""Dose, how sure it is, and where it is too low or very high, of one case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Self

from dosimetry_core.dvh import (
    OutsideDoseError,
    StructureDoseResult,
    dose_in_volume,
    evaluate_structure,
    structure_dose,
)
from dosimetry_core.structures import (
    StructureError,
    VolumeEstimate,
    volume_estimate,
)
from dosimetry_core.subvolumes import (
    TARGET_HOT_PERCENT,
    SubVolumes,
    cold_subvolumes,
    hot_subvolumes,
)
from dosimetry_core.tg43 import ImplantedSources, SeedModel, decayed_strength_u, hours_since
from dosimetry_core.uncertainty import DoseBand, DoseErrors, dose_bands
from dosimetry_core.values import ContouredStructure, FoundNeedle
from drivers.dicom import DoseGrid
from procedure_node.evaluation.case import Case
from procedure_node.evaluation.errors import UnusableError
from procedure_node.evaluation.seeds import (
    HOURS_PER_DAY,
    EvaluatedSeed,
    has_no_axis,
    implant_of,
)

THREADS = 2


@dataclass(frozen=True, slots=True)
class StructureEvaluation:
    """All that is said of one structure.

    Attributes:
        structure: what was contoured.
        volume: its volume and how far that may be off.
        dose: figures of the seeds' dose, with their numerical error bars.
        before: the same before seeds were added or removed by hand; None if none was.
        band: how sure the figures are by the errors of seeds, strength and registration.
        cold: parts below the prescription.
        hot: parts above ``TARGET_HOT_PERCENT`` of the prescription.
        in_dose_grid: figures of the dose grid that was given; None if none was, or the structure
            is not wholly in it.
    """

    structure: ContouredStructure
    volume: VolumeEstimate
    dose: StructureDoseResult
    before: StructureDoseResult | None
    band: DoseBand
    cold: SubVolumes
    hot: SubVolumes
    in_dose_grid: StructureDoseResult | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """How much of the total dose has been given by a time, which is the same everywhere.

    Attributes:
        until_utc: the time.
        share: of the total dose, 0 to 1.
        rate_per_h: part of the total dose that is given in the hour after, 1/h.
    """

    until_utc: datetime
    share: float
    rate_per_h: float

    @classmethod
    def by(cls, until_utc: datetime, implanted_utc: datetime, model: SeedModel) -> Self:
        """What seeds that were all implanted at one time have given by another.

        Raises:
            UnusableError: they were implanted later.
        """
        elapsed_h = hours_since(implanted_utc, until_utc)
        if elapsed_h < 0.0:
            raise UnusableError(f"the seeds were implanted after {until_utc.isoformat()}")
        left = decayed_strength_u(1.0, model.half_life_d, elapsed_h / HOURS_PER_DAY)
        return cls(until_utc, 1.0 - left, left / model.mean_life_h)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is said of one case.

    Attributes:
        seeds: those that the dose is of, as they were found, planned or edited; those without an
            axis last.
        structures: in the order of the structure set.
        delivered: what was given by the time that was asked for; None if none was.
        warnings: what is doubtful or was left out.
        needles: needles and probes that the scan shows.
    """

    case: Case
    model: SeedModel
    prescription_gy: float
    errors: DoseErrors
    seeds: tuple[EvaluatedSeed, ...]
    structures: tuple[StructureEvaluation, ...]
    delivered: Delivered | None
    warnings: tuple[str, ...]
    needles: tuple[FoundNeedle, ...] = ()

    @property
    def implant(self) -> tuple[ImplantedSources, ...]:
        """The seeds as sources of dose."""
        return implant_of(self.seeds, self.model)


def evaluate(
    case: Case,
    seeds: Sequence[EvaluatedSeed],
    *,
    model: SeedModel,
    prescription_gy: float,
    errors: DoseErrors,
    before: Sequence[EvaluatedSeed] | None = None,
    delivered: Delivered | None = None,
    warnings: Sequence[str] = (),
    needles: Sequence[FoundNeedle] = (),
) -> Evaluation:
    """Evaluate every structure against the one prescription.

    A structure without a sound shape is left out with a warning.

    Args:
        case: the objects.
        seeds: those that the dose is of.
        model: their TG-43 data.
        prescription_gy: 100 % dose.
        errors: what the dose may be off by.
        before: the seeds before they were edited by hand; None if they were not.
        delivered: what of the dose was given by a time.
        warnings: what is doubtful of the seeds.
        needles: needles and probes that the scan shows.
    """
    seeds = sorted(seeds, key=has_no_axis)
    told = [*warnings, *case.warnings]
    if model.quality != "consensus":
        told.append(f"{model.name} has {model.quality} data, not AAPM consensus data")
    without_axis = sum(1 for seed in seeds if seed.axis is None)
    if without_axis:
        told.append(f"seeds without an axis: {without_axis}; their dose is that of point sources")
    done: list[StructureEvaluation] = []
    for structure in case.structures.structures if case.structures else ():
        try:
            done.append(
                _evaluate_structure(
                    case, structure, seeds, before, model, prescription_gy, errors, told
                )
            )
        except StructureError as error:
            told.append(f"left out: {error}")
    return Evaluation(
        case=case,
        model=model,
        prescription_gy=prescription_gy,
        errors=errors,
        seeds=tuple(seeds),
        structures=tuple(done),
        delivered=delivered,
        warnings=tuple(told),
        needles=tuple(needles),
    )


def _evaluate_structure(
    case: Case,
    structure: ContouredStructure,
    seeds: Sequence[EvaluatedSeed],
    before: Sequence[EvaluatedSeed] | None,
    model: SeedModel,
    prescription_gy: float,
    errors: DoseErrors,
    warnings: list[str],
) -> StructureEvaluation:
    spacing_mm = case.plane_spacing_mm
    implant = implant_of(seeds, model)
    dose_of = partial(
        structure_dose, structure, prescription_gy=prescription_gy, plane_spacing_mm=spacing_mm
    )
    dose = dose_of(implant)
    (band,) = dose_bands(
        [structure], implant, [dose], errors, threads=THREADS, plane_spacing_mm=spacing_mm
    )
    hot_gy = prescription_gy * TARGET_HOT_PERCENT / 100.0
    return StructureEvaluation(
        structure=structure,
        volume=volume_estimate(structure, plane_spacing_mm=spacing_mm),
        dose=dose,
        before=None if before is None else dose_of(implant_of(before, model)),
        band=band,
        cold=cold_subvolumes(
            structure, implant, below_gy=prescription_gy, plane_spacing_mm=spacing_mm
        ),
        hot=hot_subvolumes(structure, implant, above_gy=hot_gy, plane_spacing_mm=spacing_mm),
        in_dose_grid=None
        if case.dose is None
        else _in_grid(case.dose, structure, prescription_gy, spacing_mm, warnings),
    )


def _in_grid(
    grid: DoseGrid,
    structure: ContouredStructure,
    prescription_gy: float,
    plane_spacing_mm: float | None,
    warnings: list[str],
) -> StructureDoseResult | None:
    try:
        return evaluate_structure(
            structure,
            dose_in_volume(grid.volume),
            prescription_gy=prescription_gy,
            plane_spacing_mm=plane_spacing_mm,
        )
    except OutsideDoseError as error:
        warnings.append(f"{structure.name}: not evaluated in the dose grid: {error}")
        return None
