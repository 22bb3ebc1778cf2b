"""What is told of logins to be journalled, and how often of names that nobody has."""

import asyncio
from collections.abc import Callable

from procedure_node.core import SYSTEM, person
from procedure_node.events import LoggedIn, LoggedOut, LoginFailed, LogoutReason, Originator

Tell = Callable[[LoggedIn | LoggedOut | LoginFailed, Originator], asyncio.Future[None]]
"""Hands a fact in; the future is done when it is on disk, and need not be awaited."""

STRANGERS_EVERY_S = 60.0
"""Tries with names that nobody has are counted and told this often at most: whoever tries ever new
ones must not fill the journal."""


class Strangers:
    """Counts tries with names that nobody has."""

    def __init__(self) -> None:
        self._told_s: float | None = None
        self._tries = 0

    def tried(self) -> None:
        """Somebody tried."""
        self._tries += 1

    def due(self, now_s: float) -> int:
        """How many tries are to be told now; they count as told."""
        lately = self._told_s is not None and now_s - self._told_s < STRANGERS_EVERY_S
        if lately or not self._tries:
            return 0
        tries, self._tries, self._told_s = self._tries, 0, now_s
        return tries


class LoginBook:
    """Tells what happens at the front door.

    What failed is never waited for: how long an answer takes must not tell whose name is known.

    Args:
        tell: hands facts in to be journalled.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._strangers = Strangers()

    async def logged_in(self, name: str, role: str) -> None:
        """Returns when it is journalled: before that nobody is logged in."""
        await self._tell(LoggedIn(), person(name, role))

    def logged_out(self, name: str, role: str, why: LogoutReason) -> asyncio.Future[None]:
        """A session ended."""
        return self._tell(LoggedOut(why=why), person(name, role))

    def failed(self, name: str, tries_left: int) -> None:
        """A known person's password was wrong."""
        self._tell(LoginFailed(person=name, tries_left=tries_left), SYSTEM)

    def failed_stranger(self, now_s: float) -> None:
        """A name was given that nobody has."""
        self._strangers.tried()
        self.tell_strangers(now_s)

    def tell_strangers(self, now_s: float) -> None:
        """Tell of tries that were counted, if it is time to."""
        tries = self._strangers.due(now_s)
        if tries:
            self._tell(LoginFailed(person=None, tries=tries), SYSTEM)
