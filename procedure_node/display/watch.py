"""Whether somebody's screen really shows the page: it tells back what it has drawn."""

import secrets
from collections import deque
from collections.abc import Callable
from typing import Literal

SoundState = Literal["ON", "OFF", "UNCHECKED"]

CONFIRMED_WITHIN_S = 10.0
"""Pages confirm every two seconds while they are in sight; five misses are no hiccup."""

_NONCE_LIVES_S = 5.0
_NONCES_KEPT = 64


class PageWatch:
    """Gives out nonces with what is told to pages, and takes those that were drawn.

    A nonce is new with every page, so that only a page that hears the node now can know it; and it
    is told back only after it was drawn, which a browser does not do in a hidden tab.

    Args:
        now_s: a monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._given: deque[tuple[str, float]] = deque(maxlen=_NONCES_KEPT)
        self._confirmed_at_s: float | None = None
        self._sounds: dict[SoundState, float] = {}

    def nonce(self) -> str:
        """A new one, to be sent with a page."""
        made = secrets.token_urlsafe(9)
        self._given.append((made, self._now_s()))
        return made

    def confirm(self, nonce: str, sound: SoundState) -> bool:
        """A page has drawn what came with ``nonce``; False if that is too old or was never sent."""
        now_s = self._now_s()
        fresh = any(g == nonce and now_s - at_s <= _NONCE_LIVES_S for g, at_s in self._given)
        if fresh:
            self._confirmed_at_s = now_s
            self._sounds[sound] = now_s
        return fresh

    @property
    def is_confirmed(self) -> bool:
        """Whether some page was drawn lately."""
        return self._lately(self._confirmed_at_s)

    @property
    def sound(self) -> SoundState | None:
        """Whether some page can be heard: ON if any can; None while no page is confirmed."""
        for state in ("ON", "OFF", "UNCHECKED"):
            if self._lately(self._sounds.get(state)):
                return state
        return None

    def _lately(self, at_s: float | None) -> bool:
        return at_s is not None and self._now_s() - at_s <= CONFIRMED_WITHIN_S
