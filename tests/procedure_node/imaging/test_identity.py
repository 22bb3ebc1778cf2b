"""Seeds keep their numbers and a person's word from scan to scan, whatever is analysed again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.values import ContouredStructure, FoundSeed, Modality
from procedure_node.commands import Surroundings, decide
from procedure_node.commands.model import COMMANDS
from procedure_node.core import CommandRefusedError
from procedure_node.events import AlertRaised, SeedsFound, SeedsIdentified
from procedure_node.imaging import (
    AnalysisRequest,
    TargetStructure,
    wanted_analysis,
    with_kept_numbers,
)
from procedure_node.imaging.scan_seeds import seeds_of_scan
from procedure_node.imaging.wanted import overlooked_analyses
from procedure_node.protocol import Target
from procedure_node.rules import awaits_edits, judge, seed_ledger
from procedure_node.state import NodeState, ProcedureState, ScanState, replay

SPACING_MM = (2.5, 0.8, 0.8)
VIEWS = Path("views")
Place = tuple[float, float, float]


def cube(name: str, half_mm: float) -> ContouredStructure:
    """About the origin, drawn every 2.5 mm."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    planes = np.arange(-half_mm, half_mm + 0.1, 2.5)
    return ContouredStructure(
        name, tuple(np.array([(half_mm * x, half_mm * y, z) for x, y in corners]) for z in planes)
    )


def implant(seed: int = 3, count: int = 14) -> list[Place]:
    """Places at least 5 mm apart in a ball of 18 mm."""
    rng = np.random.default_rng(seed)
    places: list[Place] = []
    while len(places) < count:
        x, y, z = (float(v) for v in rng.uniform(-18.0, 18.0, 3))
        if np.hypot(np.hypot(x, y), z) < 18.0 and all(
            np.linalg.norm(np.subtract((x, y, z), p)) > 5.0 for p in places
        ):
            places.append((x, y, z))
    return places


def shifted(places: Sequence[Place], by: Place = (2.0, -1.0, 3.0)) -> list[Place]:
    return [(x + by[0], y + by[1], z + by[2]) for x, y, z in places]


def _reason(name: str) -> dict[str, str]:
    return {"reason": "looked at it"} if "reason" in COMMANDS[name].model_fields else {}


class Suite:
    """A procedure whose scans show what a test says; everything else is the service's own."""

    def __init__(self, story: Any) -> None:
        self.story = story
        self.shown: dict[str, list[Place]] = {}
        self.structures = {"L1": cube("L1", 25.0)}
        story.opened().drawn(L1=125.0).allocated("L1", Modality.SEEDS)

    @property
    def state(self) -> ProcedureState:
        state: ProcedureState = self.story.state.procedure
        return state

    def scan(self, uid: str) -> ScanState:
        return self.state.scans[uid]

    def scanned(self, uid: str, places: Sequence[Place]) -> "Suite":
        self.story.after(minutes=5).scanned(uid)
        self.shown[uid] = list(places)
        return self.settle()

    def settle(self) -> "Suite":
        """Analyse what the state calls for until it calls for nothing."""
        done: dict[str, AnalysisRequest] = {}
        for _ in range(20):
            newest = wanted_analysis(self.state, {}, VIEWS)
            wanted = (newest, *overlooked_analyses(self.state, {}, VIEWS))
            due = [r for r in wanted if r and done.get(r.series_uid) != r]
            if not due:
                return self.judged()
            self.analysed(due[0])
            done[due[0].series_uid] = due[0]
        raise AssertionError("the analyses never come to an end")

    def analysed(self, request: AnalysisRequest) -> None:
        places = self.shown[request.series_uid]
        found = SeedFinding(tuple(FoundSeed(p, (0.0, 0.0, 1.0), 0.999) for p in places), ())
        targets = (TargetStructure(target=Target(lesion="L1"), structure="L1", seeded=True),)
        asked = request.model_copy(update={"targets": targets})
        result = seeds_of_scan(asked, found, SPACING_MM, self.structures)
        payloads = [p for p in (result.found, result.identified) if p is not None]
        self.story.tell(*with_kept_numbers(self.state, payloads), by="system")

    def judged(self) -> "Suite":
        """Take in what the rules say."""
        self.story.tell(*judge(self.story.state, self.story.now), by="system")
        return self

    def do(self, name: str, **arguments: Any) -> "Suite":
        command = COMMANDS[name].model_validate({"by": "dr-2", **_reason(name), **arguments})
        surroundings = Surroundings(
            mode=self.state.mode,
            seed_models=(),
            devices=(),
            cryoprobes=(),
            today=self.story.now.date(),
        )
        self.story.tell(*decide(command, surroundings)(self.story.state), by="dr-2")
        return self.settle()

    def ids(self, uid: str) -> dict[int, Place]:
        seeds = self.scan(uid).seeds
        assert seeds is not None
        return {s.seed_id: s.center_mm for s in seeds.seeds if s.seed_id is not None}

    def id_at(self, uid: str, place: Place) -> int:
        ids = self.ids(uid)
        return min(ids, key=lambda n: float(np.linalg.norm(np.subtract(ids[n], place))))

    def told(self, uid: str) -> SeedsIdentified:
        told = self.scan(uid).seeds_identified
        assert told is not None
        return told

    def alerts(self) -> dict[str, AlertRaised]:
        return {k: a.raised for k, a in self.state.alerts.items() if a.present}


@pytest.fixture
def suite(story: Any) -> Suite:
    return Suite(story)


def test_seeds_keep_their_numbers_while_all_of_them_move(suite: Suite) -> None:
    places = implant()
    suite.scanned("1.1", places).scanned("1.2", [*shifted(places), (-24.0, -20.0, 10.0)])
    for place, moved in zip(places, shifted(places), strict=True):
        assert suite.id_at("1.1", place) == suite.id_at("1.2", moved)
    assert set(suite.ids("1.1")) == set(range(1, 15))
    assert suite.id_at("1.2", (-24.0, -20.0, 10.0)) == 15
    status = {find.seed_id: find.status for find in suite.told("1.2").finds}
    assert status == {**dict.fromkeys(range(1, 15), "SAME"), 15: "NEW"}
    motion = suite.told("1.2").motion
    assert motion is not None
    assert motion.shift_mm == pytest.approx((2.0, -1.0, 3.0), abs=0.5)


def test_a_migrated_and_a_lost_seed_give_one_alarm_each(suite: Suite) -> None:
    places = implant()
    suite.story.reported("L1", 14)
    suite.scanned("1.1", places)
    assert suite.alerts() == {}
    escaped, gone = suite.id_at("1.1", places[3]), suite.id_at("1.1", places[8])
    after = [p for n, p in enumerate(shifted(places)) if n != 3]
    carried_off = (5.0, 65.0, 40.0)
    suite.scanned("1.2", [*after, carried_off])
    (alarm,) = suite.alerts().values()
    assert alarm.alert_id == f"seed-migrated:{escaped}"
    assert f"Seed {escaped} has migrated by" in alarm.text
    assert "mm outside of the lesions" in alarm.text
    assert suite.told("1.2").finds[-1].status == "MIGRATED"
    left = [p for p in after if p != shifted(places)[8]]
    suite.scanned("1.3", [*left, carried_off])
    assert f"not seen: {gone}" in suite.alerts()["seed-count-mismatch:L1"].text, "not yet lost"
    suite.scanned("1.4", [*left, carried_off])
    assert suite.alerts().keys() == {f"seed-migrated:{escaped}", f"seed-lost:{gone}"}
    history = seed_ledger(suite.state)[gone]
    assert [entry.state for entry in history.scans] == ["NEW", "SAME", "NOT_SEEN", "LOST"]
    suite.story.reported("L1", -1)
    assert "seed-count-mismatch:L1" not in suite.judged().alerts(), "the report is taken back"


def test_a_deleted_find_stays_deleted_and_its_later_finds_are_left_out(suite: Suite) -> None:
    places = implant()
    suite.scanned("1.1", places)
    clip = suite.id_at("1.1", places[5])
    suite.do("delete-seed", seed=clip, reason="a surgical clip")
    assert clip not in suite.ids("1.1")
    assert len(suite.ids("1.1")) == 13
    suite.scanned("1.2", shifted(places))
    assert clip not in suite.ids("1.2")
    (left_out,) = suite.scan("1.2").seeds.left_out  # pyright: ignore[reportOptionalMemberAccess]
    assert (left_out.seed_id, left_out.edit) == (clip, 1)
    assert [entry.state for entry in seed_ledger(suite.state)[clip].scans] == ["DELETED", "DELETED"]
    for found_otherwise in ([(x + 0.3, y, z) for x, y, z in places], list(reversed(places))):
        suite.shown["1.1"] = found_otherwise
        suite.analysed(wanted_of(suite, "1.1"))
        suite.settle()
        assert clip not in suite.ids("1.1")
        assert set(suite.ids("1.1")) == set(range(1, 15)) - {clip}
    assert suite.alerts().keys() <= {"seed-count-mismatch:L1"}
    assert not [key for key in suite.alerts() if key.startswith("seed-lost")]


def wanted_of(suite: Suite, uid: str) -> AnalysisRequest:
    from procedure_node.imaging import wanted  # noqa: PLC0415 - a private part, asked here alone

    request = wanted._request(suite.state, suite.scan(uid), {}, VIEWS)
    assert request is not None
    return request


def test_a_moved_seed_keeps_its_place_in_that_scan_and_its_number_in_the_next(
    suite: Suite,
) -> None:
    places = implant()
    suite.scanned("1.1", places)
    moved = suite.id_at("1.1", places[2])
    to = (places[2][0] + 1.5, places[2][1], places[2][2] + 2.0)
    suite.do("move-seed", seed=moved, center_mm=to, axis=(0.0, 3.0, 0.0))
    (fact,) = (s for s in suite.scan("1.1").seeds.seeds if s.seed_id == moved)  # pyright: ignore[reportOptionalMemberAccess]
    assert (fact.center_mm, fact.axis, fact.confidence) == (to, (0.0, 1.0, 0.0), 1.0)
    assert (fact.origin, fact.found_mm, fact.edit) == ("MOVED", places[2], 1)
    suite.do("move-seed", seed=moved, center_mm=places[2])
    assert suite.ids("1.1")[moved] == places[2], "the last word holds"
    suite.do("undo-seed-edit", edit=2)
    assert suite.ids("1.1")[moved] == to
    suite.scanned("1.2", shifted(places))
    assert suite.id_at("1.2", shifted(places)[2]) == moved
    assert suite.ids("1.2")[moved] == shifted(places)[2], "there the finder has the word"


def test_an_added_seed_is_known_in_the_next_scan(suite: Suite) -> None:
    places = implant()
    suite.scanned("1.1", places[:-1]).do("add-seed", center_mm=places[-1])
    added = suite.id_at("1.1", places[-1])
    assert added == 14
    suite.scanned("1.2", shifted(places))
    assert suite.id_at("1.2", shifted(places)[-1]) == added
    status = {find.seed_id: find.status for find in suite.told("1.2").finds}
    assert set(status.values()) == {"SAME"}
    suite.shown["1.1"] = places  # a better finder sees it as well
    suite.analysed(wanted_of(suite, "1.1"))
    suite.settle()
    assert len(suite.ids("1.1")) == 14, "it is not counted twice"
    assert suite.id_at("1.1", places[-1]) == added


def test_what_was_missed_is_the_seed_that_it_was_before(suite: Suite) -> None:
    places = implant()
    suite.scanned("1.1", places)
    missed = suite.id_at("1.1", places[4])
    after = shifted(places)
    suite.scanned("1.2", [p for n, p in enumerate(after) if n != 4])
    assert [one.seed_id for one in suite.told("1.2").unseen] == [missed]
    suite.do("add-seed", center_mm=after[4], axis=(0.0, 0.0, 1.0))
    assert suite.id_at("1.2", after[4]) == missed
    assert suite.told("1.2").unseen == ()


def test_an_edit_of_an_earlier_scan_reaches_the_later_ones(suite: Suite) -> None:
    places = implant()
    suite.scanned("1.1", places).scanned("1.2", shifted(places))
    before = suite.ids("1.2")
    clip = suite.id_at("1.1", places[0])
    suite.do("delete-seed", seed=clip, scan=1)
    assert clip not in suite.ids("1.2")
    assert {n: p for n, p in before.items() if n != clip} == suite.ids("1.2")
    suite.do("undo-seed-edit", edit=1)
    assert suite.ids("1.2") == before


def test_another_run_changes_nothing_and_a_replay_leads_to_the_same(suite: Suite) -> None:
    places = implant()
    suite.scanned("1.1", places).scanned("1.2", shifted(places))
    suite.do("delete-seed", seed=3).do("move-seed", seed=4, center_mm=(0.0, 0.0, 0.0))
    suite.do("add-seed", center_mm=(20.0, 20.0, 20.0))
    before = suite.story.state
    assert replay(suite.story.events) == before
    assert NodeState.model_validate_json(before.model_dump_json()) == before
    ids = suite.ids("1.2")
    suite.analysed(wanted_of(suite, "1.2"))
    assert suite.ids("1.2") == ids
    assert suite.told("1.2") == before.procedure.scans["1.2"].seeds_identified


def test_until_an_edit_is_worked_in_nothing_is_said_of_the_dose(suite: Suite) -> None:
    suite.scanned("1.1", implant())
    suite.story.dosed("1.1", L1=120.0)
    command = COMMANDS["delete-seed"].model_validate({"by": "dr-2", "seed": 1, "reason": "clip"})
    surroundings = Surroundings(
        mode=suite.state.mode,
        seed_models=(),
        devices=(),
        cryoprobes=(),
        today=suite.story.now.date(),
    )
    suite.story.tell(*decide(command, surroundings)(suite.story.state), by="dr-2")
    assert suite.scan("1.1").dose is None
    assert awaits_edits(suite.state, suite.scan("1.1"))
    with pytest.raises(CommandRefusedError, match="just being worked in"):
        decide(command, surroundings)(suite.story.state)
    (edit,) = suite.state.seed_edits
    assert (edit.by, edit.edited.reason) == ("dr-2", "clip")
    assert [(a.act, a.by) for a in suite.state.audit][-1] == ("seed-edited", "dr-2")


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("delete-seed", {"seed": 99}, "seed 99 is not seen in that scan; seen are: 1, 2"),
        ("move-seed", {"seed": 1, "scan": 7, "center_mm": (0, 0, 0)}, "there is no scan 7"),
        ("undo-seed-edit", {"edit": 1}, "no edit 1 that stands; there are: none"),
        ("strand", {"seeds": "1,1", "spacing_mm": 10}, "named twice"),
        ("strand", {"seeds": "1,40", "spacing_mm": 10}, "seed 40 is not known"),
    ],
)
def test_an_edit_of_what_is_not_there_is_refused(
    suite: Suite, name: str, arguments: dict[str, Any], words: str
) -> None:
    suite.scanned("1.1", implant())
    command = COMMANDS[name].model_validate({"by": "dr-2", **_reason(name), **arguments})
    surroundings = Surroundings(
        mode=suite.state.mode,
        seed_models=(),
        devices=(),
        cryoprobes=(),
        today=suite.story.now.date(),
    )
    with pytest.raises(CommandRefusedError, match=words):
        decide(command, surroundings)(suite.story.state)


def test_a_limit_that_is_unset_makes_no_seed_migrate(
    story_of: Callable[..., Any], demonstration: Any
) -> None:
    seeds = demonstration.seeds.model_copy(
        update={"migrated_from_mm": "unset", "migrated_outside_mm": "unset"}
    )
    suite = Suite(story_of(demonstration.model_copy(update={"seeds": seeds})))
    places = implant()
    suite.scanned("1.1", places)
    far = [*shifted(places)[1:], (0.0, 70.0, 0.0)]
    suite.scanned("1.2", far)
    assert "MIGRATED" not in {find.status for find in suite.told("1.2").finds}
    assert (
        suite.alerts()["seed-outside-targets:scan"].text
        == "1 seeds are seen away from every target"
    )


def test_a_journal_from_before_seeds_were_told_apart_is_read_and_gone_on_from(
    suite: Suite,
) -> None:
    row = {
        "kind": "seeds-found",
        "version": 1,
        "series_uid": "1.1",
        "seeds": [{"center_mm": p, "axis": (0, 0, 1), "confidence": 0.9} for p in implant()],
        "warnings": [],
    }
    suite.story.after(minutes=5).scanned("1.1").tell(SeedsFound.model_validate(row))
    assert seed_ledger(suite.state) == {}
    suite.judged()
    suite.shown["1.1"] = implant()
    assert set(suite.settle().ids("1.1")) == set(range(1, 15)), "it is analysed after a start"


def test_seeds_that_cannot_be_told_apart_still_count(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("a covariance is not positive")

    suite.scanned("1.1", implant()).do("delete-seed", seed=3)
    monkeypatch.setattr("procedure_node.imaging.identity.identify_seeds", fail)
    suite.analysed(wanted_of(suite, "1.1"))
    found = suite.scan("1.1").seeds
    assert found is not None
    assert (len(found.seeds), len(found.left_out)) == (13, 1)
    assert {seed.seed_id for seed in found.seeds} == {None}
    assert "cannot be told from those of earlier scans" in found.warnings[0]
