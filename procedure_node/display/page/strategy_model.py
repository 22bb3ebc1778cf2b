"""The trial's strategy on the page: what each lesion is given and why, and what came of it."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import Evidence, Modality
from procedure_node.display.page.part import Part
from procedure_node.messages import PublicText


class Choice(Part):
    """What a target is given.

    Attributes:
        key: the target.
        proposed: by the protocol's rules; None where they cannot tell.
        rule: that proposed it; empty without one.
        because: the facts, or why nothing is proposed.
        given: what a person allocated it to; None while nobody did.
        overridden: whether that is not what was proposed.
        reason: the person's.
        shown: whether technical success is shown; None where the protocol does not define it.
        missing: what of it is not shown.
    """

    key: str
    proposed: Modality | None
    rule: PublicText
    because: PublicText
    given: Modality | None
    overridden: bool
    reason: PublicText
    shown: bool | None
    missing: tuple[PublicText, ...]


class CoverBar(Part):
    """A structure by what covers it, in percent; the four add up to 100.

    ``level_c`` is of a modelled isotherm, None of imaged ice. ``gap_cc`` is all that neither
    reaches, ``gap_low_cc`` to ``gap_high_cc`` what it may be, ``place_mm`` (LPS) where its largest
    piece is.
    """

    structure: str
    evidence: Evidence
    level_c: float | None
    both_percent: float
    dose_percent: float
    ice_percent: float
    neither_percent: float
    gap_cc: float
    gap_low_cc: float
    gap_high_cc: float
    place_mm: tuple[float, float, float] | None


class LesionStory(Part):
    """One lesion: its facts, what it is given, and what covers it."""

    lesion: str
    facts: PublicText
    bulky: bool | None
    choices: tuple[Choice, ...]
    bars: tuple[CoverBar, ...]
    scan_number: int | None
    warnings: tuple[PublicText, ...]


class WindowRow(Part):
    """A time window of the protocol; ``left_s`` until its deadline, below zero past it."""

    name: PublicText
    status: Literal["AHEAD", "RUNNING", "KEPT", "LATE", "UNSET"]
    left_s: int | None


class DeviationRow(Part):
    """A departure from the protocol; ``reason`` is empty while nobody gave one."""

    deviation: str
    what: PublicText
    at: AwareDatetime
    reason: PublicText
    by: str | None


class PromptRow(Part):
    """An adverse event to be asked about; ``grade`` is None while nobody answered."""

    about: PublicText
    term: PublicText
    grade: int | None


class Strategy(Part):
    """All of it."""

    lesions: tuple[LesionStory, ...]
    windows: tuple[WindowRow, ...]
    deviations: tuple[DeviationRow, ...]
    prompts: tuple[PromptRow, ...]
