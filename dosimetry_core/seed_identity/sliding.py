"""Displacements that the seeds of one strand or needle share, searched as a whole.

A strand that slid by centimetres is out of reach of its seeds one by one: near each of them may lie
another seed. Moved as one body at its own spacing it fits in one place.
"""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.points import Points
from dosimetry_core.seed_identity.prediction import Prediction

FloatArray = NDArray[np.float64]

_REACH = 5.0
_LONGEST_MM = 30.0
_SAME_MM = 1.0
_MOST = 8
_UNSEEN = 0.05


def group_offsets(
    before: Points,
    after: Points,
    prediction: Prediction,
    model: MatchingModel,
    noise_mm: float,
) -> tuple[FloatArray, FloatArray] | None:
    """Where the strand of each seed may have slid, and how probable each place is.

    Args:
        before: n seeds, those of one strand in one group.
        after: m finds.
        prediction: where each seed should be.
        model: ``group_mm`` is the spread of a shared displacement.
        noise_mm: error of a place, one standard deviation along each axis.

    Returns:
        Offsets (n, d, 3), mm, the first of them zero, and probabilities (n, d); None where no group
        has two seeds.
    """
    groups = [np.flatnonzero(before.group == g) for g in np.unique(before.group) if g >= 0]
    groups = [members for members in groups if len(members) >= 2]
    if not groups or len(after) == 0:
        return None
    offsets = np.zeros((len(before), _MOST, 3))
    chances = np.zeros((len(before), _MOST))
    chances[:, 0] = 1.0
    for members in groups:
        steps, chance = _slides(prediction.center_mm[members], after, model, noise_mm)
        offsets[members, : len(steps)] = steps
        chances[members, : len(steps)] = chance
    return offsets, chances


def _slides(
    places_mm: FloatArray, after: Points, model: MatchingModel, noise_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Slides of one group, shape (d, 3), and their probabilities."""
    longest = min(_LONGEST_MM, _REACH * model.group_mm)
    steps = (after.center_mm[None] - places_mm[:, None]).reshape(-1, 3)
    steps = steps[(steps**2).sum(axis=1) < longest**2]
    steps = np.concatenate([np.zeros((1, 3)), steps])
    steps, fit = _fitted(steps, places_mm, after.center_mm, noise_mm)
    score = fit - 0.5 * (steps**2).sum(axis=1) / (model.group_mm**2 + noise_mm**2)
    kept = [0]
    for one in np.argsort(-score, kind="stable"):
        if all(((steps[one] - steps[k]) ** 2).sum() > _SAME_MM**2 for k in kept):
            kept.append(int(one))
        if len(kept) == _MOST:
            break
    chance = np.exp(score[kept] - score[kept].max())
    return steps[kept], chance / chance.sum()


def _fitted(
    steps: FloatArray, places_mm: FloatArray, found_mm: FloatArray, noise_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Steps drawn to the mean of what their group meets, and how well they fit (log).

    The first step stays as it is. A find that a seed meets counts by how far it lies, a seed that
    meets none by how seldom a seed is missed.
    """
    for last in (False, True):
        moved = places_mm[None] + steps[:, None]
        gaps = found_mm[None, None] - moved[:, :, None]
        squares = (gaps**2).sum(axis=3) / noise_mm**2
        nearest = squares.argmin(axis=2)
        square = np.take_along_axis(squares, nearest[..., None], axis=2)[..., 0]
        near = np.exp(-0.5 * square)
        if last:
            return steps, np.log(near + _UNSEEN).sum(axis=1)
        gap = np.take_along_axis(gaps, nearest[..., None, None], axis=2)[:, :, 0]
        drawn = (near[..., None] * gap).sum(axis=1) / (near.sum(axis=1) + 1e-9)[:, None]
        drawn[0] = 0.0
        steps = steps + drawn
    return steps, np.zeros(len(steps))
