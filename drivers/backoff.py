"""Waiting times between tries, spread by chance so that many clients do not come back at once."""

import random


class Backoff:
    """Exponential backoff with full jitter.

    The n-th delay is drawn evenly from 0 to min(maximum, initial * 2**n) seconds (M. Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    Args:
        initial_s: upper end of the first delay, s, > 0.
        maximum_s: upper end that no delay passes, s, >= ``initial_s``.
        rng: source of chance; seed it where delays must repeat.

    Raises:
        ValueError: the times are not positive or not in order.
    """

    def __init__(
        self, initial_s: float, maximum_s: float, rng: random.Random | None = None
    ) -> None:
        if not 0.0 < initial_s <= maximum_s:
            raise ValueError(
                f"a Backoff needs 0 < initial_s <= maximum_s, got {initial_s} and {maximum_s}"
            )
        self._initial_s = initial_s
        self._maximum_s = maximum_s
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._ceiling_s = initial_s

    def next_delay_s(self) -> float:
        """The time to wait before the next try, s."""
        delay_s = self._rng.uniform(0.0, self._ceiling_s)
        self._ceiling_s = min(self._maximum_s, 2.0 * self._ceiling_s)
        return delay_s

    def reset(self) -> None:
        """Start again from the initial delay: a try has succeeded."""
        self._ceiling_s = self._initial_s
