"""Learning what a find is: first by itself, then among the others of its scan.

The second judgement is learnt from what the first says of finds that it was not learnt from, as it
will be in use. Where figures are printed, both have seen no scan of the real patient they judge.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.boosting import classes
from benchmarks.seed_truth import Points
from dosimetry_core.seed_finding.context import context_of
from dosimetry_core.seed_finding.judgement import KINDS, chances_of
from dosimetry_core.seed_finding.trees import Forest

_FIRST_ROUNDS, _ROUNDS = 120, 240
_FEW = (0, 1, 2, 3, 5, 8)
"""Seeds left in copies of scans: early in a procedure there are no more."""

Labels = NDArray[np.int64]
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """All finds of all scans.

    Attributes:
        features: shape (n, len(FEATURES)).
        rods: shape (n, ROD_FIELDS).
        label: shape (n,), places in ``KINDS``.
        scan: shape (n,), number of the find's scan.
        fold: shape (n,), number of its real patient.
    """

    features: Points
    rods: Points
    label: Labels
    scan: Labels
    fold: Labels

    @property
    def real(self) -> Rows:
        """Which are seeds."""
        return self.label == 0


@dataclass(frozen=True)
class Judging:
    """What was learnt, and how it judges patients that it has not seen.

    Attributes:
        first, first_scale: forest, and its sharpness and doubt.
        second, second_scale: likewise.
        chances: shape (n, len(KINDS)), of all finds, by who has not seen their patient.
        few_chances: of the finds of ``few``, likewise.
        few: rows of the finds in copies of scans of which few seeds were left.
    """

    first: Forest
    first_scale: tuple[float, float]
    second: Forest
    second_scale: tuple[float, float]
    chances: Points
    few: Labels
    few_chances: Points


def judging(table: Table) -> Judging:
    """Learn both judgements."""
    folds = [int(n) for n in np.unique(table.fold)]
    without = [frozenset({a, b}) for a in folds for b in folds if a <= b]
    with ProcessPoolExecutor(2) as pool:
        firsts = dict(zip(without, pool.map(_First(table), without), strict=True))
        known = {left_out: _unseen(table, firsts, folds, left_out) for left_out in [None, *folds]}
        first_scale = calibrated(known[None], table.label)
        few = _few(table)
        last = pool.submit(_second, table, known[None], first_scale, few, None)
        judged = list(pool.map(_Second(table, known, first_scale, few), folds))
        scores, few_scores = np.empty_like(known[None]), np.empty((len(few), len(KINDS)))
        for fold, (_, told, few_told) in zip(folds, judged, strict=True):
            scores[table.fold == fold] = told
            few_scores[table.fold[few] == fold] = few_told
        second = last.result()[0]
        first = pool.submit(_First(table), frozenset[int]()).result()
    scale = calibrated(scores, table.label)
    return Judging(
        first[0],
        first_scale,
        second,
        scale,
        chances_of(scores, *scale),
        few,
        chances_of(few_scores, *scale),
    )


def calibrated(scores: Points, label: Labels) -> tuple[float, float]:
    """Factor and doubt under which unseen scores say best what is a seed."""
    real = label == 0

    def loss(numbers: Points) -> float:
        seed = chances_of(scores, float(np.exp(numbers[0])), float(numbers[1]))[:, 0]
        return -float(np.log(np.maximum(np.where(real, seed, 1.0 - seed), 1e-9)).mean())

    told = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-3})
    log_sharpness, doubt = (float(number) for number in told["x"])
    return float(np.exp(log_sharpness)), doubt


@dataclass(frozen=True)
class _First:
    """The first judgement learnt without some patients, and its scores of these."""

    table: Table

    def __call__(self, without: frozenset[int]) -> tuple[Forest, Points]:
        away = np.isin(self.table.fold, list(without))
        features, label = self.table.features[~away], self.table.label[~away]
        forest = classes(features, label, len(KINDS), _FIRST_ROUNDS)
        return forest, forest.of(self.table.features[away])


@dataclass(frozen=True)
class _Second:
    table: Table
    known: dict[int | None, Points]
    scale: tuple[float, float]
    few: Labels

    def __call__(self, left_out: int) -> tuple[Forest, Points, Points]:
        return _second(self.table, self.known[left_out], self.scale, self.few, left_out)


def _unseen(
    table: Table,
    firsts: dict[frozenset[int], tuple[Forest, Points]],
    folds: list[int],
    left_out: int | None,
) -> Points:
    """First scores of each find, by who has seen neither its patient nor the one left out."""
    scores = np.empty((len(table.label), len(KINDS)))
    for fold in folds:
        without = frozenset({fold} if left_out is None else {fold, left_out})
        away = np.isin(table.fold, list(without))
        scores[table.fold == fold] = firsts[without][1][table.fold[away] == fold]
    return scores


def _few(table: Table) -> Labels:
    """Rows of copies of every second scan, of whose seeds only a few are left."""
    rows: list[Labels] = []
    for number in np.unique(table.scan)[::2]:
        here = np.flatnonzero(table.scan == number)
        rng = np.random.default_rng(int(number))
        seeds = here[table.label[here] == 0]
        kept = rng.permutation(seeds)[: rng.choice(_FEW)]
        rows.append(np.sort(np.concatenate([here[table.label[here] != 0], kept])))
    return np.concatenate(rows)


def _columns(table: Table, rows: Labels, scores: Points, scale: tuple[float, float]) -> Points:
    """Features and context of ``rows``, scan by scan; ``scores`` are of all finds."""
    chances = chances_of(scores, *scale)[:, 0]
    context = _by_scan(
        table.scan[rows],
        lambda at: context_of(table.features[rows[at]], table.rods[rows[at]], chances[rows[at]]),
    )
    return np.hstack([table.features[rows], context])


def _by_scan(scan: Labels, of: Callable[[Labels], Points]) -> Points:
    parts = [np.flatnonzero(scan == number) for number in np.unique(scan)]
    told = np.concatenate([of(part) for part in parts])
    back = np.empty_like(told)
    back[np.concatenate(parts)] = told
    return back


def _second(
    table: Table, scores: Points, scale: tuple[float, float], few: Labels, left_out: int | None
) -> tuple[Forest, Points, Points]:
    """The second judgement learnt without a patient, and its scores of him."""
    every = np.arange(len(table.label))
    columns = _columns(table, every, scores, scale)
    few_columns = _columns(table, few, scores, scale)
    mine = table.fold != left_out if left_out is not None else np.ones(len(every), np.bool_)
    learn_on = np.concatenate([columns[mine], few_columns[mine[few]]])
    label = np.concatenate([table.label[mine], table.label[few][mine[few]]])
    forest = classes(learn_on, label, len(KINDS), _ROUNDS)
    return forest, forest.of(columns[~mine]), forest.of(few_columns[~mine[few]])
