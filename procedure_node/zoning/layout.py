"""Which lesions are zoned, and where their zones lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dosimetry_core.bioheat import TemperatureBand
from dosimetry_core.lesions import LesionSize, lesion_size
from dosimetry_core.values import ContouredStructure, ZoneKind
from dosimetry_core.zoning import (
    CoreRule,
    Drawn,
    HighRiskRule,
    InwardMargin,
    IsothermReach,
    LesionZones,
    TowardsOrgans,
)
from procedure_node.protocol import UNSET, BulkyRule, TrialProtocol, ZoningRule
from procedure_node.rules import summarise
from procedure_node.zoning.choices import ZoningChoices
from procedure_node.zoning.core_band import CoreBand, core_band
from procedure_node.zoning.planned_freeze import PlannedFreeze


class ZoningRefusedError(Exception):
    """Zones cannot be laid out: what is missing, and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """One lesion's zones.

    Attributes:
        lesion: as the protocol names it.
        size: of the whole lesion.
        zones: laid out.
        core_band: how sure the border of the core is; None unless planned probes reach it.
        warnings: what a person must know.
    """

    lesion: str
    size: LesionSize
    zones: LesionZones
    core_band: CoreBand | None
    warnings: tuple[str, ...]


def lay_out_zones(
    structures: Sequence[ContouredStructure],
    protocol: TrialProtocol,
    choices: ZoningChoices,
    freeze: PlannedFreeze | None = None,
) -> tuple[LaidOut, ...]:
    """Lay out the zones of the lesions that are bulky, or of those that are asked for.

    Args:
        structures: as they are drawn.
        protocol: whose rules count.
        choices: what a person sets otherwise.
        freeze: the planned probes, for a core that is what they reach.

    Raises:
        ZoningRefusedError: the protocol has no zoning or leaves a number unset, a structure that
            is named is not drawn, or no lesion is to be zoned.
        StructureError: a structure has no sound shape.
    """
    if protocol.zoning is None:
        raise ZoningRefusedError(f"protocol {protocol.name} does not zone lesions")
    drawn = {structure.name: structure for structure in structures}
    whole: dict[str, ContouredStructure] = {}
    for structure in structures:
        part = summarise(structure.name, 0.0, protocol)
        if part.lesion is not None and part.zone is ZoneKind.WHOLE:
            whole[part.lesion] = structure
    chosen = _chosen(whole, protocol, choices)
    found: list[LaidOut] = []
    for lesion, size in chosen.items():
        core, cold = _core(protocol.zoning, choices, drawn, whole[lesion], freeze)
        warnings: list[str] = []
        high_risk = _high_risk(protocol.zoning, choices, drawn, warnings)
        zones = LesionZones(whole[lesion], core, high_risk)
        warnings += zones.warnings
        band = None
        if cold is not None and isinstance(core, IsothermReach):
            band = core_band(whole[lesion], cold, core.level_c, high_risk, zones)
            warnings += [f"{lesion}: {band.warning}"] if band.warning else []
        found.append(LaidOut(lesion, size, zones, band, tuple(warnings)))
    return tuple(found)


def _chosen(
    whole: Mapping[str, ContouredStructure], protocol: TrialProtocol, choices: ZoningChoices
) -> dict[str, LesionSize]:
    unknown = [lesion for lesion in choices.lesions if lesion not in whole]
    if unknown:
        raise ZoningRefusedError(
            f"{', '.join(unknown)} is not drawn as a whole; drawn are: {', '.join(whole) or 'none'}"
        )
    if choices.lesions:
        return {lesion: lesion_size(whole[lesion]) for lesion in choices.lesions}
    if protocol.bulky is None:
        raise ZoningRefusedError("the protocol does not say which lesions are bulky; name them")
    sizes = {lesion: lesion_size(structure) for lesion, structure in whole.items()}
    bulky = {name: size for name, size in sizes.items() if _is_bulky(size, protocol.bulky)}
    if not bulky:
        raise ZoningRefusedError("no lesion is bulky by the protocol; name one to zone it")
    return bulky


def _is_bulky(size: LesionSize, rule: BulkyRule) -> bool:
    longest_mm = size.longest_axial.length_mm
    measured = (
        ("bulky.longest_axial_at_least_mm", longest_mm, rule.longest_axial_at_least_mm),
        ("bulky.volume_at_least_cc", size.volume_cc, rule.volume_at_least_cc),
    )
    unset = [key for key, _, limit in measured if limit == UNSET]
    if unset:
        raise ZoningRefusedError(f"the protocol leaves {unset[0]} unset; name the lesions to zone")
    return any(isinstance(limit, float) and value >= limit for _, value, limit in measured)


def _core(
    rule: ZoningRule,
    choices: ZoningChoices,
    drawn: Mapping[str, ContouredStructure],
    lesion: ContouredStructure,
    freeze: PlannedFreeze | None,
) -> tuple[CoreRule, TemperatureBand | None]:
    """What the core is, and how cold the planned freeze makes it if that is what it goes by."""
    if choices.core_structure is not None:
        return Drawn(_named(choices.core_structure, drawn)), None
    if choices.core_margin_mm is not None:
        return InwardMargin(choices.core_margin_mm), None
    if rule.core_inward_margin_mm is not None:
        margin_mm = _number(rule.core_inward_margin_mm, "zoning.core_inward_margin_mm")
        return InwardMargin(margin_mm), None
    if freeze is None:
        raise ZoningRefusedError(
            "by the protocol the core is what the planned probes reach: give the probes"
        )
    level_c = _number(rule.core_reach_c or UNSET, "zoning.core_reach_c")
    cold = freeze.coldest_c(lesion)
    return IsothermReach(cold.best_c, level_c), cold


def _high_risk(
    rule: ZoningRule,
    choices: ZoningChoices,
    drawn: Mapping[str, ContouredStructure],
    warnings: list[str],
) -> HighRiskRule | None:
    if choices.high_risk_structure is not None:
        return Drawn(_named(choices.high_risk_structure, drawn))
    if rule.high_risk is None:
        return None
    organs = {name: drawn[name] for name in rule.high_risk.organs if name in drawn}
    missing = [name for name in rule.high_risk.organs if name not in drawn]
    if missing:
        warnings.append(f"not drawn, so no high-risk margin towards: {', '.join(missing)}")
    if not organs:
        return None
    within_mm = choices.high_risk_within_mm
    if within_mm is None:
        within_mm = _number(rule.high_risk.within_mm, "zoning.high_risk.within_mm")
    return TowardsOrgans(organs, within_mm)


def _number(value: float | str, key: str) -> float:
    if isinstance(value, str):
        raise ZoningRefusedError(f"the protocol leaves {key} unset: fill it in, or give it here")
    return value


def _named(name: str, drawn: Mapping[str, ContouredStructure]) -> ContouredStructure:
    if name not in drawn:
        raise ZoningRefusedError(f"{name} is not drawn; drawn are: {', '.join(drawn)}")
    return drawn[name]
