"""Whether every part of the node is alive: what the watchdog is fed by."""

import time
from collections.abc import Callable


class Vitals:
    """Each part says that it is alive at least once within the time that it promised."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._due_s: dict[str, float] = {}

    def beat(self, part: str, *, within_s: float) -> None:
        """``part`` is alive, and will say so again within ``within_s``."""
        self._due_s[part] = self._now_s() + within_s

    def forget(self, part: str) -> None:
        """``part`` has ended on purpose."""
        self._due_s.pop(part, None)

    def silent(self) -> tuple[str, ...]:
        """The parts that are late."""
        now_s = self._now_s()
        return tuple(part for part, due_s in self._due_s.items() if now_s > due_s)
