"""Alert conditions of seeds: lost, migrated, and other numbers than were reported.

One cause gives one alarm: a seed that is told as lost or migrated is not told again as a number
that does not fit, nor as a seed away from every target.
"""

import math
from collections.abc import Iterator

from dosimetry_core.values import Modality
from procedure_node.protocol import Target
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.needle_counts import needle_counts
from procedure_node.rules.registration import place_doubt
from procedure_node.rules.scans import newest_received
from procedure_node.rules.seed_coverage import found_count, implanted_since, reported_count
from procedure_node.rules.seed_edits import awaits_edits
from procedure_node.rules.seed_identity import departed_from, seeds_in
from procedure_node.rules.targets import structure_of, targets_of
from procedure_node.state import ProcedureState, ScanState


def seed_alerts(state: ProcedureState) -> Iterator[Finding]:
    """All alert conditions of seeds in the newest scan."""
    scan = newest_received(state)
    if scan is None or scan.seeds is None or awaits_edits(state, scan):
        yield from _undecided(state)
        return
    yield from _lost_and_migrated(state, scan)
    wrong: set[str] = set()
    for key, target in targets_of(state).items():
        for finding in _counts(state, scan, key, target):
            wrong.add(key)
            yield finding
    yield from _strays(state, scan)
    yield from _needles(state, scan, wrong)


def _undecided(state: ProcedureState) -> Iterator[Finding]:
    """While the newest scan's seeds are not known, what was wrong with them stays so."""
    for known in state.alerts:
        if known.partition(":")[0] in _CONDITIONS:
            yield Undecided(known)


_CONDITIONS = frozenset(
    {
        "seed-lost",
        "seed-migrated",
        "seed-count-mismatch",
        "seed-outside-targets",
        "needle-count-mismatch",
    }
)


def _lost_and_migrated(state: ProcedureState, scan: ScanState) -> Iterator[Finding]:
    told = scan.seeds_identified
    finds = {find.seed_id: find for find in told.finds} if told else {}
    for history in seeds_in(state, scan):
        now, seed_id = history.last, history.seed_id
        came_from = history.lesion()
        of = f" of {came_from}" if came_from else ""
        if now.state == "LOST":
            yield present(
                "seed-lost",
                str(seed_id),
                text=f"Seed {seed_id}{of} is not found any more: probably lost",
            )
        elif now.state == "MIGRATED":
            find = finds[seed_id]
            moved = f"{math.hypot(*find.moved_mm):.0f} mm" if find.moved_mm else "far"
            outside = find.outside_mm or 0.0
            near = f", in or near {find.nearest_structure}" if find.nearest_structure else ""
            away = f", {outside:.0f} mm outside of the lesions{near}" if outside > 0 else ""
            doubt = "" if now.certainty >= _SURE else f" (certainty {now.certainty:.0%})"
            maybe = [str(o.seed_id) for o in find.others if o.seed_id is not None]
            who = f"; it may be seed {' or '.join(maybe)}" if maybe else ""
            yield present(
                "seed-migrated",
                str(seed_id),
                text=f"Seed {seed_id} has migrated by {moved}{away}{doubt}{who}",
            )


_SURE = 0.9


def _counts(state: ProcedureState, scan: ScanState, key: str, target: Target) -> Iterator[Finding]:
    """Another number than was reported, unless seeds that are told of by name explain it."""
    seeded = state.allocations.get(key) is Modality.SEEDS
    reported = reported_count(state, target)
    found = found_count(scan, target)
    if found is None or (not seeded and not reported and not found):
        return
    drawn = structure_of(state, target)
    misplaced = drawn is not None and place_doubt(state, scan, drawn.name)
    if implanted_since(state, scan, target) or misplaced:
        yield Undecided(alert_id("seed-count-mismatch", key))
        return
    departed = departed_from(state, scan, target)
    if found <= reported <= found + departed.gone:
        return  # some of those that are gone may have been taken out of the report
    words = departed.in_words()
    needles = "; ".join(c.in_words() for c in needle_counts(state, scan, target) if not c.agrees)
    yield present(
        "seed-count-mismatch",
        key,
        text=f"{key}: {found} seeds are seen, {reported} are reported"
        + "".join(f"; {more}" for more in (words, needles) if more),
    )


def _targets_are_placed(state: ProcedureState, scan: ScanState) -> bool:
    """Whether it is sure where every drawn target lies: else a seed in one may seem astray."""
    drawn = [structure_of(state, target) for target in targets_of(state).values()]
    return not any(one is not None and place_doubt(state, scan, one.name) for one in drawn)


def _strays(state: ProcedureState, scan: ScanState) -> Iterator[Finding]:
    told, found = scan.seeds_identified, scan.seeds
    assert found is not None  # the caller has seen to it
    migrated = {f.seed_id for f in told.finds if f.status == "MIGRATED"} if told else set[int]()
    stray = sum(1 for s in found.seeds if s.lesion is None and s.seed_id not in migrated)
    unseen = ", ".join(str(one.seed_id) for one in (told.unseen if told else ()))
    if stray and not _targets_are_placed(state, scan):
        yield Undecided(alert_id("seed-outside-targets", "scan"))
    elif stray:
        yield present(
            "seed-outside-targets",
            "scan",
            text=f"{stray} seeds are seen away from every target"
            + (f"; not seen elsewhere: {unseen}" if unseen else ""),
        )


def _needles(state: ProcedureState, scan: ScanState, wrong: set[str]) -> Iterator[Finding]:
    """Needles whose numbers do not fit although those of their target do."""
    if implanted_since(state, scan):
        return
    for key, target in targets_of(state).items():
        if key in wrong or departed_from(state, scan, target).gone:
            continue
        for count in needle_counts(state, scan, target):
            if not count.agrees:
                yield present(
                    "needle-count-mismatch",
                    f"{key} {count.needle}",
                    text=f"{key}: {count.in_words()}",
                )
