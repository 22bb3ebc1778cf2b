"""When a lesion is bulky, and how a bulky one is split into zones."""

from typing import Self

from pydantic import Field, model_validator

from dosimetry_core.values import Modality
from procedure_node.protocol.parts import (
    Name,
    NonNegativeOrUnset,
    NumberOrUnset,
    PositiveOrUnset,
    ProtocolPart,
)


class BulkyRule(ProtocolPart):
    """A lesion that reaches either limit is bulky; a limit that is left out is not looked at."""

    longest_axial_at_least_mm: PositiveOrUnset | None = Field(default=None, examples=[50.0])
    volume_at_least_cc: PositiveOrUnset | None = Field(default=None, examples=[65.0])

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.longest_axial_at_least_mm is None and self.volume_at_least_cc is None:
            raise ValueError("needs longest_axial_at_least_mm or volume_at_least_cc, or both")
        return self


class HighRiskMargin(ProtocolPart):
    """What of a bulky lesion, outside its core, is close to one of some organs."""

    organs: tuple[Name, ...] = Field(min_length=1, examples=[["GALLBLADDER"]])
    within_mm: PositiveOrUnset = Field(examples=[10.0])
    modality: Modality = Field(examples=["SEEDS"])


class ZoningRule(ProtocolPart):
    """How a bulky lesion is split, and what each zone is given.

    The core is what lies deeper than ``core_inward_margin_mm``, or what the planned probes bring
    below ``core_reach_c``: one of the two is stated.
    """

    core_inward_margin_mm: NonNegativeOrUnset | None = Field(default=None, examples=[8.0])
    core_reach_c: NumberOrUnset | None = Field(default=None, examples=[-20.0])
    core_modality: Modality = Field(examples=["CRYO"])
    periphery_modality: Modality = Field(examples=["SEEDS"])
    high_risk: HighRiskMargin | None = None

    @model_validator(mode="after")
    def _has_one_core(self) -> Self:
        if (self.core_inward_margin_mm is None) == (self.core_reach_c is None):
            raise ValueError("takes one of core_inward_margin_mm and core_reach_c")
        return self
