"""How cold the tissue around cryoprobes is by the bioheat model, and how sure that is."""

from typing import Literal

from pydantic import AwareDatetime

from procedure_node.events.base import Fact, NonNegative, Payload, Positive

ModelStatus = Literal["MODELLED", "CATCHING_UP", "UNKNOWN"]


class ModelledFigure(Fact):
    """A modelled figure and what it is surely (``low``) and possibly (``high``), 95 %.

    Both are None where the machine is too slow for a band.
    """

    best: float
    low: float | None = None
    high: float | None = None


class IsothermFigure(Fact):
    """What lies within an isotherm; a percentage of a structure, or cm3 of tissue."""

    level_c: float
    amount: ModelledFigure


class ModelledStructure(Fact):
    """A target or an organ at risk and the modelled cold.

    Attributes:
        name: as it is drawn.
        role: what the protocol makes of it.
        lethal_percent: share that was ever within -20 and -40 C.
        ice_percent: share that was ever within 0 C.
        ice_cc: volume of it that was ever within 0 C.
        ice_distance_mm: from its surface to the 0 C isotherm of now; 0 where that reaches it.
            ``low`` is how near it may be. None where it is farther than the model reaches, and
            where nothing is so cold.
        cold_distance_mm: the same of the 10 C isotherm.
    """

    name: str
    role: Literal["TARGET", "ORGAN"]
    lethal_percent: tuple[IsothermFigure, ...]
    ice_percent: ModelledFigure
    ice_cc: ModelledFigure
    ice_distance_mm: ModelledFigure | None
    cold_distance_mm: ModelledFigure | None


class WallCorrection(Fact):
    """A probe's effective wall temperature before and after the correction, with one sigma, C."""

    probe: str
    before_c: float
    before_sd_c: NonNegative
    after_c: float
    after_sd_c: NonNegative


class ModelComparison(Fact):
    """What a thermometer or a scan saw, beside the model before and after the correction.

    ``unit`` is C for a thermometer and mm for ice: the radius of the sphere of its volume.
    """

    seen: str
    unit: Literal["C", "mm"]
    observed: float
    before: float
    after: float
    sd: Positive


class ModelCorrection(Fact):
    """What thermometers and scans made of the probes' calibration.

    ``misfit`` above 1: the stated errors do not explain what was seen, and bands were widened.
    """

    walls: tuple[WallCorrection, ...]
    comparisons: tuple[ModelComparison, ...]
    misfit: NonNegative


class LethalZoneModelled(Payload):
    """The cold around one lesion's probes as modelled. Evidence MODELLED; nothing of it was seen.

    Attributes:
        lesion: whose probes.
        status: CATCHING_UP while what was frozen before is computed again; UNKNOWN: ``reason``.
            Only MODELLED carries figures.
        freeze: number of the freeze of this lesion that goes on or was the last.
        freezing: whether a probe freezes, or may.
        is_over: everything is warm again; nothing more will come before another freeze.
        modelled_until: the moment that the figures are of.
        tissue, cryoprobes: what the model was made of.
        grid_mm: pitch of its grid.
        probes: those that froze in it.
        now_cc, lowest_cc: volumes within isotherms, of the temperature now and of the lowest ever.
        structures: those within reach.
        correction: None while nothing was seen to correct by.
        warnings: what is doubtful.
        pictures: file with the temperatures for the display; a cache, made again if lost.
        frame_of_reference_uid: that the probes' places are in.
    """

    kind: Literal["lethal-zone-modelled"] = "lethal-zone-modelled"
    version: Literal[1] = 1
    lesion: str
    status: ModelStatus
    reason: str = ""
    freeze: int = 0
    freezing: bool = False
    is_over: bool = False
    modelled_until: AwareDatetime | None = None
    tissue: str = ""
    cryoprobes: tuple[str, ...] = ()
    grid_mm: Positive | None = None
    probes: tuple[str, ...] = ()
    now_cc: tuple[IsothermFigure, ...] = ()
    lowest_cc: tuple[IsothermFigure, ...] = ()
    structures: tuple[ModelledStructure, ...] = ()
    correction: ModelCorrection | None = None
    warnings: tuple[str, ...] = ()
    pictures: str | None = None
    frame_of_reference_uid: str | None = None
