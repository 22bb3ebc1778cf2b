"""What is told of a scan's seeds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.judgement import KINDS
from dosimetry_core.seed_finding.rod import UX, UY, UZ, X, Z
from dosimetry_core.values import Alternative, FoundNeedle, FoundSeed, Matrix, Volume

_NAMED = 0.02  # probability from which an alternative is named
_FLATTEST = 0.3


@dataclass(frozen=True, slots=True)
class SeedFinding:
    """The seeds of one scan.

    Attributes:
        seeds: each with its centre, axis, covariances, confidence and what else it might be, most
            confident first.
        warnings: what a reader of the seeds must know.
        doubtful: finds that are more probably no seeds, most confident first.
        expected: how many were counted in, if that was said.
        seen: how many the image alone shows.
        needles: needles and probes, longest first.
    """

    seeds: tuple[FoundSeed, ...]
    warnings: tuple[str, ...]
    doubtful: tuple[FoundSeed, ...] = ()
    expected: int | None = None
    seen: int = 0
    needles: tuple[FoundNeedle, ...] = ()


def told(
    scan: Volume,
    rod: NDArray[np.float64],
    variances: NDArray[np.float64],
    chances: NDArray[np.float64],
    confidence: float,
) -> FoundSeed:
    """A find in patient coordinates.

    Args:
        scan: the scan.
        rod: shape (ROD_FIELDS,), in its grid frame.
        variances: shape (4,), see ``judgement.Learned.spread``.
        chances: shape (len(KINDS),), by the image alone.
        confidence: that it is a seed.
    """
    spacing = np.array(scan.spacing_mm)
    turn = scan.affine[:3, :3] / spacing[::-1]
    center = scan.to_patient_mm(rod[X : Z + 1][::-1] / spacing)
    axis = turn @ rod[UX : UZ + 1]
    axis = axis / np.linalg.norm(axis)
    place = np.diag(variances[[0, 0, 1]])
    x, y, z = (float(c) for c in center)
    ux, uy, uz = (float(c) for c in axis)
    return FoundSeed(
        (x, y, z),
        (ux, uy, uz),
        confidence,
        _matrix(turn @ place @ turn.T),
        _matrix(turn @ _axis_covariance(rod, variances) @ turn.T),
        _alternatives(chances, confidence),
    )


def _axis_covariance(
    rod: NDArray[np.float64], variances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """In the plane across the axis: in the slice and out of it."""
    flat = float(np.hypot(rod[UX], rod[UY]))
    if flat < 1e-6:
        return np.diag([variances[2], variances[2], 0.0])
    ahead = rod[UX : UY + 1] / flat
    across = np.array([-ahead[1], ahead[0], 0.0])
    up = np.array([-rod[UZ] * ahead[0], -rod[UZ] * ahead[1], flat])
    tilt = variances[3] / max(flat, _FLATTEST) ** 2
    return variances[2] * np.outer(across, across) + tilt * np.outer(up, up)


def _alternatives(chances: NDArray[np.float64], confidence: float) -> tuple[Alternative, ...]:
    """The other kinds, which share what the confidence leaves."""
    left = (1.0 - confidence) / max(1.0 - float(chances[0]), 1e-12)
    others = [
        Alternative(kind, float(chance) * left)
        for kind, chance in zip(KINDS, chances, strict=True)
        if kind is not None and chance * left >= _NAMED
    ]
    return tuple(sorted(others, key=lambda one: -one.probability))


def _matrix(values: NDArray[np.float64]) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = values.tolist()
    return (a, b, c), (d, e, f), (g, h, i)
