"""The sample's seeds told apart, with one of everything that can be wrong with a seed."""

from procedure_node.events import (
    FindIdentity,
    OtherSeed,
    SeedFact,
    SeedKindChance,
    SeedsFound,
    SeedsIdentified,
    SeedsMotion,
    UnseenSeed,
)
from procedure_node.seed_edits import SeedOrigin
from procedure_node.state import NodeState
from tests.procedure_node.display.sample.anatomy import seeds

SCAN = "1.2.826.3"
MIGRATED, DOUBTFUL, NEW, MOVED, LOST, NOT_SEEN = 4, 9, 15, 13, 51, 52


def seeds_in_trouble(state: NodeState) -> NodeState:
    """The state with the third scan's seeds told apart: one migrated, lost, doubtful, moved..."""
    procedure = state.procedure
    assert procedure is not None
    scan = procedure.scans[SCAN]
    facts = tuple(_fact(n, fact) for n, fact in enumerate(seeds(), start=1))
    found = SeedsFound(
        series_uid=SCAN,
        seeds=tuple(f for f in facts if f.seed_id != 11),
        left_out=tuple(f.model_copy(update={"edit": 1}) for f in facts if f.seed_id == 11),
    )
    shown = scan.model_copy(update={"seeds": found, "seeds_identified": identified(found)})
    changed = procedure.model_copy(update={"scans": {**procedure.scans, SCAN: shown}})
    return state.model_copy(update={"procedure": changed})


def _fact(number: int, fact: SeedFact) -> SeedFact:
    more: dict[str, object] = {"seed_id": number}
    if number == DOUBTFUL:
        clip = SeedKindChance(kind="CLIP", probability=0.4)
        more |= {"confidence": 0.55, "alternatives": (clip,)}
    if number == MIGRATED:
        x, y, z = fact.center_mm
        more |= {"center_mm": (x + 9.0, y + 19.0, z)}
    if number == MOVED:
        more |= {"origin": SeedOrigin.MOVED, "found_mm": fact.center_mm, "edit": 2}
    return fact.model_copy(update=more)


def identified(found: SeedsFound, after: str | None = "1.2.826.2") -> SeedsIdentified:
    """Which seed each of the finds is."""
    facts = (*found.seeds, *found.left_out)
    x, y, z = facts[0].center_mm
    return SeedsIdentified(
        series_uid=found.series_uid,
        after_series_uid=after,
        before_sha256="0" * 16 if after else "",
        finds=tuple(_identity(fact) for fact in facts),
        unseen=(
            _unseen(LOST, "LOST", 0.1, (x + 6.0, y + 6.0, z - 4.0)),
            _unseen(NOT_SEEN, "NOT_SEEN", 0.7, (x - 7.0, y, z - 4.0)),
        )
        if after
        else (),
        motion=SeedsMotion(
            shift_mm=(1.0, 0.0, 0.0), rotation_deg=(0.0,) * 3, swelling_percent=0.0, certainty=1.0
        )
        if after
        else None,
        noise_factor=1.0,
        known=(),
        known_sha256="1" * 16,
    )


def _identity(fact: SeedFact) -> FindIdentity:
    migrated = fact.seed_id == MIGRATED
    return FindIdentity(
        seed_id=fact.seed_id or 0,
        status="MIGRATED" if migrated else "NEW" if (fact.seed_id or 0) >= NEW else "SAME",
        certainty=0.99,
        identity_certainty=0.97,
        moved_mm=(9.0, 19.0, 0.0) if migrated else (0.2, 0.1, 0.0),
        outside_mm=7.0 if migrated else 0.0,
        nearest_structure="L1",
        others=(OtherSeed(seed_id=None, certainty=0.03),),
    )


def _unseen(
    number: int, status: str, presence: float, place: tuple[float, float, float]
) -> UnseenSeed:
    return UnseenSeed.model_validate(
        {
            "seed_id": number,
            "status": status,
            "certainty": 0.98,
            "presence": presence,
            "expected_mm": place,
        }
    )
