"""A trial protocol as data: what is wanted of whom, and when it is an alarm."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dosimetry_core.values import Modality, ZoneKind

UNSET: Literal["unset"] = "unset"
PositiveOrUnset = Annotated[float, Field(gt=0)] | Literal["unset"]
NumberOrUnset = Annotated[float, Field(allow_inf_nan=False)] | Literal["unset"]
PercentOrUnset = Annotated[float, Field(ge=0, le=100)] | Literal["unset"]
CountOrUnset = Annotated[int, Field(ge=1)] | Literal["unset"]
Name = Annotated[str, Field(min_length=1)]


class ProtocolPart(BaseModel):
    """A frozen section of the protocol file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ArmRule(ProtocolPart):
    """One arm of the trial and the modalities that its lesions may be given."""

    title: Name
    modalities: Annotated[tuple[Modality, ...], Field(min_length=1)]
    zoning: bool


class StructureNaming(ProtocolPart):
    """How ROI names tell targets from organs.

    ``target`` is a regular expression with a group ``lesion`` and an optional group ``zone`` whose
    text is a ``ZoneKind``; a target without a zone is the whole lesion.
    """

    target: Name


class SeedPrescription(ProtocolPart):
    """What a zone allocated to seeds is to get."""

    prescription_gy: PositiveOrUnset
    d90_minimum_percent_of_prescription: PercentOrUnset
    v100_minimum_percent: PercentOrUnset
    counted_within_mm: PositiveOrUnset


class FreezeSchedule(ProtocolPart):
    """What a zone allocated to cryoablation is to get."""

    cycles: CountOrUnset
    freeze_minutes: PositiveOrUnset
    thaw_minutes: PositiveOrUnset
    tip_target_c: NumberOrUnset
    tip_target_within_s: PositiveOrUnset
    ice_coverage_minimum_percent: PercentOrUnset
    ice_margin_minimum_mm: NumberOrUnset


class OrganConstraint(ProtocolPart):
    """Limits of one organ at risk; a limit that is left out is not checked."""

    name: Name
    d2cc_limit_gy: PositiveOrUnset | None = None
    d0_1cc_limit_gy: PositiveOrUnset | None = None
    temperature_minimum_c: NumberOrUnset | None = None


class Freshness(ProtocolPart):
    """How old a fact may be before what rests on it is UNKNOWN."""

    scan_minutes: PositiveOrUnset
    reading_s: PositiveOrUnset


class ProtocolSource(ProtocolPart):
    """Where a number of the protocol comes from."""

    key: Name
    source: Name


class TrialProtocol(ProtocolPart):
    """A whole protocol file (config/protocols/*.toml).

    Attributes:
        example: the numbers are examples for demonstration and tests, not a trial's own.
        sources: key by key, where the numbers come from.
    """

    name: Name
    version: Name
    title: Name
    trial: Name
    example: bool
    arms: Annotated[dict[str, ArmRule], Field(min_length=1)]
    structures: StructureNaming
    seeds: SeedPrescription
    cryo: FreezeSchedule
    organs: tuple[OrganConstraint, ...]
    freshness: Freshness
    sources: tuple[ProtocolSource, ...] = ()


class Target(ProtocolPart):
    """A lesion's zone: what coverage is judged for."""

    lesion: Name
    zone: ZoneKind = ZoneKind.WHOLE

    @property
    def key(self) -> str:
        """``LESION`` or ``LESION/ZONE``: how the target is named in states and topics."""
        return self.lesion if self.zone is ZoneKind.WHOLE else f"{self.lesion}/{self.zone.value}"
