"""What every section of a protocol file is made of: numbers that may be unset, names."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

UNSET: Literal["unset"] = "unset"

NOT_SAID = "(UNSET)"
"""How a number that is unset stands in a sentence."""


def _number_or_unset(value: object) -> Literal["number", "unset"]:
    """Which of the two is meant: a mistake is then told once, not once for each."""
    return "unset" if isinstance(value, str) else "number"


def _one_or_each(value: object) -> Literal["one", "each"]:
    """Whether one number stands for all, or a list has one for each."""
    return "each" if isinstance(value, list | tuple) else "one"


_Unset = Annotated[Literal["unset"], Tag("unset")]
_EITHER = Discriminator(_number_or_unset)
_Number = Field(strict=True, allow_inf_nan=False)
Number = Annotated[float, _Number]
PositiveOrUnset = Annotated[Annotated[float, _Number, Field(gt=0), Tag("number")] | _Unset, _EITHER]
NonNegativeOrUnset = Annotated[
    Annotated[float, _Number, Field(ge=0), Tag("number")] | _Unset, _EITHER
]
NumberOrUnset = Annotated[Annotated[float, _Number, Tag("number")] | _Unset, _EITHER]
PercentOrUnset = Annotated[
    Annotated[float, _Number, Field(ge=0, le=100), Tag("number")] | _Unset, _EITHER
]
PositivesOrUnset = Annotated[
    Annotated[PositiveOrUnset, Tag("one")] | Annotated[tuple[PositiveOrUnset, ...], Tag("each")],
    Discriminator(_one_or_each),
]
"""One number for all, or a list with one for each."""
CountOrUnset = Annotated[Annotated[int, Field(ge=1, strict=True), Tag("number")] | _Unset, _EITHER]
Name = Annotated[str, Field(min_length=1)]


class ProtocolPart(BaseModel):
    """A frozen section of the protocol file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
