"""Seeds as they are found in an image and as they enter a dose calculation."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]


class Lookalike(StrEnum):
    """What a find might be instead of a seed."""

    NEEDLE = "NEEDLE"
    NEEDLE_TIP = "NEEDLE_TIP"
    CLIP = "CLIP"
    FIDUCIAL = "FIDUCIAL"
    CALCIFICATION = "CALCIFICATION"
    BONE = "BONE"
    STREAK = "STREAK"
    SAME_SEED = "SAME_SEED"
    """A part of a seed that is told already, seen twice."""


class Alternative(NamedTuple):
    """One thing that a find might be instead, and how probable that is, 0 to 1."""

    kind: Lookalike
    probability: float


@dataclass(frozen=True, slots=True)
class FoundSeed:
    """One seed seen in an image.

    Attributes:
        center_mm: centre of the capsule, LPS mm.
        axis: unit vector along the capsule; its sign carries no meaning.
        confidence: 0 to 1, how sure the finder is that this is a seed.
        covariance_mm2: covariance of the centre, LPS; None where it is not known.
        axis_covariance: covariance of the axis as a unit vector, LPS, in the plane across it, rad2
            (for small errors); None where it is not known.
        alternatives: what it might be instead, most probable first; with the confidence their
            probabilities add up to 1, but for what is too improbable to be named.
    """

    center_mm: Vector
    axis: Vector
    confidence: float
    covariance_mm2: Matrix | None = None
    axis_covariance: Matrix | None = None
    alternatives: tuple[Alternative, ...] = ()


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
