"""Results kept while what they follow from is the very same: rules run at every reading."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT = 32
"""Results: one for each target of two scans, with room to spare."""


class Remembered(Generic[T]):
    """Results of a pure function, by the identity of the frozen facts that it was given.

    Facts are never changed, so that the same object is the same fact; it is held here, so that no
    other can take its place. May be used from several threads.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[tuple[object, ...], Hashable, T], ...] = ()

    def of(self, facts: tuple[object, ...], key: Hashable, make: Callable[[], T]) -> T:
        """The result that follows from ``facts`` and ``key``, made if it is not remembered."""
        for known, known_key, result in self._kept:
            same = len(known) == len(facts) and all(
                a is b for a, b in zip(known, facts, strict=True)
            )
            if same and known_key == key:
                return result
        made = make()
        self._kept = ((facts, key, made), *self._kept[: KEPT - 1])
        return made
