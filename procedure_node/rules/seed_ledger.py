"""Every seed of the procedure and its history, scan by scan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from procedure_node.events import (
    FindIdentity,
    SeedFact,
    SeedsIdentified,
    UnseenSeed,
)
from procedure_node.rules.remembered import Remembered
from procedure_node.rules.scans import taken_at
from procedure_node.state import ProcedureState, ScanState

SeedState = Literal["NEW", "SAME", "MIGRATED", "NOT_SEEN", "LOST", "DELETED"]


@dataclass(frozen=True, slots=True)
class SeedInScan:
    """What became of a seed in one scan.

    Attributes:
        series_uid: the scan.
        state: DELETED where a person says that it is no seed.
        certainty: how probable that state is.
        fact: the find; None where it was not seen.
    """

    series_uid: str
    state: SeedState
    certainty: float
    fact: SeedFact | None


@dataclass(slots=True)
class SeedHistory:
    """One seed.

    Attributes:
        seed_id: its number.
        scans: what became of it in each scan since it was first seen, first to last.
    """

    seed_id: int
    scans: list[SeedInScan] = field(default_factory=list[SeedInScan])

    @property
    def last(self) -> SeedInScan:
        """What became of it in the newest scan."""
        return self.scans[-1]

    def lesion(self) -> str | None:
        """The lesion that it counted for where it was seen last inside or near one."""
        return next((s.fact.lesion for s in reversed(self.scans) if s.fact and s.fact.lesion), None)

    def target_key(self) -> tuple[str, str] | None:
        """The lesion and zone that it counted for last."""
        return next(
            (
                (s.fact.lesion, s.fact.zone.value)
                for s in reversed(self.scans)
                if s.fact and s.fact.lesion and s.fact.zone
            ),
            None,
        )


def identified_scans(state: ProcedureState) -> tuple[ScanState, ...]:
    """The scans whose seeds are told apart, in the order in which they were taken."""
    found = [
        s
        for s in state.scans.values()
        if s.received_at is not None and s.seeds_identified is not None and s.seeds is not None
    ]
    return tuple(sorted(found, key=taken_at))


def identity_before(state: ProcedureState, scan: ScanState) -> SeedsIdentified | None:
    """The identities of the scan that a scan is compared with; None for the first with seeds."""
    if scan.received_at is None:
        return None
    earlier = [
        s
        for s in identified_scans(state)
        if s.series_uid != scan.series_uid and taken_at(s) < taken_at(scan)
    ]
    return earlier[-1].seeds_identified if earlier else None


_ledgers: Remembered[dict[int, SeedHistory]] = Remembered()


def seed_ledger(state: ProcedureState) -> dict[int, SeedHistory]:
    """The history of every seed that has a number, by its number; not to be changed."""
    scans = identified_scans(state)
    return _ledgers.of(facts_of(scans), None, lambda: _ledger(scans))


def facts_of(scans: Iterable[ScanState]) -> tuple[object, ...]:
    """All that histories follow from."""
    return tuple(fact for scan in scans for fact in (scan.seeds, scan.seeds_identified))


def _ledger(scans: Iterable[ScanState]) -> dict[int, SeedHistory]:
    ledger: dict[int, SeedHistory] = {}
    for scan in scans:
        for seed_id, entry in _entries(scan):
            ledger.setdefault(seed_id, SeedHistory(seed_id)).scans.append(entry)
    return dict(sorted(ledger.items()))


def _entries(scan: ScanState) -> Iterator[tuple[int, SeedInScan]]:
    told, found = scan.seeds_identified, scan.seeds
    assert told is not None  # only such scans are asked
    assert found is not None
    uid = scan.series_uid
    facts = (*found.seeds, *found.left_out)
    for n, (find, fact) in enumerate(zip(told.finds, facts, strict=True)):
        deleted = n >= len(found.seeds)
        yield find.seed_id, _seen(uid, find, fact, deleted=deleted)
    for unseen in told.unseen:
        yield unseen.seed_id, _unseen(uid, unseen)
    seen = {find.seed_id for find in told.finds}
    for known in told.known:
        if known.deleted_by_edit is not None and known.seed_id not in seen:
            yield known.seed_id, _gone(uid)


def _seen(uid: str, find: FindIdentity, fact: SeedFact, *, deleted: bool) -> SeedInScan:
    if deleted:
        return SeedInScan(uid, "DELETED", 1.0, fact)
    return SeedInScan(uid, find.status, find.certainty, fact)


def _unseen(uid: str, unseen: UnseenSeed) -> SeedInScan:
    return SeedInScan(uid, unseen.status, unseen.certainty, None)


def _gone(uid: str) -> SeedInScan:
    return SeedInScan(uid, "DELETED", 1.0, None)
