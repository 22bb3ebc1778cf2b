"""Coverage by freezing: the ice that was imaged, and the freezes that were measured."""

from datetime import datetime

from dosimetry_core.values import Evidence
from procedure_node.events import CoverageFact
from procedure_node.protocol import Target
from procedure_node.rules.facts import at_least
from procedure_node.rules.freeze import FreezeDone, cycles_of, freeze_done
from procedure_node.rules.imaged_ice import imaged_ice
from procedure_node.rules.scans import scan_doubts
from procedure_node.state import ProcedureState


def freeze_facts(
    state: ProcedureState, target: Target, now: datetime
) -> tuple[list[CoverageFact], str | None]:
    """Imaged ice over a target and the freezes of its probes, and the scan that showed the ice."""
    rules = state.protocol.cryo
    ice, scan, doubt = imaged_ice(state, target)
    covered = ice.covered_percent if ice else None
    margin = ice.minimum_margin_mm if ice else None
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
            ice.covered_band if ice else None,
        ),
        at_least(
            "ice margin",
            "mm",
            rules.ice_margin_minimum_mm,
            margin,
            Evidence.IMAGED,
            doubt,
            ice.margin_band if ice else None,
        ),
        _cycles_fact(state, target),
    ]
    return facts, scan.series_uid if scan else None


def _cycles_fact(state: ProcedureState, target: Target) -> CoverageFact:
    """Freezes of the target: every one of its probes must have done them, so the least counts."""
    rules = state.protocol.cryo
    probes = cycles_of(state, target)
    if not probes:
        return _freezes(rules.cycles, None, "no probe is assigned to it")
    most_cycles = max(len(cycles) for cycles in probes)
    wanted_minutes = [rules.freeze_minutes_of(n + 1) for n in range(max(1, most_cycles))]
    if isinstance(rules.tip_target_c, str) or None in wanted_minutes:
        return _freezes(
            rules.cycles, None, "the protocol leaves cryo.tip_target_c or cryo.freeze_minutes unset"
        )
    surely: list[int] = []
    perhaps: list[int] = []
    for cycles in probes:
        answers = [
            freeze_done(c, tip_target_c=rules.tip_target_c, freeze_minutes=minutes)
            for c, minutes in zip(cycles, wanted_minutes, strict=False)
            if minutes is not None
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
