"""Which seeds a target should have, and what became of those that it has not."""

from dataclasses import dataclass

from procedure_node.protocol import Target
from procedure_node.rules.remembered import Remembered
from procedure_node.rules.seed_ledger import (
    SeedHistory,
    facts_of,
    identified_scans,
    seed_ledger,
)
from procedure_node.state import ProcedureState, ScanState


@dataclass(frozen=True, slots=True)
class Departed:
    """Seeds that a target had and has no more in one scan, by their histories.

    Attributes:
        migrated: found elsewhere.
        lost: found nowhere, and probably gone.
        not_seen: not found, and probably there.
    """

    migrated: tuple[SeedHistory, ...] = ()
    lost: tuple[SeedHistory, ...] = ()
    not_seen: tuple[SeedHistory, ...] = ()

    @property
    def gone(self) -> int:
        """How many are told by an alert of their own."""
        return len(self.migrated) + len(self.lost)

    def in_words(self) -> str:
        """Which they are; empty for none."""
        parts = (
            ("migrated", self.migrated),
            ("probably lost", self.lost),
            ("not seen", self.not_seen),
        )
        return "; ".join(
            f"{word}: {', '.join(str(seed.seed_id) for seed in seeds)}"
            for word, seeds in parts
            if seeds
        )


_seeds: Remembered[tuple[SeedHistory, ...]] = Remembered()
_departed: Remembered[Departed] = Remembered()


def seeds_in(state: ProcedureState, scan: ScanState) -> tuple[SeedHistory, ...]:
    """All seeds as they are in a scan: no later scan is looked at."""
    facts = facts_of(identified_scans(state))
    return _seeds.of(facts, scan.series_uid, lambda: _seeds_in(state, scan))


def _seeds_in(state: ProcedureState, scan: ScanState) -> tuple[SeedHistory, ...]:
    found: list[SeedHistory] = []
    for history in seed_ledger(state).values():
        uids = [entry.series_uid for entry in history.scans]
        if scan.series_uid in uids:
            upto = uids.index(scan.series_uid) + 1
            found.append(SeedHistory(history.seed_id, history.scans[:upto]))
    return tuple(found)


def departed_from(state: ProcedureState, scan: ScanState, target: Target) -> Departed:
    """What became of the seeds that a target had before a scan."""
    facts = facts_of(identified_scans(state))
    key = (scan.series_uid, target.key)
    return _departed.of(facts, key, lambda: _departed_from(state, scan, target))


def _departed_from(state: ProcedureState, scan: ScanState, target: Target) -> Departed:
    migrated: list[SeedHistory] = []
    lost: list[SeedHistory] = []
    not_seen: list[SeedHistory] = []
    for history in seeds_in(state, scan):
        before = SeedHistory(history.seed_id, history.scans[:-1])
        if before.target_key() != (target.lesion, target.zone.value):
            continue
        now = history.last
        stays = now.fact is not None and (now.fact.lesion, now.fact.zone) == (
            target.lesion,
            target.zone,
        )
        if now.state == "MIGRATED" and not stays:
            migrated.append(history)
        elif now.state == "LOST":
            lost.append(history)
        elif now.state == "NOT_SEEN":
            not_seen.append(history)
    return Departed(tuple(migrated), tuple(lost), tuple(not_seen))
