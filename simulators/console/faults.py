"""What goes wrong and when, as data."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self, get_args

from simulators.console.plan_file import PlanError, check_number, read_plan

FaultKind = Literal[
    "split",
    "corrupt",
    "drop",
    "duplicate",
    "noise",
    "delay",
    "silence",
    "freeze-clock",
    "restart",
    "unplug",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong for a while.

    Attributes:
        kind: ``split`` sends byte by byte; ``corrupt`` flips a bit of a frame; ``drop`` loses a
            frame; ``duplicate`` sends it twice; ``noise`` puts random bytes before it; ``delay``
            holds all back for ``delay_s``; ``silence`` sends nothing; ``freeze-clock`` stops the
            device's clock; ``restart`` starts the device anew, once; ``unplug`` takes the port
            away.
        at_s: when it begins, s since the simulator started.
        for_s: how long it lasts; None until the end.
        probability: how likely each frame is hit (split, corrupt, drop, duplicate, noise).
        delay_s: see ``delay``.

    Raises:
        PlanError: a value is out of its range.
    """

    kind: FaultKind
    at_s: float = 0.0
    for_s: float | None = None
    probability: float = 1.0
    delay_s: float = 2.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise PlanError(f"kind {self.kind!r} is not one of {', '.join(get_args(FaultKind))}")
        for key in ("at_s", "for_s", "delay_s"):
            check_number(self, key, 0.0)
        check_number(self, "probability", 0.0, 1.0)

    @property
    def end_s(self) -> float:
        """When it ends, s since the simulator started; infinity if never."""
        return float("inf") if self.for_s is None else self.at_s + self.for_s

    def is_on(self, now_s: float) -> bool:
        """Whether it is going on."""
        return self.at_s <= now_s < self.end_s


class FaultPlan:
    """All faults of a run; more can be added while it runs."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = list(faults)

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """The plan in a file of ``[[fault]]`` tables with the attributes of ``Fault`` as keys.

        Raises:
            PlanError: the file cannot be read or a table is wrong; says where and why.
        """
        return cls(tuple(read_plan(path, "fault", Fault)))

    def begin(self, fault: Fault) -> None:
        """Add a fault."""
        self._faults.append(fault)

    def end(self, kind: FaultKind, now_s: float) -> None:
        """End all faults of a kind that are going on."""
        self._faults = [
            replace(fault, for_s=now_s - fault.at_s)
            if fault.kind == kind and fault.is_on(now_s)
            else fault
            for fault in self._faults
        ]

    def find(self, kind: FaultKind, now_s: float) -> Fault | None:
        """The fault of a kind that is going on, if any."""
        return next((f for f in self._faults if f.kind == kind and f.is_on(now_s)), None)

    def take_restarts(self, now_s: float) -> bool:
        """Whether a restart is due; each is due once."""
        due = [f for f in self._faults if f.kind == "restart" and f.at_s <= now_s]
        self._faults = [fault for fault in self._faults if fault not in due]
        return bool(due)

    def next_change_s(self, now_s: float) -> float:
        """When the next fault begins or ends; infinity if none does."""
        times = [time_s for fault in self._faults for time_s in (fault.at_s, fault.end_s)]
        return min((time_s for time_s in times if time_s > now_s), default=float("inf"))
