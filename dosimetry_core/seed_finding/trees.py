"""Sums of small decision trees: what was learnt from scans with known seeds, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled

DEPTH = 3
SPLITS = 2**DEPTH - 1
LEAVES = 2**DEPTH


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Boosted trees of depth ``DEPTH`` for one or more outputs.

    Attributes:
        base: shape (outputs,), what each output is before any tree.
        output: shape (trees,), the output that each tree adds to.
        feature: shape (trees, SPLITS), which feature is compared; a node's children are at
            2 n + 1 (not above the threshold) and 2 n + 2.
        threshold: shape (trees, SPLITS).
        value: shape (trees, LEAVES), what is added.
    """

    base: NDArray[np.float64]
    output: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]

    def of(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of shape (n, outputs) for features of shape (n, features)."""
        return _sums(
            np.ascontiguousarray(features),
            self.base,
            self.output,
            self.feature,
            self.threshold,
            self.value,
        )

    @classmethod
    def from_mapping(cls, numbers: Mapping[str, Sequence[object]]) -> "Forest":
        """The forest that ``as_mapping`` wrote."""
        return cls(
            np.array(numbers["base"], np.float64),
            np.array(numbers["output"], np.int64),
            np.array(numbers["feature"], np.int64).reshape(-1, SPLITS),
            np.array(numbers["threshold"], np.float64).reshape(-1, SPLITS),
            np.array(numbers["value"], np.float64).reshape(-1, LEAVES),
        )


@compiled
def _sums(
    features: NDArray[np.float64],
    base: NDArray[np.float64],
    output: NDArray[np.int64],
    feature: NDArray[np.int64],
    threshold: NDArray[np.float64],
    value: NDArray[np.float64],
) -> NDArray[np.float64]:
    sums = np.empty((features.shape[0], base.size))
    for n in range(features.shape[0]):
        sums[n] = base
        for t in range(output.size):
            node = 0
            while node < threshold.shape[1]:
                above = features[n, feature[t, node]] > threshold[t, node]
                node = 2 * node + (2 if above else 1)
            sums[n, output[t]] += value[t, node - threshold.shape[1]]
    return sums
