"""What a tissue file and a cryoprobe file hold."""

import math
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]


class ThermalPart(BaseModel):
    """A frozen section of a file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ranged(ThermalPart):
    """A property with the range that its sources span."""

    value: Number
    low: Number
    high: Number
    source: Name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"low <= value <= high must hold, not {self.low}, {self.value}, {self.high}"
            )
        return self


class PositiveRanged(Ranged):
    """A property above zero, whose range is one of ratios; with ``value`` 0 there is none of it."""

    @model_validator(mode="after")
    def _above_zero(self) -> Self:
        if self.low <= 0 and not self.low == self.value == self.high == 0:
            raise ValueError("must be above zero, or 0 with low and high 0 too")
        return self

    @property
    def sd_of_logarithm(self) -> float:
        """Standard deviation if every ratio in the range is as likely."""
        return math.log(self.high / self.low) / math.sqrt(12.0) if self.low > 0 else 0.0


class Stated(ThermalPart):
    """A property that is not varied."""

    value: Number
    source: Name


class TissueFile(ThermalPart):
    """A tissue."""

    name: Name
    notes: tuple[str, ...] = ()
    conductivity_frozen_w_per_mk: PositiveRanged
    conductivity_unfrozen_w_per_mk: PositiveRanged
    heat_capacity_frozen_j_per_kgk: Stated
    heat_capacity_unfrozen_j_per_kgk: Stated
    density_kg_per_m3: Stated
    latent_heat_j_per_kg: PositiveRanged
    freezing_begins_c: Stated
    freezing_ends_c: Ranged
    perfusion_per_s: PositiveRanged
    blood_heat_capacity_j_per_m3k: Stated
    metabolic_w_per_m3: Stated


class CryoprobeFile(ThermalPart):
    """A kind of cryoprobe."""

    name: Name
    source: Name
    notes: tuple[str, ...] = ()
    active_length_mm: Positive
    behind_tip_mm: Number
    radius_mm: Positive
    freeze_c: Number
    freeze_sd_c: Positive
    active_thaw_c: Number
    cooling_time_s: Number
