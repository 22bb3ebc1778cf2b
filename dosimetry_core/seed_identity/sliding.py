"""Displacements that the seeds of one strand or needle share, searched as a whole.

A strand that slid by centimetres is out of reach of its seeds one by one: near each of them may lie
another seed. Moved as one body at its own spacing it fits in one place.
"""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.linear import inverse_of
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.points import Points
from dosimetry_core.seed_identity.prediction import Prediction

FloatArray = NDArray[np.float64]

_LONGEST_MM = 30.0
_WIDE = 4.0
_WIDE_SHARE = 0.1
_REACH = 3.0
_SAME_MM = 1.0
_MOST = 8
_UNSEEN = 0.003
"""What a seed without a find costs a slide, relative to one that meets a find exactly."""


def group_offsets(
    before: Points,
    after: Points,
    prediction: Prediction,
    model: MatchingModel,
    noise_mm2: FloatArray,
    pair: FloatArray,
) -> tuple[FloatArray, FloatArray] | None:
    """Where the strand of each seed may have slid, and how probable each place is.

    Args:
        before: n seeds, those of one strand in one group.
        after: m finds.
        prediction: where each seed should be.
        model: ``group_mm`` is the spread of a shared displacement; one in ten is four times wider.
        noise_mm2: shape (n, 3, 3), covariance of a find about its seed's place in the group.
        pair: shape (n, m), how probable each pair was held so far: a find that another group has
            is no find for this one.

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
    everywhere = pair.sum(axis=0)
    for members in groups:
        free = np.clip(1.0 - everywhere + pair[members].sum(axis=0), 0.0, 1.0)
        steps, chance = _slides(
            prediction.center_mm[members],
            after.center_mm,
            free,
            inverse_of(noise_mm2[members].mean(axis=0)),
            model.group_mm,
        )
        offsets[members, : len(steps)] = steps
        chances[members, : len(steps)] = chance
    return offsets, chances


def _slides(
    places_mm: FloatArray,
    found_mm: FloatArray,
    free: FloatArray,
    precision: FloatArray,
    group_mm: float,
) -> tuple[FloatArray, FloatArray]:
    """Slides of one group, shape (d, 3), and their probabilities."""
    longest = min(_LONGEST_MM, _REACH * _WIDE * group_mm)
    steps = (found_mm[None] - places_mm[:, None]).reshape(-1, 3)
    steps = steps[(steps**2).sum(axis=1) < longest**2]
    steps = np.concatenate([np.zeros((1, 3)), steps])
    near = np.array([(np.abs(found_mm - place) < 2.0 * longest).all(axis=1) for place in places_mm])
    reached = near.any(axis=0)
    steps, fit = _fitted(steps, places_mm, found_mm[reached], free[reached], precision)
    score = fit + _log_prior((steps**2).sum(axis=1), group_mm)
    kept = [0]
    for one in np.argsort(-score, kind="stable"):
        if len(kept) == _MOST:
            break
        if all(((steps[one] - steps[k]) ** 2).sum() > _SAME_MM**2 for k in kept):
            kept.append(int(one))
    chance = np.exp(score[kept] - score[kept].max())
    return steps[kept], chance / chance.sum()


def _log_prior(square_mm2: FloatArray, group_mm: float) -> FloatArray:
    narrow = np.exp(-0.5 * square_mm2 / group_mm**2)
    wide = np.exp(-0.5 * square_mm2 / (_WIDE * group_mm) ** 2) / _WIDE**3
    return np.log((1.0 - _WIDE_SHARE) * narrow + _WIDE_SHARE * wide)


def _fitted(
    steps: FloatArray,
    places_mm: FloatArray,
    found_mm: FloatArray,
    free: FloatArray,
    precision: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Steps drawn to the mean of what their group meets, and how well they fit (log).

    The first step stays as it is. A find that a seed meets counts by how far it lies, a seed that
    meets none by how seldom a seed is missed.
    """
    if len(found_mm) == 0:
        return steps, np.full(len(steps), len(places_mm) * np.log(_UNSEEN))
    met, gap = _met(steps, places_mm, found_mm, free, precision)
    drawn = (met[..., None] * gap).sum(axis=1) / (met.sum(axis=1) + 1e-9)[:, None]
    drawn[0] = 0.0
    steps = steps + drawn
    met, _ = _met(steps, places_mm, found_mm, free, precision)
    return steps, np.log(met + _UNSEEN).sum(axis=1)


def _met(
    steps: FloatArray,
    places_mm: FloatArray,
    found_mm: FloatArray,
    free: FloatArray,
    precision: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """How well each seed (d, s) meets its best find, and the way there (d, s, 3)."""
    gaps = found_mm - (places_mm[None] + steps[:, None])[:, :, None]
    squares = ((gaps @ precision) * gaps).sum(axis=3)
    meeting = free * np.exp(-0.5 * squares)
    best = meeting.argmax(axis=2)[..., None]
    met = np.take_along_axis(meeting, best, axis=2)[..., 0]
    return met, np.take_along_axis(gaps, best[..., None], axis=2)[:, :, 0]
