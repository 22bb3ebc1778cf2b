"""Seeds as they are found in an image and as they enter a dose calculation."""

from dataclasses import dataclass

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class FoundSeed:
    """One seed seen in an image.

    Attributes:
        center_mm: centre of the capsule, LPS mm.
        axis: unit vector along the capsule; its sign carries no meaning.
        confidence: 0 to 1, how sure the finder is that this is a seed.
    """

    center_mm: Vector
    axis: Vector
    confidence: float


@dataclass(frozen=True, slots=True)
class Source:
    """One seed as a source of dose.

    Attributes:
        center_mm: centre, LPS mm.
        axis: unit vector along the capsule, LPS.
        strength_u: air-kerma strength at the time of implantation, U (1 U = 1 cGy cm2/h).
    """

    center_mm: Vector
    axis: Vector
    strength_u: float
