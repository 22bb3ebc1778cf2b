"""Coverage by freezing: the ice that was imaged, and the freezes that were measured."""

from datetime import datetime

from dosimetry_core.values import Evidence
from procedure_node.events import CoverageFact
from procedure_node.protocol import Target
from procedure_node.rules.facts import at_least
from procedure_node.rules.freeze import FreezeDone, cycles_of, freeze_done
from procedure_node.rules.registration import place_doubt
from procedure_node.rules.scans import newest_received, scan_doubts
from procedure_node.rules.targets import structure_of
from procedure_node.state import ProcedureState, ScanState


def freeze_facts(
    state: ProcedureState, target: Target, now: datetime
) -> tuple[list[CoverageFact], str | None]:
    """Imaged ice over a target and the freezes of its probes, and the scan that showed the ice."""
    rules = state.protocol.cryo
    covered, margin, scan, doubt = _imaged_ice(state, target)
    met = (
        covered is not None
        and margin is not None
        and not isinstance(rules.ice_coverage_minimum_percent, str)
        and not isinstance(rules.ice_margin_minimum_mm, str)
        and covered >= rules.ice_coverage_minimum_percent
        and margin >= rules.ice_margin_minimum_mm
    )
    if scan is not None and not met and not doubt:
        doubt = next(scan_doubts(state, scan, now), "")
    facts = [
        at_least(
            "ice coverage",
            "%",
            rules.ice_coverage_minimum_percent,
            covered,
            Evidence.IMAGED,
            doubt,
        ),
        at_least("ice margin", "mm", rules.ice_margin_minimum_mm, margin, Evidence.IMAGED, doubt),
        _cycles_fact(state, target),
    ]
    return facts, scan.series_uid if scan else None


def _imaged_ice(
    state: ProcedureState, target: Target
) -> tuple[float | None, float | None, ScanState | None, str]:
    """The largest imaged ice over a target: percent covered, margin mm, the scan, and a doubt.

    Tissue that was frozen once has been treated, so the largest extent counts, not the newest.
    """
    structure = structure_of(state, target)
    if structure is None or state.structures is None:
        return None, None, None, f"{target.key} is not drawn in any structure set"
    passed_over = ""
    best: tuple[float, float, ScanState] | None = None
    for scan in state.scans.values():
        if scan.ice is None:
            continue
        if scan.ice.structure_set_uid != state.structures.structure_set_uid:
            passed_over = "the structures were drawn anew after the ice was seen"
            continue
        if doubt := place_doubt(state, scan, structure.name):
            passed_over = doubt
            continue
        for ice in scan.ice.structures:
            if ice.name != structure.name or ice.minimum_margin_mm is None:
                continue
            if best is None or (ice.covered_percent, ice.minimum_margin_mm) > best[:2]:
                best = (ice.covered_percent, ice.minimum_margin_mm, scan)
    if best is not None:
        return (*best, "")
    newest = newest_received(state)
    if newest is None:
        return None, None, None, "there is no scan yet"
    if "ICE" in newest.failures:
        return None, None, newest, newest.failures["ICE"]
    return None, None, newest, passed_over or "no scan shows the ice yet"


def _cycles_fact(state: ProcedureState, target: Target) -> CoverageFact:
    """Freezes of the target: every one of its probes must have done them, so the least counts."""
    rules = state.protocol.cryo
    probes = cycles_of(state, target)
    if not probes:
        return _freezes(rules.cycles, None, "no probe is assigned to it")
    if isinstance(rules.tip_target_c, str) or isinstance(rules.freeze_minutes, str):
        return _freezes(
            rules.cycles, None, "the protocol leaves cryo.tip_target_c or cryo.freeze_minutes unset"
        )
    surely: list[int] = []
    perhaps: list[int] = []
    for cycles in probes:
        answers = [
            freeze_done(c, tip_target_c=rules.tip_target_c, freeze_minutes=rules.freeze_minutes)
            for c in cycles
        ]
        surely.append(answers.count(FreezeDone.YES))
        perhaps.append(len(answers) - answers.count(FreezeDone.NO))
    least, most = min(surely), min(perhaps)
    in_doubt = isinstance(rules.cycles, int) and least < rules.cycles <= most
    doubt = (
        "a gap in the readings hides whether a freeze was cold and long enough" if in_doubt else ""
    )
    return _freezes(rules.cycles, float(least), doubt)


def _freezes(wanted: int | str, actual: float | None, doubt: str) -> CoverageFact:
    return at_least("freezes done", "", wanted, actual, Evidence.MEASURED, doubt)
