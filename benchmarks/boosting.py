"""Gradient boosting of the small trees that ``dosimetry_core.seed_finding`` adds up."""

from collections.abc import Callable

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from dosimetry_core.seed_finding.trees import DEPTH, LEAVES, SPLITS, Forest

_BINS = 48
_RATE = 0.1
_RIDGE = 3.0
_LEAST_WEIGHT = 2.0
_COLUMNS = 0.6

Floats = NDArray[np.float64]
Slopes = Callable[[Floats], tuple[Floats, Floats]]
"""From sums (n, outputs) to the loss's negative slope and its curvature, both (n, outputs)."""


class _Binned:
    def __init__(self, features: Floats) -> None:
        inner = np.linspace(0.0, 1.0, _BINS + 1)[1:-1]
        self.edges = [np.unique(np.quantile(column, inner)) for column in features.T]
        codes = [
            np.searchsorted(edges, column, side="left")
            for edges, column in zip(self.edges, features.T, strict=True)
        ]
        self.codes = np.stack(codes, axis=1).astype(np.uint8)


def boosted(features: Floats, slopes: Slopes, base: Floats, rounds: int, seed: int = 0) -> Forest:
    """Trees that go down a loss, one tree for each output in each round."""
    binned, rng = _Binned(features), np.random.default_rng(seed)
    sums = np.tile(base, (len(features), 1))
    feature: list[NDArray[np.int64]] = []
    threshold: list[Floats] = []
    value: list[Floats] = []
    for _ in range(rounds):
        slope, curvature = slopes(sums)
        for output in range(len(base)):
            which, cut, leaves, leaf = _tree(binned, slope[:, output], curvature[:, output], rng)
            sums[:, output] += _RATE * leaves[leaf]
            feature.append(which)
            threshold.append(cut)
            value.append(_RATE * leaves)
    return Forest(
        base,
        np.tile(np.arange(len(base)), rounds),
        np.array(feature).reshape(-1, SPLITS),
        np.array(threshold).reshape(-1, SPLITS),
        np.array(value).reshape(-1, LEAVES),
    )


def _tree(
    binned: _Binned, slope: Floats, curvature: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Floats, Floats, NDArray[np.int64]]:
    count, width = binned.codes.shape
    columns = np.sort(rng.choice(width, max(1, int(width * _COLUMNS)), replace=False))
    node = np.zeros(count, np.int64)
    which, cut = np.zeros(SPLITS, np.int64), np.full(SPLITS, 1e30)
    for depth in range(DEPTH):
        first = 2**depth - 1
        g_of, h_of = _histograms(
            binned.codes, columns, node - first, slope, curvature, 2**depth, _BINS
        )
        for n in range(first, 2 * first + 1):
            here = np.flatnonzero(node == n)
            node[here] = 2 * n + 1
            if not len(here):
                continue
            g, h = g_of[n - first], h_of[n - first]
            gain = _gain(g, h)
            column, edge = np.unravel_index(int(gain.argmax()), gain.shape)
            edges = binned.edges[columns[column]]
            if gain[column, edge] > 1e-6 and edge < len(edges):
                which[n], cut[n] = columns[column], edges[edge]
                node[here] += binned.codes[here, which[n]] > edge
    leaf = node - SPLITS
    sums = np.bincount(leaf, slope, LEAVES), np.bincount(leaf, curvature, LEAVES)
    return which, cut, sums[0] / (sums[1] + _RIDGE), leaf


@njit(cache=True)
def _histograms(
    codes: NDArray[np.uint8],
    columns: NDArray[np.int64],
    part: NDArray[np.int64],
    slope: Floats,
    curvature: Floats,
    parts: int,
    bins: int,
) -> tuple[Floats, Floats]:
    """Sums of slope and of curvature, each (parts, columns, bins)."""
    g = np.zeros((parts, columns.size, bins))
    h = np.zeros((parts, columns.size, bins))
    for n in range(codes.shape[0]):
        for c in range(columns.size):
            at = codes[n, columns[c]]
            g[part[n], c, at] += slope[n]
            h[part[n], c, at] += curvature[n]
    return g, h


def _gain(g: Floats, h: Floats) -> Floats:
    left_g, left_h = g.cumsum(axis=1)[:, :-1], h.cumsum(axis=1)[:, :-1]
    all_g, all_h = g.sum(axis=1, keepdims=True), h.sum(axis=1, keepdims=True)
    right_g, right_h = all_g - left_g, all_h - left_h
    gain = (
        left_g**2 / (left_h + _RIDGE)
        + right_g**2 / (right_h + _RIDGE)
        - all_g**2 / (all_h + _RIDGE)
    )
    gain[(left_h < _LEAST_WEIGHT) | (right_h < _LEAST_WEIGHT)] = 0.0
    return gain


def classes(features: Floats, labels: NDArray[np.int64], kinds: int, rounds: int) -> Forest:
    """Scores whose softmax are the classes' probabilities (cross-entropy)."""
    truth = np.eye(kinds)[labels]
    base = np.log((truth.sum(axis=0) + 1.0) / (len(truth) + kinds))

    def slopes(sums: Floats) -> tuple[Floats, Floats]:
        odds = np.exp(sums - sums.max(axis=1, keepdims=True))
        chances = odds / odds.sum(axis=1, keepdims=True)
        return truth - chances, chances * (1.0 - chances)

    return boosted(features, slopes, base, rounds)


def means(features: Floats, wanted: Floats, limit: Floats, rounds: int) -> Forest:
    """The mean of ``wanted`` (n,); what is farther off than ``limit`` (n,) says no more (Huber)."""

    def slopes(sums: Floats) -> tuple[Floats, Floats]:
        return np.clip(wanted[:, None] - sums, -limit[:, None], limit[:, None]), np.ones_like(sums)

    return boosted(features, slopes, np.zeros(1), rounds)


def log_variances(features: Floats, squares: Floats, rounds: int) -> Forest:
    """Logarithms of the variances of errors with the given squares (n, outputs) (normal)."""
    base = np.log(squares.mean(axis=0))

    def slopes(sums: Floats) -> tuple[Floats, Floats]:
        ratio = np.minimum(squares / np.exp(sums), 12.0)
        return 0.5 * (ratio - 1.0), 0.5 * np.maximum(ratio, 0.3)

    return boosted(features, slopes, base, rounds)


def as_mapping(forest: Forest) -> dict[str, list[float] | list[int]]:
    """Numbers for JSON."""
    return {
        "base": [round(float(x), 5) for x in forest.base],
        "output": [int(x) for x in forest.output],
        "feature": [int(x) for x in forest.feature.ravel()],
        "threshold": [float(f"{x:.5g}") for x in forest.threshold.ravel()],
        "value": [float(f"{x:.4g}") for x in forest.value.ravel()],
    }
