"""Messages of scans and what is found in them. A scan is named by the token of its series UID."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import Evidence, ZoneKind
from procedure_node.events import Fact
from procedure_node.messages.base import Message, PublicText, Token
from procedure_node.messages.seeds import (
    NeedleSeedsBody,
    SeedBody,
    SeenNeedleBody,
    UnseenSeedBody,
)


class ScanMessage(Message):
    """One CT series: how far it has come, and which steps of its analysis are done or failed."""

    kind: Literal["scan"] = "scan"
    version: Literal[1] = 1
    scan: Token
    status: Literal["ARRIVING", "RECEIVED", "REFUSED"]
    refused: tuple[PublicText, ...]
    discovered_at: AwareDatetime
    acquired_at: AwareDatetime | None
    received_at: AwareDatetime | None
    image_count: int | None
    spacing_mm: tuple[float, float, float] | None
    seeds_found: bool
    dose_computed: bool
    ice_found: bool
    failures: dict[str, PublicText]


class SeedCount(Fact):
    """Seeds seen (IMAGED) and seeds that people reported for one zone.

    ``seen`` is null before the first scan was searched.
    """

    lesion: str
    zone: ZoneKind
    seen: int | None
    reported: int


class SeedsMessage(Message):
    """Seeds of the newest scan that was searched, against those that people reported.

    ``elsewhere`` counts seeds that are not near any target, ``left_out`` finds that a person
    deleted. Seeds that migrated or are not seen any more: ``seeds`` and ``unseen``.
    """

    kind: Literal["seeds"] = "seeds"
    version: Literal[1] = 1
    scan: Token | None
    seen: int | None
    reported: int
    elsewhere: int | None
    targets: tuple[SeedCount, ...]
    needles: tuple[NeedleSeedsBody, ...]
    needles_seen: tuple[SeenNeedleBody, ...] = ()
    seeds: tuple[SeedBody, ...]
    unseen: tuple[UnseenSeedBody, ...]
    left_out: int
    evidence: Literal[Evidence.IMAGED] = Evidence.IMAGED
    warnings: tuple[PublicText, ...]
