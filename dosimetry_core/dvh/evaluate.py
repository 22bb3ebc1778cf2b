"""Dose-volume figures of a structure from the dose at points inside it.

The dose is evaluated at the structure's own sample points, never taken from a grid of voxels over
it: small and thin structures come out as right as others.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh.dose import DoseFunction, EvaluatedDose, seed_lines_mm
from dosimetry_core.dvh.figures import region_dose
from dosimetry_core.dvh.refining import TOLERANCE
from dosimetry_core.dvh.region import region_of
from dosimetry_core.dvh.result import StructureDoseResult
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]


def structure_dose(
    structure: ContouredStructure,
    implant: Sequence[ImplantedSources],
    *,
    prescription_gy: float | None,
    plane_spacing_mm: float | None = None,
    other_targets: Sequence[ContouredStructure] = (),
    tolerance: float = TOLERANCE,
) -> StructureDoseResult:
    """Total dose of a permanent implant to one structure.

    Args:
        structure: what was contoured.
        implant: the seeds; none at all give zero dose.
        prescription_gy: the dose that is 100 %; None for an organ.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.
        other_targets: as for ``evaluate_structure``.
        tolerance: as for ``evaluate_structure``.

    Raises:
        StructureError: the structure has no sound shape.
        ValueError: the prescription is not above zero.
    """
    return evaluate_structure(
        structure,
        partial(total_dose_gy, implant, engine="table"),
        prescription_gy=prescription_gy,
        plane_spacing_mm=plane_spacing_mm,
        other_targets=other_targets,
        peaks_mm=seed_lines_mm(implant),
        tolerance=tolerance,
    )


def evaluate_structure(
    structure: ContouredStructure,
    dose_function: DoseFunction,
    *,
    prescription_gy: float | None,
    plane_spacing_mm: float | None = None,
    other_targets: Sequence[ContouredStructure] = (),
    peaks_mm: FloatArray | None = None,
    tolerance: float = TOLERANCE,
) -> StructureDoseResult:
    """Dose-volume figures of a structure in any dose distribution.

    Args:
        structure: what was contoured.
        dose_function: the dose at any points.
        prescription_gy: the dose that is 100 %; None for an organ.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.
        other_targets: targets whose share of a common prescription isodose is theirs; those that
            overlap with this one, as zones of a lesion do, are not counted as others.
        peaks_mm: lines along which the dose has peaks narrower than a 30,000th of the structure,
            shape (n, 2, 3): the active lines of seeds.
        tolerance: error bar, as a part of a dose, below which nothing is cut finer; a larger one
            takes less time.

    Raises:
        StructureError: the structure has no sound shape.
        OutsideDoseError: part of the structure is where the dose is not known.
        ValueError: the prescription is not above zero; a dose is not a finite number.
    """
    return region_dose(
        region_of(structure, plane_spacing_mm),
        EvaluatedDose(dose_function, peaks_mm),
        prescription_gy=prescription_gy,
        others=[region_of(other, plane_spacing_mm) for other in other_targets]
        if prescription_gy is not None
        else (),
        tolerance=tolerance,
    )
