"""What finds are, how far each may be off, and by how much it is off on average: as was learnt.

The numbers in ``learned.json`` come from generated scans with known seeds
(``benchmarks/seed_calibration.py``); nothing in it was set by hand.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.context import context_of
from dosimetry_core.seed_finding.rod import UX, UY, UZ, Z
from dosimetry_core.seed_finding.trees import Forest
from dosimetry_core.values import Lookalike

KINDS: tuple[Lookalike | None, ...] = (None, *Lookalike)
"""What a find can be, in the order of the learnt classes; None is a seed."""

REPORTED = 0.5
"""Confidence from which a find is told: a seed missed costs a dose as much as a false one."""

_FLATTEST = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """How probabilities of what a find is are got.

    Attributes:
        forest: scores, one per ``KINDS``.
        sharpness: factor on the scores that makes their softmax a calibrated probability.
        doubt: taken from the scores of seeds, for the same end.
    """

    forest: Forest
    sharpness: float
    doubt: float

    def of(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (n, kinds), each row adding up to 1, for columns (n, columns)."""
        return chances_of(self.forest.of(columns), self.sharpness, self.doubt)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Everything that was learnt.

    Attributes:
        first: what a find is by itself.
        kinds: what it is among the others of its scan.
        shift_z: mean error across slices, mm, from features and lean.
        shift_tilt: mean error of the tilt's sine.
        spread: logarithms of the variances of a place in the slice (mm2), across slices (mm2), of
            the axis in the slice and of its tilt (rad2).
    """

    first: Kinds
    kinds: Kinds
    shift_z: Forest
    shift_tilt: Forest
    spread: Forest


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What was learnt, said of finds in one scan.

    Attributes:
        rods: shape (n, ROD_FIELDS), with their mean errors taken away.
        chances: shape (n, len(KINDS)), probabilities that add up to 1.
        variances: shape (n, 4), as ``Learned.spread``, not logarithms.
    """

    rods: NDArray[np.float64]
    chances: NDArray[np.float64]
    variances: NDArray[np.float64]


@cache
def learned() -> Learned:
    """What stands in ``learned.json``."""
    numbers = json.loads(files(__package__ or __name__).joinpath("learned.json").read_text("ascii"))
    first, kinds = (
        Kinds(
            Forest.from_mapping(numbers[name]),
            float(numbers[f"{name}_sharpness"]),
            float(numbers[f"{name}_doubt"]),
        )
        for name in ("first", "kinds")
    )
    return Learned(
        first,
        kinds,
        Forest.from_mapping(numbers["shift_z"]),
        Forest.from_mapping(numbers["shift_tilt"]),
        Forest.from_mapping(numbers["spread"]),
    )


def chances_of(scores: NDArray[np.float64], sharpness: float, doubt: float) -> NDArray[np.float64]:
    """Softmax of scores (n, kinds), those of seeds less ``doubt``."""
    sharp = sharpness * scores
    sharp[:, 0] -= doubt
    odds = np.exp(sharp - sharp.max(axis=1, keepdims=True, initial=-np.inf))
    return odds / odds.sum(axis=1, keepdims=True)


def shifts_of(
    forest: Forest,
    features: NDArray[np.float64],
    lean: NDArray[np.float64],
    odd: NDArray[np.float64],
) -> NDArray[np.float64]:
    """A learnt mean error (n,) that changes sign as the images of a find do.

    Args:
        forest: what was learnt.
        features: shape (n, features).
        lean: shape (n, 4).
        odd: its sign when mirrored across slices, and when the axis is told the other way round.
    """
    mean = np.zeros(len(features))
    for mirror in (1.0, -1.0):
        for turn in (1.0, -1.0):
            seen = lean * np.array([mirror, mirror, mirror * turn, mirror * turn])
            sign = (odd[0] if mirror < 0 else 1.0) * (odd[1] if turn < 0 else 1.0)
            mean += 0.25 * sign * forest.of(np.hstack([features, seen]))[:, 0]
    return mean


Z_SIGNS = np.array([-1.0, 1.0])
TILT_SIGNS = np.array([-1.0, -1.0])


def judge(
    rods: NDArray[np.float64], features: NDArray[np.float64], lean: NDArray[np.float64]
) -> Judgement:
    """Say what each find is and correct where it is.

    Args:
        rods: shape (n, ROD_FIELDS).
        features: shape (n, len(FEATURES)).
        lean: shape (n, 4), see ``features.lean_of``.
    """
    numbers = learned()
    alone = numbers.first.of(features)[:, 0]
    chances = numbers.kinds.of(np.hstack([features, context_of(features, rods, alone)]))
    right = corrected(
        rods,
        shifts_of(numbers.shift_z, features, lean, Z_SIGNS),
        shifts_of(numbers.shift_tilt, features, lean, TILT_SIGNS),
    )
    both = np.hstack([features, np.abs(lean)])
    return Judgement(right, chances, np.exp(numbers.spread.of(both)))


def corrected(
    rods: NDArray[np.float64], shift_z: NDArray[np.float64], shift_tilt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rods less their mean errors across slices (mm) and in the tilt's sine."""
    right = rods.copy()
    right[:, Z] -= shift_z
    sine = np.clip(rods[:, UZ] - shift_tilt, -1.0, 1.0)
    flat = np.hypot(rods[:, UX], rods[:, UY])
    known = flat > _FLATTEST
    level = np.sqrt(1.0 - sine[known] ** 2) / flat[known]
    right[known, UX] *= level
    right[known, UY] *= level
    right[known, UZ] = sine[known]
    return right
