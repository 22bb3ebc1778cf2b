"""What a benchmark hands back, and the table that is made of it."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Judged = Literal["median", "p99", "max"]

_HEADINGS = ("benchmark", "what", "budget", "n", "min", "median", "p99", "max", "peer", "within")


@dataclass(frozen=True, slots=True)
class Peer:
    """Something known that does a like thing, measured in the same run.

    Attributes:
        name: what it is.
        values: measured, in the unit of the figure.
    """

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity.

    Attributes:
        what: what was measured.
        unit: of all values.
        values: each repetition's.
        budget: what it may be at most; None without a budget.
        judged: which statistic is held against the budget.
        peer: a peer's values, for the ratio of medians.
        peak_mb: peak of resident memory of the processes under test, where it was watched.
    """

    what: str
    unit: str
    values: Sequence[float]
    budget: float | None = None
    judged: Judged = "median"
    peer: Peer | None = None
    peak_mb: float | None = None

    def statistic(self, which: Judged) -> float:
        """The median, the 99th percentile (the nearest value that occurred) or the maximum."""
        if which == "median":
            return statistics.median(self.values)
        ordered = sorted(self.values)
        last = len(ordered) - 1
        return ordered[-1] if which == "max" else ordered[min(last, round(0.99 * last))]

    @property
    def within(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        return None if self.budget is None else self.statistic(self.judged) <= self.budget


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one benchmark has to say.

    Attributes:
        figures: in the order in which they are shown.
        notes: what a reader of the figures must know.
    """

    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = field(default=())


def table(outcomes: Iterable[tuple[str, Outcome]]) -> str:
    """All figures as text, one line each, and their notes below."""
    rows = [_HEADINGS]
    notes: list[str] = []
    for name, outcome in outcomes:
        rows += [_row(name, figure) for figure in outcome.figures]
        notes += [f"{name}: {note}" for note in outcome.notes]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEADINGS))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _row(name: str, figure: Figure) -> tuple[str, ...]:
    memory = f" ({figure.peak_mb:.0f} MB)" if figure.peak_mb is not None else ""
    budget = ""
    if figure.budget is not None:
        budget = f"{figure.judged} {_number(figure.budget)} {figure.unit}"
    peer = ""
    if figure.peer is not None:
        ratio = figure.statistic("median") / statistics.median(figure.peer.values)
        peer = f"{ratio:.3g} x {figure.peer.name}"
    verdict = {None: "", True: "yes", False: "NO"}[figure.within]
    return (
        name,
        figure.what + memory,
        budget,
        str(len(figure.values)),
        _number(min(figure.values)),
        f"{_number(figure.statistic('median'))} {figure.unit}",
        _number(figure.statistic("p99")),
        _number(figure.statistic("max")),
        peer,
        verdict,
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    words = [
        word.rjust(width) if 3 <= n <= 7 else word.ljust(width)
        for n, (word, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(words).rstrip()
