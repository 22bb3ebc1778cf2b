"""What a number that was counted in says of finds."""

import numpy as np
from numpy.typing import NDArray

_RIGHT = 0.9  # that every seed counted in is in the scan and among the finds, and no other
_FALLS = 0.5  # how the chance of each further seed too many or too few falls


def given_count(chances: NDArray[np.float64], expected: int) -> NDArray[np.float64]:
    """Probabilities (n,) that finds are seeds, once it is known how many there should be.

    The count is believed to be right in nine scans of ten; else one off is twice as probable as two
    off, and so on. The finds are taken as independent (a Poisson binomial distribution).

    Args:
        chances: shape (n,), probabilities by the image alone.
        expected: seeds counted in.
    """
    count = len(chances)
    off = np.abs(np.arange(count + 1) - expected)
    belief = 0.5 * (1.0 - _RIGHT) * _FALLS**off
    belief[off == 0] += _RIGHT
    after = np.empty(count)
    for n in range(count):
        others = _sum_of(np.delete(chances, n))
        real = chances[n] * float(others @ belief[1:])
        false = (1.0 - chances[n]) * float(others @ belief[:-1])
        after[n] = real / max(real + false, 1e-300)
    return after


def _sum_of(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distribution of how many of independent things are so, shape (n + 1,)."""
    spread = np.ones(1)
    for chance in chances:
        spread = np.convolve(spread, (1.0 - chance, chance))
    return spread
