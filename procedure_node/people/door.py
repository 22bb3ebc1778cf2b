"""Logging in and out, and who a request comes from."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from procedure_node.events import LogoutReason
from procedure_node.people.files import load_people, load_roles
from procedure_node.people.journalling import LoginBook, Tell
from procedure_node.people.lockout import LOCKED_S, LockOut
from procedure_node.people.model import Person, Role
from procedure_node.people.password import Cost, hash_password, is_password
from procedure_node.people.sessions import Session, Sessions
from procedure_node.settings import ConfigurationError

_log = structlog.get_logger()


class LoginRefusedError(Exception):
    """Nobody was logged in. The message says why, in words for the page."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A person who is logged in.

    Attributes:
        name: who.
        role: name of their role.
        may: what the role allows.
        left_s: how long the session lasts unless they do something.
    """

    name: str
    role: str
    may: Role
    left_s: float


class FrontDoor:
    """Knows who is logged in.

    The files are read anew for every question, so that a person who was taken out, or given
    another role, is so at once. Passwords are checked one at a time, off the event loop: a check
    takes memory and time on purpose.

    Args:
        people: the people file.
        roles: the roles file.
        idle_s: a session ends when its person has done nothing for so long.
        tell: journals who logs in and out, and who tries to.
        now_s: a monotonic clock.
        decoy_cost: what is spent on the password of somebody who does not exist.
    """

    def __init__(
        self,
        people: Path,
        roles: Path,
        *,
        idle_s: float,
        tell: Tell,
        now_s: Callable[[], float] = time.monotonic,
        decoy_cost: Cost | None = None,
    ) -> None:
        self._people = people
        self._roles = roles
        self._now_s = now_s
        self._sessions = Sessions(idle_s)
        self._book = LoginBook(tell)
        self._lock_out = LockOut()
        self._checking = asyncio.Lock()
        self._decoy_cost = decoy_cost

    async def log_in(self, name: str, password: str) -> str:
        """The token of a new session.

        Raises:
            LoginRefusedError: the name or password is wrong, or the name is locked.
        """
        async with self._checking:
            self._refuse_locked(name)
            try:
                person, is_right = await asyncio.to_thread(self._check, name, password)
            except ConfigurationError as error:
                _log.error("nobody can log in", reason=str(error))
                raise LoginRefusedError(
                    "nobody can log in: the node's file of people cannot be used; its log says why"
                ) from error
            if person is None or not is_right:
                left = self._lock_out.failed(name, self._now_s())
                _log.warning("login failed", tries_left=left)
                if person is None:
                    self._book.failed_stranger(self._now_s())
                else:
                    self._book.failed(name, left)
                self._refuse_locked(name)
                tries = "1 more try" if left == 1 else f"{left} more tries"
                raise LoginRefusedError(
                    f"name or password is wrong; {tries} before {name!r} is locked for "
                    f"{LOCKED_S / 60:g} min"
                )
            self._lock_out.passed(name)
            _log.info("logged in", person=name)
            await self._book.logged_in(name, person.role)
            return self._sessions.begin(name, person.role, self._now_s())

    async def who(self, token: str, *, acting: bool) -> Identified | None:
        """Who a session belongs to; None if it has ended.

        ``acting`` tells that the person does something: the idle time begins anew.
        """
        now_s = self._now_s()
        session = self._sessions.find(token, now_s)
        if session is None:
            return None
        try:
            person, role = await asyncio.to_thread(self._look_up, session)
        except (ConfigurationError, KeyError) as error:
            _log.warning("session ended", person=session.name, reason=str(error))
            await self.log_out(token, "NOT_ALLOWED")
            return None
        if acting:
            self._sessions.prolong(session, now_s)
        return Identified(session.name, person.role, role, session.ends_s - now_s)

    async def log_out(self, token: str, why: LogoutReason) -> None:
        """End a session, if the token has one."""
        ended = self._sessions.end(token)
        if ended is not None:
            await self._book.logged_out(ended.name, ended.role, why)

    def look_round(self) -> None:
        """End the sessions whose time is over, and tell of tries that were only counted yet."""
        now_s = self._now_s()
        for ended in self._sessions.lapsed(now_s):
            why = "LONGEST" if ended.is_longest else "UNUSED"
            self._book.logged_out(ended.name, ended.role, why)
        self._book.tell_strangers(now_s)

    def close(self) -> None:
        """End all sessions: the page is not served any more."""
        for ended in self._sessions.end_all():
            self._book.logged_out(ended.name, ended.role, "PAGE_STOPPED")

    def _refuse_locked(self, name: str) -> None:
        left_s = self._lock_out.left_s(name, self._now_s())
        if left_s > 0:
            minutes, seconds = divmod(round(left_s + 0.5), 60)
            raise LoginRefusedError(
                f"{name!r} is locked after too many wrong passwords, for another "
                f"{minutes}:{seconds:02d} min; commands can still be typed on the node's computer"
            )

    def _check(self, name: str, password: str) -> tuple[Person | None, bool]:
        """The person of a name, if there is one, and whether the password is theirs."""
        person = load_people(self._people, load_roles(self._roles)).get(name)
        if person is None:
            hash_password(password, self._decoy_cost)
            return None, False
        return person, is_password(password, person.password_hash)

    def _look_up(self, session: Session) -> tuple[Person, Role]:
        roles = load_roles(self._roles)
        person = load_people(self._people, roles)[session.name]
        return person, roles[person.role]
