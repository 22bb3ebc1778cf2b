"""Seeds of each needle: planned, reported and found, by the plan or by the needles seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from procedure_node.protocol import Target
from procedure_node.rules.needles import needle_name
from procedure_node.rules.planned_seeds import plan_doubt
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
        found: finds that are seeds of it more probably than not; None where nothing tells which
            finds are its.
        unknown: why ``found`` is not known; empty where it is.
        by_images: it was counted along the needle that was seen, not by the plan.
        low: least number within the 90 % band of their chances.
        high: greatest number within it.
    """

    needle: str
    planned: int | None
    reported: int
    found: int | None
    low: int = 0
    high: int = 0
    unknown: str = ""
    by_images: bool = False

    @property
    def agrees(self) -> bool:
        """Whether as many are found as were reported, or it cannot be told.

        Which of two needles side by side left a seed is uncertain without a plan: by images a count
        disagrees where it lies outside of what the finds may be.
        """
        if self.by_images:
            return self.low <= self.reported <= self.high
        return self.found is None or self.found == self.reported

    def in_words(self) -> str:
        """The counts, and how sure that of the finds is."""
        if self.found is None:
            return f"needle {self.needle}: found unknown ({self.unknown}), {self.reported} reported"
        sure = "" if self.low == self.high else f" ({self.low} to {self.high})"
        return f"needle {self.needle}: {self.found}{sure} found, {self.reported} reported"


def needle_counts(
    state: ProcedureState, scan: ScanState, target: Target
) -> tuple[NeedleCount, ...]:
    """The needles that seeds of a target were reported for, by name.

    A name that the plan has is the plan's, whatever a needle that is seen is called.
    """
    facts = (state.seed_reports, state.seed_plan, scan.plan_matched, scan.needles)
    doubt = plan_doubt(state, scan)
    key = (scan.series_uid, target.key, doubt)
    return _counts.of(facts, key, lambda: _needle_counts(state, scan, target, doubt))


_counts: Remembered[tuple[NeedleCount, ...]] = Remembered()


def _needle_counts(
    state: ProcedureState, scan: ScanState, target: Target, doubt: str
) -> tuple[NeedleCount, ...]:
    reported: dict[str, int] = {}
    for report in state.seed_reports:
        of_target = (report.lesion, report.zone) == (target.lesion, target.zone)
        if of_target and report.needle and report.at <= scan.discovered_at:
            reported[report.needle] = reported.get(report.needle, 0) + report.count
    matched = None if doubt else scan.plan_matched
    planned = {one.needle: one for one in matched.needles} if matched else {}
    of_plan = {seed.needle for seed in state.seed_plan.seeds} if state.seed_plan else set[str]()
    tracks = scan.needles.tracks if scan.needles else ()
    of_images = {needle_name(one.needle_id): one for one in tracks}
    of_images = {name: one for name, one in of_images.items() if name not in of_plan}
    chances = {
        name: np.array((planned.get(name) or of_images[name]).chances, dtype=np.float64)
        for name in reported
        if name in planned or name in of_images
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
            unknown="" if name in told else _unknown(state, scan, doubt),
            by_images=name in told and name not in planned,
        )
        for name, count in sorted(reported.items())
    )


def _unknown(state: ProcedureState, scan: ScanState, doubt: str) -> str:
    """Why nothing tells which finds are of a needle that was reported."""
    if doubt:
        return f"the plan cannot be held against the scan: {doubt}"
    if "PLAN" in scan.failures:
        return scan.failures["PLAN"]
    if state.seed_plan is not None and scan.plan_matched is None:
        return "the plan is not held against the scan"
    if state.seed_plan is not None:
        return "neither the plan nor a needle that was seen has this name"
    return "there is no plan, and no needle that was seen has this name"


def _reconciled(
    reported: Mapping[str, int], chances: Mapping[str, NDArray[np.float64]]
) -> dict[str, "Reconciliation"]:
    if not chances:
        return {}
    from dosimetry_core.seed_identity import reconcile  # noqa: PLC0415 - heavy, seldom needed

    return {one.label: one for one in reconcile(reported, chances)}
