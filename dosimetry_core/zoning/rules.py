"""How the zones of a bulky lesion are laid out, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from dosimetry_core.values import ContouredStructure, Volume


@dataclass(frozen=True, slots=True)
class InwardMargin:
    """The core is what lies deeper than ``margin_mm`` under the lesion's surface."""

    margin_mm: float

    def __post_init__(self) -> None:
        if self.margin_mm < 0.0:
            raise ValueError(f"an inward margin is 0 mm or more, got {self.margin_mm:g} mm")


@dataclass(frozen=True, slots=True, eq=False)
class IsothermReach:
    """The core is what of the lesion the planned probes bring below ``level_c``.

    Attributes:
        minimum_c: coldest temperature of every place in the planned freeze, C. Outside of its grid
            nothing is cold.
        level_c: the temperature, C.
    """

    minimum_c: Volume
    level_c: float


@dataclass(frozen=True, slots=True, eq=False)
class TowardsOrgans:
    """The high-risk margin is what of the lesion, outside its core, is close to one of the organs.

    Attributes:
        organs: by name.
        within_mm: how close to an organ's surface.
    """

    organs: Mapping[str, ContouredStructure]
    within_mm: float

    def __post_init__(self) -> None:
        if not self.organs:
            raise ValueError("a margin towards organs needs at least one organ")
        if self.within_mm <= 0.0:
            raise ValueError(f"a distance to organs is above 0 mm, got {self.within_mm:g} mm")


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The zone is what of the lesion lies in a contour that a person drew.

    A drawn high-risk margin takes from the core where they overlap: a person drew it so.
    """

    structure: ContouredStructure


CoreRule = InwardMargin | IsothermReach | Drawn
HighRiskRule = TowardsOrgans | Drawn
