"""Checked reading of nested mappings: every error names the key and what is wrong with it."""

import math
from collections.abc import Mapping, Sequence
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray


class SeedModelError(ValueError):
    """The data of a seed model are not usable.

    Attributes:
        key: dotted path of the offending key.
        problem: what is wrong with it.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


class Section:
    """One mapping whose keys are taken one by one; ``finish`` refuses those that nobody took."""

    def __init__(self, data: Mapping[str, object], path: str = "") -> None:
        self._data = data
        self._path = path
        self._taken: set[str] = set()

    def _key(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _take(self, name: str) -> object:
        if name not in self._data:
            raise SeedModelError(self._key(name), "is missing")
        self._taken.add(name)
        return self._data[name]

    def section(self, name: str) -> Self:
        """The mapping at ``name``."""
        value = self._take(name)
        if not isinstance(value, Mapping):
            raise SeedModelError(self._key(name), "must be a section with keys of its own")
        return type(self)(cast(Mapping[str, object], value), self._key(name))

    def optional_section(self, name: str) -> Self | None:
        """The mapping at ``name``, or None if there is none."""
        return self.section(name) if name in self._data else None

    def text(self, name: str) -> str:
        """The non-empty text at ``name``."""
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            raise SeedModelError(self._key(name), "must be a text that is not empty")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """The list of texts at ``name``."""
        value = self._take(name)
        if not isinstance(value, list):
            raise SeedModelError(self._key(name), "must be a list of texts")
        items = cast(list[object], value)
        if not all(isinstance(item, str) for item in items):
            raise SeedModelError(self._key(name), "must be a list of texts")
        return tuple(cast(list[str], items))

    def positive(self, name: str) -> float:
        """The finite number above zero at ``name``."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SeedModelError(self._key(name), f"must be a number, is {value!r}")
        if not (math.isfinite(value) and value > 0):
            raise SeedModelError(self._key(name), f"must be above zero, is {value!r}")
        return float(value)

    def optional_positive(self, name: str) -> float | None:
        """The finite number above zero at ``name``, or None if there is none."""
        return self.positive(name) if name in self._data else None

    def axis(
        self,
        name: str,
        *,
        above: float = -math.inf,
        at_least: float = -math.inf,
        at_most: float = math.inf,
    ) -> NDArray[np.float64]:
        """The strictly increasing list of at least two numbers at ``name``."""
        values = self._numbers(name, self._take(name))
        if values.size < 2:
            raise SeedModelError(self._key(name), "must have at least two values")
        steps = np.diff(values)
        if not np.all(steps > 0):
            first = int(np.argmax(steps <= 0))
            raise SeedModelError(
                self._key(name),
                f"must increase strictly, but {values[first]:g} is followed by "
                f"{values[first + 1]:g}",
            )
        if values[0] <= above or values[0] < at_least or values[-1] > at_most:
            raise SeedModelError(
                self._key(name), f"is out of range ({values[0]:g} to {values[-1]:g})"
            )
        return values

    def span(self, name: str) -> tuple[float, float]:
        """The two increasing numbers at ``name``."""
        values = self.axis(name, at_least=0.0)
        if values.size != 2:
            raise SeedModelError(self._key(name), f"must have two values, has {values.size}")
        return float(values[0]), float(values[1])

    def table(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """The positive numbers of the given shape (one or two axes) at ``name``."""
        value = self._take(name)
        if len(shape) == 1:
            table = self._numbers(name, value)
        else:
            if not isinstance(value, list):
                raise SeedModelError(self._key(name), "must be a list of rows")
            rows = [self._numbers(name, row) for row in cast(list[object], value)]
            widths = {row.size for row in rows}
            if widths != {shape[1]}:
                raise SeedModelError(
                    self._key(name),
                    f"every row must have {shape[1]} values to fit its axis, rows have "
                    f"{sorted(widths)}",
                )
            table = np.stack(rows)
        if table.shape != shape:
            raise SeedModelError(
                self._key(name), f"has {table.shape[0]} entries but its axis has {shape[0]}"
            )
        if not np.all(table > 0):
            raise SeedModelError(self._key(name), f"must be above zero, has {table.min():g}")
        table.flags.writeable = False
        return table

    def finish(self) -> None:
        """Refuse keys that were not asked for.

        Raises:
            SeedModelError: there is a key that nobody took.
        """
        unknown = sorted(set(self._data) - self._taken)
        if unknown:
            raise SeedModelError(
                self._key(unknown[0]), f"is not known here; known are {sorted(self._taken)}"
            )

    def _numbers(self, name: str, value: object) -> NDArray[np.float64]:
        if not isinstance(value, list):
            raise SeedModelError(self._key(name), "must be a list of numbers")
        items = cast(Sequence[object], value)
        for item in items:
            if isinstance(item, bool) or not isinstance(item, int | float):
                raise SeedModelError(self._key(name), f"must hold numbers only, has {item!r}")
            if not math.isfinite(item):
                raise SeedModelError(self._key(name), f"must hold finite numbers, has {item!r}")
        numbers = np.array(items, dtype=np.float64)
        numbers.flags.writeable = False
        return numbers
