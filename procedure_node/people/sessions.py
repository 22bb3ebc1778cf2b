"""Sessions: who is logged in where, and for how long still."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_S = 12 * 3600.0
"""A session ends after a shift, however busy."""


@dataclass(slots=True)
class Session:
    """A login of one person in one browser.

    Attributes:
        name: the person.
        role: theirs when they logged in.
        began_s: when they logged in, seconds of a monotonic clock.
        ends_s: when it ends unless they do something.
    """

    name: str
    role: str
    began_s: float
    ends_s: float

    @property
    def is_longest(self) -> bool:
        """Whether it ends because it has lasted for so long, however busy."""
        return self.ends_s >= self.began_s + LONGEST_S


class Sessions:
    """Keeps sessions by the hash of their token; a restart of the node ends them all."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._sessions: dict[bytes, Session] = {}

    def begin(self, name: str, role: str, now_s: float) -> str:
        """Begin a session; its token is told once and not kept."""
        token = secrets.token_urlsafe(32)
        ends_s = now_s + min(self._idle_s, LONGEST_S)
        self._sessions[_key(token)] = Session(name, role, now_s, ends_s)
        return token

    def find(self, token: str, now_s: float) -> Session | None:
        """The session of a token, unless it has ended."""
        session = self._sessions.get(_key(token))
        return session if session is not None and now_s < session.ends_s else None

    def prolong(self, session: Session, now_s: float) -> None:
        """The person did something: the idle time begins anew."""
        session.ends_s = min(now_s + self._idle_s, session.began_s + LONGEST_S)

    def end(self, token: str) -> Session | None:
        """The session of a token, which has ended now; None if there is none."""
        return self._sessions.pop(_key(token), None)

    def lapsed(self, now_s: float) -> tuple[Session, ...]:
        """Sessions whose time is over; they are forgotten."""
        return self._forget(lambda session: session.ends_s <= now_s)

    def end_all(self) -> tuple[Session, ...]:
        """All sessions; they are forgotten."""
        return self._forget(lambda _: True)

    def _forget(self, which: Callable[[Session], bool]) -> tuple[Session, ...]:
        over = tuple(session for session in self._sessions.values() if which(session))
        self._sessions = {key: s for key, s in self._sessions.items() if not which(s)}
        return over


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
