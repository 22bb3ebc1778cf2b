"""Needles and probes that are seen in a scan, and which is which."""

from typing import Literal

from procedure_node.events.base import Fact, Fraction, NonNegative, Payload, XyzMm
from procedure_node.events.imaging import SeedKindChance

NeedleSeen = Literal["NEW", "SAME"]
NeedleUnseen = Literal["NOT_SEEN", "WITHDRAWN"]


class NeedleFact(Fact):
    """One needle that is seen (``dosimetry_core.values.FoundNeedle``), and which it is.

    ``needle_id`` names it through all scans; ``certainty`` is how probable that and ``status`` are.
    ``deeper_mm`` is how much further its tip is than in the scan before.
    """

    needle_id: int
    status: NeedleSeen
    certainty: Fraction
    deeper_mm: float | None
    tip_mm: XyzMm
    tail_mm: XyzMm
    direction: XyzMm
    length_mm: NonNegative
    tip_inside: bool
    tail_inside: bool
    tip_is_sure: bool
    width_mm: NonNegative
    confidence: Fraction
    alternatives: tuple[SeedKindChance, ...] = ()


class UnseenNeedleFact(Fact):
    """A known needle that is none of those seen; ``presence``: how probably it is there."""

    needle_id: int
    status: NeedleUnseen
    certainty: Fraction
    presence: Fraction
    tip_mm: XyzMm


class RegisteredNeedle(Fact):
    """A needle, or the track it left, as it is carried on to the next scan.

    ``for_seeds`` is how probable it is that it is no cryoprobe, ``last_seen`` the scan.
    """

    needle_id: int
    tip_mm: XyzMm
    direction: XyzMm
    sigma_mm: NonNegative
    for_seeds: Fraction
    last_seen: str


class TrackSeeds(Fact):
    """Of each counted seed of the scan how probably it was left by one needle."""

    needle_id: int
    chances: tuple[Fraction, ...]


class NeedlesFound(Payload):
    """Needles and probes of one scan.

    Attributes:
        after_series_uid: the scan that they were compared with; None for the first with needles.
        before_sha256: of the register that they were compared with; empty for none.
        needles: those that are seen, longest first.
        unseen: known ones that are none of them.
        known: all that are known after this scan.
        known_sha256: names their content; empty before it is journalled.
        tracks: which seeds lie along which of those known.
    """

    kind: Literal["needles-found"] = "needles-found"
    version: Literal[1] = 1
    series_uid: str
    after_series_uid: str | None
    before_sha256: str
    needles: tuple[NeedleFact, ...]
    unseen: tuple[UnseenNeedleFact, ...]
    known: tuple[RegisteredNeedle, ...]
    known_sha256: str = ""
    tracks: tuple[TrackSeeds, ...] = ()
