"""Forms of seed identity: each seed through all scans, its edits, and how many there are where."""

from collections.abc import Iterator, Mapping
from typing import get_args

from procedure_node.protocol import Target
from procedure_node.record.fields import Form, Group, choice, integer, notes, number, text
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, person, system
from procedure_node.record.values import NotApplicable, Unknown, Value
from procedure_node.rules import (
    NeedleCount,
    SeedHistory,
    SeedState,
    found_count,
    needle_counts,
    newest_received,
    reported_count,
    seed_ledger,
    targets_of,
)
from procedure_node.seed_edits import EditAction
from procedure_node.state import ProcedureState, ScanState, SeedEditState

HISTORY = Group(
    "sh_history",
    "Seed through all scans",
    (
        integer("sh_seed", "Number of the seed"),
        choice("sh_state", "What became of it by the last scan", get_args(SeedState)),
        number("sh_certainty", "Certainty of that, 0 to 1", "", 3),
        text("sh_lesion", "Lesion that it counted for last"),
        integer("sh_seen", "Scans that it was seen in"),
        text("sh_first_scan", "Token of the scan that it was first seen in"),
        text("sh_last_scan", "Token of the scan that it was last seen in"),
        notes("sh_scans", "What became of it, scan by scan"),
    ),
)
SEED_HISTORY = Form("seed_history", "SEED_HISTORY", repeats=True, groups=(HISTORY,))

EDIT = Group(
    "se_edit",
    "Edit of a seed",
    (
        integer("se_number", "Number of the edit"),
        text("se_scan", "Scan token"),
        choice("se_action", "What was done", EditAction),
        integer("se_seed", "Number of the seed"),
        text("se_from_mm", "Centre before, x, y, z (LPS, mm)"),
        text("se_to_mm", "Centre after, x, y, z (LPS, mm)"),
        notes("se_reason", "Reason"),
        notes("se_withdrawn", "Taken back: by whom, when and why"),
    ),
)
SEED_EDIT = Form("seed_edit", "SEED_EDIT", repeats=True, groups=(EDIT,))

COUNT = Group(
    "sc_count",
    "Seeds planned, reported and found",
    (
        text("sc_target", "Lesion or zone"),
        text("sc_needle", "Needle"),
        integer("sc_planned", "Planned"),
        integer("sc_reported", "Reported as implanted"),
        integer("sc_found", "Found in the last scan"),
        integer("sc_lost", "Of the target: lost"),
        integer("sc_migrated", "Of the target: migrated"),
    ),
)
SEED_COUNT = Form("seed_count", "SEED_COUNT", repeats=True, groups=(COUNT,))


def seed_history_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each seed that ever had a number."""
    for history in seed_ledger(procedure).values():
        last = procedure.scans[history.last.series_uid]
        source = system("seed identity", scan_time(last), RecordEvidence.IMAGED)
        yield {HISTORY.name: Filled(source, _history(history, tokens))}


def _history(history: SeedHistory, tokens: Tokens) -> dict[str, Value]:
    seen = [entry for entry in history.scans if entry.fact is not None]
    absent = Unknown("it was seen in no scan that is still known")
    return {
        "sh_seed": history.seed_id,
        "sh_state": history.last.state,
        "sh_certainty": history.last.certainty,
        "sh_lesion": history.lesion() or NotApplicable("it was near no target"),
        "sh_seen": len(seen),
        "sh_first_scan": tokens.of(seen[0].series_uid) if seen else absent,
        "sh_last_scan": tokens.of(seen[-1].series_uid) if seen else absent,
        "sh_scans": "\n".join(
            f"{tokens.of(entry.series_uid)}: {entry.state} ({entry.certainty:.2f})"
            for entry in history.scans
        ),
    }


def seed_edit_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each edit, in the order in which they were made."""
    for edit in procedure.seed_edits:
        yield {EDIT.name: Filled(person(edit.by, edit.at), _edit(edit, tokens))}


def _edit(edit: SeedEditState, tokens: Tokens) -> dict[str, Value]:
    fact = edit.edited
    nothing = NotApplicable("nothing was there")
    return {
        "se_number": fact.edit,
        "se_scan": tokens.of(fact.series_uid),
        "se_action": fact.action.value,
        "se_seed": NotApplicable("it had no number yet") if fact.seed_id is None else fact.seed_id,
        "se_from_mm": nothing if fact.found_mm is None else _place(fact.found_mm),
        "se_to_mm": NotApplicable("it was deleted")
        if fact.center_mm is None
        else _place(fact.center_mm),
        "se_reason": fact.reason,
        "se_withdrawn": NotApplicable("it stands")
        if edit.withdrawn_at is None
        else f"{edit.withdrawn_by}, {edit.withdrawn_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{edit.withdrawn_reason}",
    }


def _place(center_mm: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.2f}" for value in center_mm)


def seed_count_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each target with seeds, and one for each of its needles, by the last scan."""
    scan = newest_received(procedure)
    at = scan_time(scan) if scan else Unknown("no scan was received")
    source = system("seed identity", at, RecordEvidence.IMAGED)
    for key, target in targets_of(procedure).items():
        reported = reported_count(procedure, target)
        found = found_count(scan, target) if scan else None
        if not reported and not found:
            continue
        yield {COUNT.name: Filled(source, _target_count(procedure, scan, key, target))}
        for count in needle_counts(procedure, scan, target) if scan else ():
            yield {COUNT.name: Filled(source, _needle_count(key, count))}


def _target_count(
    procedure: ProcedureState, scan: ScanState | None, key: str, target: Target
) -> dict[str, Value]:
    found = found_count(scan, target) if scan else None
    gone = {"LOST": 0, "MIGRATED": 0}
    for history in seed_ledger(procedure).values():
        if history.last.state in gone and _was_of(history, target):
            gone[history.last.state] += 1
    return {
        "sc_target": key,
        "sc_needle": NotApplicable("all needles of it"),
        "sc_planned": _planned(procedure, scan, target),
        "sc_reported": reported_count(procedure, target),
        "sc_found": Unknown("the seeds of the last scan are not known") if found is None else found,
        "sc_lost": gone["LOST"],
        "sc_migrated": gone["MIGRATED"],
    }


def _was_of(history: SeedHistory, target: Target) -> bool:
    before = SeedHistory(history.seed_id, history.scans[:-1])
    return before.target_key() == (target.lesion, target.zone.value)


def _planned(procedure: ProcedureState, scan: ScanState | None, target: Target) -> Value:
    counts = needle_counts(procedure, scan, target) if scan else ()
    known = [count.planned for count in counts if count.planned is not None]
    if procedure.seed_plan is None:
        return NotApplicable("no plan came with the study")
    if not counts or len(known) < len(counts):
        return Unknown("the reports do not name a needle of the plan for every seed")
    return sum(known)


def _needle_count(key: str, count: NeedleCount) -> dict[str, Value]:
    no_plan = Unknown("no plan whose place in the scan is known knows the needle")
    of_target = NotApplicable("told of the target")
    return {
        "sc_target": key,
        "sc_needle": count.needle,
        "sc_planned": no_plan if count.planned is None else count.planned,
        "sc_reported": count.reported,
        "sc_found": Unknown(count.unknown) if count.found is None else count.found,
        "sc_lost": of_target,
        "sc_migrated": of_target,
    }
