"""Seeds of each needle: planned, reported and found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from procedure_node.protocol import Target
from procedure_node.rules.remembered import Remembered
from procedure_node.state import ProcedureState, ScanState

if TYPE_CHECKING:
    from dosimetry_core.seed_identity import Reconciliation


@dataclass(frozen=True, slots=True)
class NeedleCount:
    """One needle of a target, by one scan.

    Attributes:
        needle: its name, as the plan and the reports have it.
        planned: seeds that the plan puts in it; None if the plan does not know it.
        reported: seeds that the operator reported for it.
        found: finds that are seeds of it more probably than not; None where the plan does not
            know it, so that nothing tells which finds are its.
        low: least number within the 90 % band of their chances.
        high: greatest number within it.
    """

    needle: str
    planned: int | None
    reported: int
    found: int | None
    low: int = 0
    high: int = 0

    @property
    def agrees(self) -> bool:
        """Whether as many are found as were reported, or it cannot be told."""
        return self.found is None or self.found == self.reported

    def in_words(self) -> str:
        """The counts, and how sure that of the finds is."""
        found = "unknown" if self.found is None else str(self.found)
        sure = "" if self.low == self.high else f" ({self.low} to {self.high})"
        return f"needle {self.needle}: {found}{sure} found, {self.reported} reported"


def needle_counts(
    state: ProcedureState, scan: ScanState, target: Target
) -> tuple[NeedleCount, ...]:
    """The needles that seeds of a target were reported for, by name."""
    facts = (state.seed_reports, scan.plan_matched)
    key = (scan.series_uid, target.key)
    return _counts.of(facts, key, lambda: _needle_counts(state, scan, target))


_counts: Remembered[tuple[NeedleCount, ...]] = Remembered()


def _needle_counts(
    state: ProcedureState, scan: ScanState, target: Target
) -> tuple[NeedleCount, ...]:
    reported: dict[str, int] = {}
    for report in state.seed_reports:
        of_target = (report.lesion, report.zone) == (target.lesion, target.zone)
        if of_target and report.needle and report.at <= scan.discovered_at:
            reported[report.needle] = reported.get(report.needle, 0) + report.count
    matched = scan.plan_matched
    planned = {one.needle: one for one in matched.needles} if matched else {}
    chances = {
        name: np.array(planned[name].chances, dtype=np.float64)
        for name in reported
        if name in planned
    }
    told = _reconciled({name: max(0, reported[name]) for name in chances}, chances)
    return tuple(
        NeedleCount(
            needle=name,
            planned=planned[name].planned if name in planned else None,
            reported=count,
            found=told[name].found if name in told else None,
            low=told[name].low if name in told else 0,
            high=told[name].high if name in told else 0,
        )
        for name, count in sorted(reported.items())
    )


def _reconciled(
    reported: Mapping[str, int], chances: Mapping[str, NDArray[np.float64]]
) -> dict[str, "Reconciliation"]:
    if not chances:
        return {}
    from dosimetry_core.seed_identity import reconcile  # noqa: PLC0415 - heavy, seldom needed

    return {one.label: one for one in reconcile(reported, chances)}
