"""How probable each pair of a matching is, all other pairs being possible too."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_ROUNDS = 300
_CONVERGED = 1e-6
_LARGEST_ODDS = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class Marginals:
    """Posterior probabilities of a one-to-one matching of n with m.

    Attributes:
        pair: shape (n, m).
        row_alone: shape (n,); no partner.
        column_alone: shape (m,); no partner.
        log_evidence: log of the sum over all matchings of the product of their pairs' odds
            (Bethe approximation).
    """

    pair: FloatArray
    row_alone: FloatArray
    column_alone: FloatArray
    log_evidence: float


def pair_marginals(odds: FloatArray) -> Marginals:
    """Sum over all one-to-one matchings by belief propagation.

    Exact where a pair's competitors form no loop, else close to it; it converges always.
    J. L. Williams and R. A. Lau, "Approximate evaluation of marginal association probabilities
    with belief propagation", IEEE Trans. Aerosp. Electron. Syst. 50 (2014) 2942.

    Args:
        odds: shape (n, m); how much more probable it is that row and column belong together than
            that each is alone.
    """
    odds = np.minimum(odds, _LARGEST_ODDS)
    to_row = np.ones_like(odds)
    to_column = np.zeros_like(odds)
    for _ in range(_ROUNDS):
        weighed = odds * to_row
        to_column = odds / (1.0 + weighed.sum(axis=1, keepdims=True) - weighed)
        before, to_row = to_row, 1.0 / (1.0 + to_column.sum(axis=0, keepdims=True) - to_column)
        if odds.size == 0 or float(np.abs(to_row - before).max()) < _CONVERGED:
            break
    weighed = odds * to_row
    row_sum, column_sum = 1.0 + weighed.sum(axis=1), 1.0 + to_column.sum(axis=0)
    pair = weighed / row_sum[:, None]
    evidence = np.log(row_sum).sum() + np.log(column_sum).sum() - np.log1p(to_column * to_row).sum()
    return Marginals(
        pair=pair,
        row_alone=1.0 / row_sum,
        column_alone=1.0 / column_sum,
        log_evidence=float(evidence),
    )
