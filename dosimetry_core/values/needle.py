"""Needles and probes as they are seen in an image."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from dosimetry_core.values.seed import Vector


class NeedleLookalike(StrEnum):
    """What a straight piece of metal might be instead of a needle."""

    CRYOPROBE = "CRYOPROBE"
    SEEDS = "SEEDS"
    """Seeds in contact, in a row, or what thick slices make of them."""


class NeedleAlternative(NamedTuple):
    """One thing that it might be instead, and how probable that is, 0 to 1."""

    kind: NeedleLookalike
    probability: float


@dataclass(frozen=True, slots=True)
class FoundNeedle:
    """A needle seen in an image, as far as the image shows it.

    Attributes:
        tip_mm: the end that is taken for the tip, LPS mm.
        tail_mm: the other end, LPS mm.
        direction: unit vector from tail to tip.
        length_mm: from end to end.
        tip_inside: whether that end lies in the patient; if not, the needle goes on beyond the
            scan or leaves the body there.
        tail_inside: the same of the other end.
        tip_is_sure: whether it is clear which end is the tip.
        width_mm: of the metal as it is seen, blooming included.
        confidence: 0 to 1, how sure the finder is that this is a needle.
        alternatives: what it might be instead, most probable first; with the confidence their
            probabilities add up to 1.
    """

    tip_mm: Vector
    tail_mm: Vector
    direction: Vector
    length_mm: float
    tip_inside: bool
    tail_inside: bool
    tip_is_sure: bool
    width_mm: float
    confidence: float
    alternatives: tuple[NeedleAlternative, ...] = ()
