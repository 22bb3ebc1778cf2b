"""Locking a name after repeated wrong passwords."""

from collections import OrderedDict
from dataclasses import dataclass

FAILURES_ALLOWED = 5
"""Wrong passwords in a row before a name is locked."""

LOCKED_S = 300.0
"""How long: 60 guesses an hour at most."""

_NAMES_KEPT = 1000
"""Made-up names are counted like real ones, so that they cannot be told apart; not for ever."""


@dataclass(slots=True)
class _Tally:
    failures: int = 0
    until_s: float = 0.0


class LockOut:
    """Counts wrong passwords by name. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()

    def left_s(self, name: str, now_s: float) -> float:
        """How long a name is still locked; 0 if it is not."""
        tally = self._tallies.get(name)
        return max(0.0, tally.until_s - now_s) if tally else 0.0

    def failed(self, name: str, now_s: float) -> int:
        """Count a wrong password; the number of further ones until the name is locked."""
        tally = self._tallies.setdefault(name, _Tally())
        self._tallies.move_to_end(name)
        tally.failures += 1
        if tally.failures >= FAILURES_ALLOWED:
            tally.failures = 0
            tally.until_s = now_s + LOCKED_S
        while len(self._tallies) > _NAMES_KEPT:
            self._tallies.popitem(last=False)
        return FAILURES_ALLOWED - tally.failures if tally.failures else 0

    def passed(self, name: str) -> None:
        """Forget what was counted: the password was right."""
        self._tallies.pop(name, None)
