"""A dose distribution as it is read from an RTDOSE."""

from dataclasses import dataclass

from dosimetry_core.values import GenerationMode, Volume
from drivers.dicom.dose_volume_histogram import StructureDvh


@dataclass(frozen=True, slots=True, eq=False)
class DoseGrid:
    """What an RTDOSE holds.

    Attributes:
        volume: physical dose, float32 Gy, [k, j, i]; k runs along the cross product of the row and
            column directions.
        largest_rounding_gy: half of a step of the stored whole numbers: what any dose may be off.
        summation: Dose Summation Type (PLAN, FRACTION, ...).
        comment: Dose Comment.
        plan_uid: SOP Instance UID of the plan that the dose is of; None where it names none.
        structure_set_uid: of the structure set of the histograms; None where it names none.
        histograms: those of one structure each.
        warnings: what was left out or is doubtful.
    """

    volume: Volume
    sop_instance_uid: str
    study_uid: str
    frame_of_reference_uid: str
    largest_rounding_gy: float
    summation: str
    comment: str
    plan_uid: str | None
    structure_set_uid: str | None
    histograms: tuple[StructureDvh, ...]
    mode: GenerationMode
    warnings: tuple[str, ...]


class DoseRefused(Exception):  # noqa: N818 - a verdict on the data, not a failure of the reader
    """A dose cannot be used; ``reasons`` says all that is wrong with it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
