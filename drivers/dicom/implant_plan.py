"""A plan of permanent iodine-125 seeds, as it is read from and written to an RTPLAN."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from dosimetry_core.values import GenerationMode, Vector

_UNIT_VECTOR_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class PlannedSeed:
    """One seed of a plan.

    Attributes:
        center_mm: centre of the capsule, LPS mm.
        axis: unit vector along the capsule, LPS; None where the plan does not tell it.
        strength_u: air-kerma strength at the reference time, U (1 U = 1 uGy m2/h).
        strength_reference_utc: when the seed has that strength; None where it is unknown.
        strength_reference_unknown: why it is unknown; empty where it is known.
        needle: what the plan calls the needle (a setup of its own, or the applicator); empty where
            it names none.
        channel_number: Channel Number, as the plan counts; None where it does not.
        source_model: the plan's own name of the seed model; empty where it gives none.

    Raises:
        ValueError: a number is not finite, the strength not positive, the axis no unit vector, or
            the reference time neither known (aware, UTC) nor unknown with a reason.
    """

    center_mm: Vector
    axis: Vector | None
    strength_u: float
    strength_reference_utc: datetime | None
    strength_reference_unknown: str = ""
    needle: str = ""
    channel_number: int | None = None
    source_model: str = ""

    def __post_init__(self) -> None:
        if len(self.center_mm) != 3 or not all(map(math.isfinite, self.center_mm)):
            raise ValueError(f"a seed's centre is three finite mm, got {self.center_mm}")
        if self.axis is not None and not is_unit_vector(self.axis):
            raise ValueError(f"a seed's axis is a unit vector or None, got {self.axis}")
        if not (math.isfinite(self.strength_u) and self.strength_u > 0.0):
            raise ValueError(f"a seed's strength is a positive number of U, got {self.strength_u}")
        reference = self.strength_reference_utc
        if reference is not None and reference.utcoffset() != timedelta(0):
            raise ValueError(f"a strength's reference time is aware UTC, got {reference!r}")
        if (reference is None) != bool(self.strength_reference_unknown):
            raise ValueError("a strength has either a reference time or a reason why not")


@dataclass(frozen=True, slots=True)
class ImplantPlan:
    """What an RTPLAN says of a permanent implant.

    Attributes:
        label: RT Plan Label.
        intent: Plan Intent (VERIFICATION, CURATIVE, ...); empty where the plan gives none.
        approval: Approval Status (APPROVED, UNAPPROVED, REJECTED); empty where it gives none.
        seeds: in the order of the file.
        half_life_d: of the isotope, days, as the plan states it; None where it does not.
        frame_of_reference_uid: that the positions lie in; None where the plan names none (the
            structure set then tells it).
        structure_set_uid: SOP Instance UID of the structure set that it was made on; None where it
            names none.
        dose_uids: SOP Instance UIDs of the doses that belong to it.
        warnings: what is doubtful.
    """

    sop_instance_uid: str
    study_uid: str
    label: str
    intent: str
    approval: str
    seeds: tuple[PlannedSeed, ...]
    half_life_d: float | None
    frame_of_reference_uid: str | None
    structure_set_uid: str | None
    dose_uids: tuple[str, ...]
    mode: GenerationMode
    warnings: tuple[str, ...]


class PlanRefused(Exception):  # noqa: N818 - a verdict on the data, not a failure of the reader
    """A plan cannot be used; ``reasons`` says all that is wrong with it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def is_unit_vector(axis: Vector) -> bool:
    """Whether three finite numbers have the length 1, to a thousandth."""
    return len(axis) == 3 and abs(math.hypot(*axis) - 1.0) < _UNIT_VECTOR_TOLERANCE
