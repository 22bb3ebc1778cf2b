"""The seeds that are found, held against those that were counted in."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_BAND = 0.9


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One needle's or lesion's count.

    Attributes:
        label: the needle or lesion.
        reported: how many the operator says were implanted; None if nothing was said.
        found: how many finds belong there more probably than not.
        expected: the sum of all finds' chances to be seeds of it.
        low: least number within the 90 % band of those chances.
        high: greatest number within it.
        explained: how probable it is that ``reported`` seeds are there, finds that are missed or
            false taken into account; None if nothing was reported.
        message: what is to be told; empty only where found and reported agree.
    """

    label: str
    reported: int | None
    found: int
    expected: float
    low: int
    high: int
    explained: float | None
    message: str

    @property
    def agrees(self) -> bool:
        """Whether as many are found as were reported (none, if nothing was)."""
        return (self.reported or 0) == self.found


def reconcile(
    reported: Mapping[str, int],
    chances: Mapping[str, FloatArray],
    *,
    miss_rate: float = 0.03,
) -> tuple[Reconciliation, ...]:
    """Hold counts against finds, for each needle or lesion.

    Whatever is probable, a difference between what is found and what was reported has a message.

    Args:
        reported: seeds implanted, by needle or lesion, as the operator says.
        chances: of each find that it is a seed and belongs to the needle or lesion, shape (n,), by
            the same names.
        miss_rate: share of seeds that the finder does not see.

    Returns:
        One for each name in either, by name.

    Raises:
        ValueError: a count is below zero, a chance is not between 0 and 1, or ``miss_rate`` not
            between them.
    """
    if not 0.0 <= miss_rate < 1.0:
        raise ValueError(f"the miss rate is at least 0 and below 1, got {miss_rate}")
    for label, count in reported.items():
        if count < 0:
            raise ValueError(f"{label!r}: the number of seeds is zero or more, got {count}")
    for label, chance in chances.items():
        if not np.all((chance >= 0.0) & (chance <= 1.0)):
            raise ValueError(f"{label!r}: chances are between 0 and 1")
    labels = sorted({*reported, *chances})
    return tuple(
        _reconciled(label, reported.get(label), chances.get(label, np.zeros(0)), miss_rate)
        for label in labels
    )


def count_distribution(chances: FloatArray) -> FloatArray:
    """Probability of each number 0..n of seeds, shape (n + 1,), of independent chances (n,)."""
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, [1.0 - chance, chance])
    return distribution


def _reconciled(
    label: str, reported: int | None, chances: FloatArray, miss_rate: float
) -> Reconciliation:
    distribution = count_distribution(chances)
    summed = np.cumsum(distribution)
    tail = 0.5 * (1.0 - _BAND)
    found = int(np.count_nonzero(chances > 0.5))
    return Reconciliation(
        label=label,
        reported=reported,
        found=found,
        expected=float(chances.sum()),
        low=int(np.searchsorted(summed, tail)),
        high=min(len(chances), int(np.searchsorted(summed, 1.0 - tail))),
        explained=None if reported is None else _explained(distribution, reported, miss_rate),
        message=_message(label, reported, found),
    )


def _explained(distribution: FloatArray, reported: int, miss_rate: float) -> float:
    """Chance that what is seen and what was missed add up; k seen of N implanted is binomial."""
    seen = np.arange(min(reported, len(distribution) - 1) + 1)
    total = 0.0
    for count in seen:
        missed = reported - int(count)
        ways = float(np.prod([(count + n) / n for n in range(1, missed + 1)]))
        likely = ways * (1.0 - miss_rate) ** (int(count) + 1) * miss_rate**missed
        total += float(distribution[count]) * likely
    return min(1.0, total)


def _message(label: str, reported: int | None, found: int) -> str:
    if reported is None:
        return "" if found == 0 else f"{label}: {found} found, nothing was reported"
    if found == reported:
        return ""
    side = "more" if found > reported else "fewer"
    return (
        f"{label}: {reported} reported, {found} found, {abs(found - reported)} {side}: "
        f"check the scan and the count"
    )
