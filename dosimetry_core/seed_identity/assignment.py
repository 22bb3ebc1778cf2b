"""The one assignment that is told, out of all that are possible."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.linear import best_assignment

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_BENT = 0.85
"""A strand in a curve brings two of its seeds no nearer than this share of their way along it."""
_STRETCHED = 1.05
_NOISES = 3.0


def best_links(
    pair: FloatArray,
    row_alone: FloatArray,
    column_alone: FloatArray,
    gap_mm: FloatArray,
    found_mm: FloatArray,
    *,
    noise_mm: float,
) -> IntArray:
    """The one-to-one assignment with the most right decisions to be expected.

    A pair counts what it adds over leaving both alone; each of the two is one decision. Where two
    seeds of a strand would end up at another distance than the strand allows, or out of order, the
    less probable of them gives way, and the rest is assigned anew.

    Args:
        pair: shape (n, m), how probable each pair is.
        row_alone: shape (n,), how probable it is that a row has no partner.
        column_alone: shape (m,), likewise of a column.
        gap_mm: shape (n, n), distances along strands, NaN where there is none.
        found_mm: shape (m, 3), where the columns are.
        noise_mm: error of a place along each axis, one standard deviation.

    Returns:
        Shape (n,), the column of each row; -1 for none.
    """
    gain = np.maximum(pair - 0.5 * (row_alone[:, None] + column_alone[None, :]), 0.0)
    while True:
        rows, columns = best_assignment(gain)
        links = np.full(len(pair), -1, dtype=np.intp)
        worth = gain[rows, columns] > 0.0
        links[rows[worth]] = columns[worth]
        row = _offender(links, pair, gap_mm, found_mm, noise_mm)
        if row < 0:
            return links
        gain[row, links[row]] = 0.0


def _offender(
    links: IntArray, pair: FloatArray, gap_mm: FloatArray, found_mm: FloatArray, noise_mm: float
) -> int:
    """The row that breaks its strand most often, of equals the least probable; -1 for none."""
    linked = np.flatnonzero(links >= 0)
    held = gap_mm[np.ix_(linked, linked)]
    if np.all(np.isnan(held)):
        return -1
    places = found_mm[links[linked]]
    distance = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    slack = _NOISES * np.sqrt(2.0) * noise_mm
    wrong = (distance < _BENT * held - slack) | (distance > _STRETCHED * held + slack)
    faults = wrong.sum(axis=1)
    if not faults.any():
        return -1
    certainty = pair[linked, links[linked]]
    return int(linked[np.lexsort((certainty, -faults))[0]])
