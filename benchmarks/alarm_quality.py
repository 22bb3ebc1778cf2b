"""How good the alarms are: what is told of scripted procedures, against what is wrong in them.

    python -m benchmarks.alarm_quality            print the tables
    python -m benchmarks.alarm_quality --write    put them into docs/alarms.md

No clock is waited for: an hour of a script takes seconds.
"""

import argparse
import statistics
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from benchmarks.alarm_document import code_tables, write_tables
from benchmarks.alarm_room import Onset, Room, Trouble
from benchmarks.alarm_scenes import SCENES
from procedure_node.alarms import registry

AFTERWARDS_S = 3.0
"""An alarm that comes so long after its trouble has ended still told of it."""

BEFORE_S = 5.0
"""So much before the script calls it wrong noise may have carried a slow change over its limit."""


@dataclass(frozen=True, slots=True)
class Score:
    """What became of one or several scripts.

    Attributes:
        troubles: how many things were wrong.
        told: how many of them were told.
        delays_s: from the beginning of each trouble that was told to its alarm.
        false: alarms of what was not wrong, by name.
        repeated: alarms of a trouble that had been told already.
        hours: how long the scripts lasted.
    """

    troubles: int
    told: int
    delays_s: tuple[float, ...]
    false: tuple[str, ...]
    repeated: int
    hours: float

    @property
    def sensitivity(self) -> float | None:
        """The share of troubles that were told; None where nothing was wrong."""
        return self.told / self.troubles if self.troubles else None

    @property
    def false_per_hour(self) -> float:
        """Alarms of what was not wrong, for each hour of procedure."""
        return len(self.false) / self.hours


def score(room: Room, condition: str | None = None) -> Score:
    """Weigh what was told in a script against its truth; all of it, or that of one condition."""
    delays: list[float] = []
    repeated = 0
    told = [one for one in room.onsets if condition in (None, _condition_of(one.alert_id))]
    false = [onset.alert_id for onset in told if not _any_of(room.troubles, onset)]
    to_be_told = [
        one
        for one in room.troubles
        if one.must_be_told and condition in (None, _condition_of(one.alert_id))
    ]
    for trouble in to_be_told:
        onsets = [onset.at_s for onset in told if _is_of(trouble, onset)]
        if onsets:
            delays.append(max(0.0, onsets[0] - trouble.start_s))
            repeated += len(onsets) - 1
    return Score(
        troubles=len(to_be_told),
        told=len(delays),
        delays_s=tuple(delays),
        false=tuple(false),
        repeated=repeated,
        hours=room.elapsed_s / 3600.0,
    )


def _condition_of(alert_id: str) -> str:
    return alert_id.partition(":")[0]


def _any_of(troubles: Iterable[Trouble], onset: Onset) -> bool:
    return any(_is_of(trouble, onset) for trouble in troubles)


def _is_of(trouble: Trouble, onset: Onset) -> bool:
    end_s = float("inf") if trouble.end_s is None else trouble.end_s + AFTERWARDS_S
    same = onset.alert_id == trouble.alert_id
    return same and trouble.start_s - BEFORE_S <= onset.at_s <= end_s


def joined(scores: Sequence[Score]) -> Score:
    """Several scripts as one."""
    return Score(
        troubles=sum(s.troubles for s in scores),
        told=sum(s.told for s in scores),
        delays_s=tuple(delay for s in scores for delay in s.delays_s),
        false=tuple(name for s in scores for name in s.false),
        repeated=sum(s.repeated for s in scores),
        hours=sum(s.hours for s in scores),
    )


def played(scene: Callable[[Room], None], seed: int = 1) -> Room:
    """A script from its beginning to its end."""
    room = Room(scene.__name__, seed)
    scene(room)
    return room


def of_all(seeds: Sequence[int]) -> Score:
    """All scripts together."""
    return joined([score(played(scene, seed)) for _, scene in SCENES for seed in seeds])


@contextmanager
def undelayed() -> Generator[None]:
    """As if alarms came and went without a delay: what the delays are good for."""
    known = registry.CONDITIONS
    registry.CONDITIONS = {
        name: replace(condition, raise_after_s=0.0, clear_after_s=0.0)
        for name, condition in known.items()
    }
    try:
        yield
    finally:
        registry.CONDITIONS = known


def _row(name: str, one: Score) -> str:
    return f"| {name} | {60 * one.hours:.0f} | {_figures(one)} |"


def _figures(one: Score) -> str:
    share = "-" if one.sensitivity is None else f"{one.told} of {one.troubles}"
    delay = "-" if not one.delays_s else f"{statistics.median(one.delays_s):.0f}"
    longest = "-" if not one.delays_s else f"{max(one.delays_s):.0f}"
    return (
        f"{share} | {delay} | {longest} | {len(one.false)} | {one.false_per_hour:.1f} | "
        f"{one.repeated}"
    )


def _head(*names: str) -> str:
    columns = (*names, "told", "median s", "longest s", "false", "false per hour", "repeated")
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"


def tables(seeds: Sequence[int]) -> dict[str, str]:
    """Every script, each group and all together; and every condition. Markdown, by its place."""
    rooms = [(group, scene, [played(scene, seed) for seed in seeds]) for group, scene in SCENES]
    return {
        "alarm quality": _by_script(rooms, seeds),
        "alarm quality by condition": _by_condition([r for *_, played in rooms for r in played]),
    }


Played = tuple[str, Callable[[Room], None], list[Room]]
"""A script with its group, and what became of it each time."""


def _by_script(rooms: Sequence[Played], seeds: Sequence[int]) -> str:
    lines, groups = [_head("script", "min")], dict[str, list[Score]]()
    for group, scene, several in rooms:
        one = joined([score(room) for room in several])
        groups.setdefault(group, []).append(one)
        lines.append(_row(f"{group}: {scene.__name__.replace('_', ' ')}", one))
    lines += [_row(f"**{group}**", joined(scores)) for group, scores in groups.items()]
    lines.append(_row("**all**", joined([one for scores in groups.values() for one in scores])))
    with undelayed():
        lines.append(_row("**all, were there no delays**", of_all(seeds)))
    return "\n".join(lines)


def _by_condition(rooms: Sequence[Room]) -> str:
    """Every condition of the registry, over all scripts."""
    return "\n".join(
        [
            _head("condition"),
            *(
                f"| `{name}` | {_figures(joined([score(room, name) for room in rooms]))} |"
                for name in registry.CONDITIONS
            ),
        ]
    )


def main() -> int:
    """Print the tables, or write them into the document."""
    parser = argparse.ArgumentParser(
        description="How good the alarms are, over scripted procedures."
    )
    parser.add_argument("--write", action="store_true", help="put the tables into docs/alarms.md")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each script, by noise")
    parser.add_argument("--quick", action="store_true", help="one run of each script")
    given = parser.parse_args()
    made = tables(range(1, 2 if given.quick else given.seeds + 1))
    if not given.write:
        print("\n\n".join(made.values()))
        return 0
    write_tables({**made, **code_tables()})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
