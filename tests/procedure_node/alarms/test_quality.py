"""How good the alarms are, over the scripts of ``benchmarks/alarm_scenes.py``.

Bounds, not figures: docs/alarms.md has the figures, and ``benchmarks.alarm_quality`` makes them.
"""

from collections.abc import Callable
from functools import cache

import pytest

from benchmarks.alarm_document import DOCUMENT, code_tables, with_table
from benchmarks.alarm_quality import played, score
from benchmarks.alarm_room import Onset, Room, Trouble
from benchmarks.alarm_scenes import SCENES
from procedure_node.alarms import CONDITIONS

LATEST_S = {
    "seed_is_lost": 320.0,  # the second scan without it tells that it is lost
    "gas_runs_out": 60.0,  # a slope takes as long to be known
    "screen_goes_dark": 15.0,  # ten seconds without a word of it
    "probe_warms_while_it_freezes": 35.0,  # it may be warm for 30 s: consoles cycle their gas
    "console_is_unplugged": 15.0,  # of a lost minute only what comes after tells that it is lost
}
"""From the beginning of a trouble to its alarm, where that may be longer than usual."""

USUALLY_WITHIN_S = 10.0

AT_A_LIMIT = ("heavy_noise_near_the_limit", "noise_of_the_finder")
"""Scripts, and those that hover, in which single false alarms cannot be told from true ones."""

MISSED = {"doubtful_find_migrates": {"seed-migrated"}}
"""What is told under another name only."""


once = cache(played)
"""A script is played for all of its tests together."""


@pytest.mark.parametrize(("group", "scene"), SCENES, ids=[scene.__name__ for _, scene in SCENES])
def test_what_is_wrong_is_told_in_time_and_what_is_not_is_not(
    group: str, scene: Callable[[Room], None]
) -> None:
    room, name = once(scene), scene.__name__
    one = score(room)
    hovers = "hovers" in name or name in AT_A_LIMIT
    assert missed(room) == MISSED.get(name, set())
    assert hovers or all(s <= LATEST_S.get(name, USUALLY_WITHIN_S) for s in one.delays_s)
    if hovers:
        assert one.false_per_hour < 60
        assert one.repeated <= 4
    else:
        assert one.false == () or name in MISSED
        assert one.repeated == 0
    assert (one.troubles == 0) == (group == "good" or name.startswith(QUIET))


def missed(room: Room) -> set[str]:
    """Conditions of which a trouble was not told."""
    names = {trouble.alert_id.partition(":")[0] for trouble in room.troubles}
    scores = {name: score(room, name) for name in names}
    return {name for name, one in scores.items() if one.told < one.troubles}


def test_every_condition_is_raised_by_a_script_that_says_when() -> None:
    told = {onset.alert_id.partition(":")[0] for _, scene in SCENES for onset in once(scene).onsets}
    assert told >= CONDITIONS.keys(), "of a new condition write a script that raises it"


QUIET = (
    *("noise_", "heavy_noise", "one_reading", "doubtful_spikes", "frames_are_lost"),
    *("ice_margin_hovers", "ice_hovers", "modelled_ice_hovers", "gas_hovers"),
)


def test_the_document_has_every_script() -> None:
    text = DOCUMENT.read_text("utf-8")
    for group, scene in SCENES:
        assert f"| {group}: {scene.__name__.replace('_', ' ')} |" in text


def test_the_document_has_the_tables_of_the_code() -> None:
    text = DOCUMENT.read_text("utf-8")
    for name, table in code_tables().items():
        assert text == with_table(text, name, table), "python -m benchmarks.alarm_document"


def room(troubles: list[Trouble], *onsets: Onset) -> Room:
    made = Room("by hand", seed=1, troubles=troubles, elapsed_s=3600.0)
    made.onsets = list(onsets)
    return made


def test_a_score_counts_what_was_told_missed_false_and_repeated() -> None:
    troubles = [Trouble("a:x", 100.0, 200.0), Trouble("b:x", 300.0), Trouble("c:x", 400.0, 410.0)]
    onsets = [Onset("a:x", 104.0), Onset("a:x", 150.0), Onset("b:x", 301.0), Onset("c:x", 500.0)]
    one = score(room(troubles, *onsets, Onset("a:x", 10.0)))
    assert (one.troubles, one.told, one.delays_s) == (3, 2, (4.0, 1.0))
    assert one.false == ("c:x", "a:x")
    assert one.repeated == 1
    assert (one.sensitivity, one.false_per_hour) == (pytest.approx(2 / 3), 2.0)
