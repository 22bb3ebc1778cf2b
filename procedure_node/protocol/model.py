"""A trial protocol as data: what is wanted of whom, and when it is an alarm."""

from typing import Annotated

from pydantic import Field

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.protocol.allocation import AllocationRules
from procedure_node.protocol.conduct import AdverseEventPrompt, TechnicalSuccess, TimeWindow
from procedure_node.protocol.parts import (
    UNSET,
    CountOrUnset,
    Name,
    NonNegativeOrUnset,
    Number,
    NumberOrUnset,
    PercentOrUnset,
    PositiveOrUnset,
    PositivesOrUnset,
    ProtocolPart,
)
from procedure_node.protocol.zoning import BulkyRule, ZoningRule


class ArmRule(ProtocolPart):
    """One arm of the trial and the modalities that its lesions may be given.

    With ``single_modality`` the first allocation of a procedure decides for all its lesions.
    """

    title: Name = Field(examples=["Lesion allocation and tumour zoning"])
    modalities: Annotated[tuple[Modality, ...], Field(min_length=1)] = Field(
        examples=[["SEEDS", "CRYO"]]
    )
    zoning: bool = Field(examples=[True])
    single_modality: bool = Field(default=False, examples=[False])


class StructureNaming(ProtocolPart):
    """How ROI names tell targets from organs.

    ``target`` is a regular expression with a group ``lesion`` and an optional group ``zone`` whose
    text is a ``ZoneKind``; a target without a zone is the whole lesion. ``vessel``, ``skin`` and
    ``airway`` are regular expressions too; where one is left out, no structure is of that kind.
    """

    target: Name = Field(examples=["^(?P<lesion>L[0-9]+)(?:_(?P<zone>CORE|PERIPHERY))?$"])
    vessel: Name | None = Field(default=None, examples=["^(AORTA|IVC|PORTAL_VEIN)$"])
    skin: Name | None = Field(default=None, examples=["^(BODY|SKIN)$"])
    airway: Name | None = Field(default=None, examples=["^(TRACHEA|BRONCH.*)$"])


class SeedPrescription(ProtocolPart):
    """What a zone allocated to seeds is to get."""

    prescription_gy: PositiveOrUnset = Field(examples=[110.0])
    d90_minimum_percent_of_prescription: PercentOrUnset = Field(examples=[100.0])
    v100_minimum_percent: PercentOrUnset = Field(examples=[90.0])
    counted_within_mm: PositiveOrUnset = Field(examples=[10.0])
    migrated_from_mm: PositiveOrUnset = Field(default=UNSET, examples=[10.0])
    migrated_outside_mm: PositiveOrUnset = Field(default=UNSET, examples=[10.0])


class DoseUncertainty(ProtocolPart):
    """The errors that the band of a dose figure is computed from, 1 sigma each.

    Without every one of them no band is told.
    """

    position_sd_mm: NonNegativeOrUnset = Field(default=UNSET, examples=[1.0])
    strength_sd_percent: NonNegativeOrUnset = Field(default=UNSET, examples=[3.0])
    registration_sd_mm: NonNegativeOrUnset = Field(default=UNSET, examples=[1.0])


class RegistrationRules(ProtocolPart):
    """How far the contours may lie from the tissue that they were drawn round.

    ``agreement_mm`` is how far a common frame of reference, or a Spatial Registration, may put a
    lesion from where the images show it. Unset, nothing that is given is checked.
    """

    agreement_mm: PositiveOrUnset = Field(default=UNSET, examples=[3.0])


class FreezeSchedule(ProtocolPart):
    """What a zone allocated to cryoablation is to get.

    ``freeze_minutes`` has a time for each cycle and ``thaw_minutes`` one for each thaw between two
    of them, or each is one number for all.
    """

    cycles: CountOrUnset = Field(examples=[2])
    freeze_minutes: PositivesOrUnset = Field(examples=[[10.0, 10.0]])
    thaw_minutes: PositivesOrUnset = Field(examples=[[8.0]])
    tip_target_c: NumberOrUnset = Field(examples=[-100.0])
    tip_target_within_s: PositiveOrUnset = Field(examples=[60.0])
    gas_minimum_kpa: PositiveOrUnset = Field(default=UNSET, examples=[17000.0])
    ice_coverage_minimum_percent: PercentOrUnset = Field(examples=[100.0])
    ice_margin_minimum_mm: NumberOrUnset = Field(examples=[5.0])
    ice_margin_alert_minutes: PositiveOrUnset = Field(default=UNSET, examples=[2.0])
    ice_volume_maximum_cc: PositiveOrUnset = Field(default=UNSET, examples=[250.0])
    ice_volume_total_maximum_cc: PositiveOrUnset = Field(default=UNSET, examples=[400.0])
    modelled_minus20_minimum_percent: PercentOrUnset = Field(default=UNSET, examples=[100.0])
    modelled_minus40_minimum_percent: PercentOrUnset = Field(default=UNSET, examples=[90.0])

    def freeze_minutes_of(self, number: int) -> float | None:
        """What freeze ``number``, from 1, is to last, min; None where that is unset.

        One more than planned may make up for any of them: it is to last as the longest does.
        """
        return _time_of(self.freeze_minutes, number)

    @property
    def longest_freeze_minutes(self) -> float | None:
        """What the longest of the freezes is to last, min; None where one of them is unset."""
        return _longest(self.freeze_minutes)

    def thaw_minutes_of(self, number: int) -> float | None:
        """What the thaw after freeze ``number`` is to last, min; None where that is unset."""
        return _time_of(self.thaw_minutes, number)


def _time_of(times: float | str | tuple[float | str, ...], number: int) -> float | None:
    if not isinstance(times, tuple) or number > len(times):
        return _longest(times)
    return _longest(times[number - 1])


def _longest(times: float | str | tuple[float | str, ...]) -> float | None:
    every = times if isinstance(times, tuple) else (times,)
    said = [time for time in every if not isinstance(time, str)]
    return max(said) if said and len(said) == len(every) else None


class FreezeModelRules(ProtocolPart):
    """What the cold around cryoprobes is modelled with.

    Attributes:
        tissue: a file of the thermal library.
        vessels: names of drawn structures that stay at ``vessel_temperature_c``.
    """

    tissue: Name = Field(default="liver", examples=["liver"])
    vessels: tuple[Name, ...] = Field(default=(), examples=[["PORTAL_VEIN"]])
    vessel_temperature_c: Number = Field(default=37.0, examples=[37.0])


class OrganConstraint(ProtocolPart):
    """Limits of one organ at risk; a limit that is left out is not checked."""

    name: Name = Field(examples=["GALLBLADDER"])
    d2cc_limit_gy: PositiveOrUnset | None = Field(default=None, examples=[55.0])
    d0_1cc_limit_gy: PositiveOrUnset | None = Field(default=None, examples=[75.0])
    temperature_minimum_c: NumberOrUnset | None = Field(default=None, examples=[10.0])
    ice_distance_minimum_mm: NonNegativeOrUnset | None = Field(default=None, examples=[5.0])
    modelled_ice_distance_minimum_mm: NonNegativeOrUnset | None = Field(
        default=None, examples=[5.0]
    )


class Freshness(ProtocolPart):
    """How old a fact may be before what rests on it is UNKNOWN."""

    scan_minutes: PositiveOrUnset = Field(examples=[30.0])
    reading_s: PositiveOrUnset = Field(examples=[5.0])


class ProtocolSource(ProtocolPart):
    """Where a number of the protocol comes from."""

    key: Name = Field(examples=["seeds.prescription_gy"])
    source: Name = Field(examples=["110 Gy for iodine-125 in lung lesions: PMC5808001"])


class TrialProtocol(ProtocolPart):
    """A whole protocol file (config/protocols/*.toml).

    Attributes:
        example: the numbers are examples for demonstration and tests, not a trial's own.
        sources: key by key, where the numbers come from.
    """

    name: Name = Field(examples=["demonstration"])
    version: Name = Field(examples=["1"])
    title: Name = Field(examples=["Seeds and cryoablation, lesion by lesion"])
    trial: Name = Field(examples=["NCT07437625"])
    example: bool = Field(examples=[True])
    arms: Annotated[dict[str, ArmRule], Field(min_length=1)]
    structures: StructureNaming
    seeds: SeedPrescription
    uncertainty: DoseUncertainty = DoseUncertainty()
    registration: RegistrationRules = RegistrationRules()
    cryo: FreezeSchedule
    freeze_model: FreezeModelRules = FreezeModelRules()
    organs: tuple[OrganConstraint, ...]
    freshness: Freshness
    bulky: BulkyRule | None = None
    allocation: AllocationRules | None = None
    zoning: ZoningRule | None = None
    windows: tuple[TimeWindow, ...] = ()
    technical_success: TechnicalSuccess | None = None
    adverse_events: tuple[AdverseEventPrompt, ...] = ()
    sources: tuple[ProtocolSource, ...] = ()


class Target(ProtocolPart):
    """A lesion's zone: what coverage is judged for."""

    lesion: Name
    zone: ZoneKind = ZoneKind.WHOLE

    @property
    def key(self) -> str:
        """``LESION`` or ``LESION/ZONE``: how the target is named in states and topics."""
        return self.lesion if self.zone is ZoneKind.WHOLE else f"{self.lesion}/{self.zone.value}"
