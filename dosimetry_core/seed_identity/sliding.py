"""Displacements that the seeds of one strand or needle share, searched as a whole.

A strand that slid by centimetres is out of reach of its seeds one by one: near each of them may lie
another seed. Moved as one body at its own spacing it fits in one place.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.linear import inverse_of
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.points import Points
from dosimetry_core.seed_identity.prediction import Prediction

FloatArray = NDArray[np.float64]

_WIDE_SHARE = 0.1
_REACH = 3.0
_SAME_MM = 1.0
_MOST = 8
_DRAWN_LESS = 0.3
_NEVER = 1e-300
_TOO_SELDOM = 1e-5
"""Slides this much less probable than none are not looked at."""
_UNSEEN = 3e-4
"""What a seed without a find costs a slide, relative to one that meets a find exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Slides:
    """Where the strands of n seeds may have slid.

    Attributes:
        step_mm: shape (n, d, 3).
        chance: shape (n, d), how probable each is; they sum to 1.
        with_others: shape (n, d), whether a strand that slid so far still went with the others.
    """

    step_mm: FloatArray
    chance: FloatArray
    with_others: FloatArray


def no_slides(count: int) -> Slides:
    """Of seeds without strands."""
    return Slides(np.zeros((count, 1, 3)), np.ones((count, 1)), np.ones((count, 1)))


def slides_of_groups(
    before: Points,
    after: Points,
    prediction: Prediction,
    model: MatchingModel,
    noise_mm2: FloatArray,
) -> Slides:
    """Where the strand of each seed may have slid, and how probable each place is.

    Args:
        before: n seeds, those of one strand in one group.
        after: m finds.
        prediction: where each seed should be.
        model: ``group_mm`` is the spread of a shared displacement; one strand in ten slips as a
            whole as single seeds do, along the line of its seeds.
        noise_mm2: shape (n, 3, 3), covariance of a find about its seed's place in the group.
    """
    groups = [np.flatnonzero(before.group == g) for g in np.unique(before.group) if g >= 0]
    groups = [members for members in groups if len(members) >= 2]
    if not groups or len(after) == 0:
        return no_slides(len(before))
    offsets = np.zeros((len(before), _MOST, 3))
    chances = np.zeros((len(before), _MOST))
    chances[:, 0] = 1.0
    with_others = np.ones((len(before), _MOST))
    for members in groups:
        steps, chance, along = _slides(
            prediction.center_mm[members],
            after.center_mm,
            inverse_of(noise_mm2[members].mean(axis=0)),
            model,
        )
        with_others[members, : len(steps)] = along
        offsets[members, : len(steps)] = steps
        chances[members] = 0.0
        chances[members, : len(steps)] = chance
    return Slides(offsets, chances, with_others)


def _slides(
    places_mm: FloatArray,
    found_mm: FloatArray,
    precision: FloatArray,
    model: MatchingModel,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slides of one group (d, 3), their probabilities, and whether each went with the others."""
    longest = _REACH * max(model.group_mm, model.slip_along_mm)
    steps = (found_mm[None] - places_mm[:, None]).reshape(-1, 3)
    steps = steps[(steps**2).sum(axis=1) < longest**2]
    arms = places_mm - places_mm.mean(axis=0)
    line = np.linalg.eigh(arms.T @ arms)[1][:, -1]
    steps = np.concatenate([np.zeros((1, 3)), steps])
    steps = steps[sum(_priors(steps, line, model)) > _TOO_SELDOM]
    near = np.array([(np.abs(found_mm - place) < 2.0 * longest).all(axis=1) for place in places_mm])
    reached = near.any(axis=0)
    steps, fit = _fitted(steps, places_mm, found_mm[reached], precision)
    narrow, wide = _priors(steps, line, model)
    score = fit + np.log(narrow + wide + _NEVER)
    kept: list[int] = []
    for one in np.argsort(-score, kind="stable"):
        if len(kept) == _MOST:
            break
        if all(((steps[one] - steps[k]) ** 2).sum() > _SAME_MM**2 for k in kept):
            kept.append(int(one))
    chance = np.exp(score[kept] - score[kept].max())
    with_others = narrow[kept] / (narrow[kept] + wide[kept])
    return steps[kept], chance / chance.sum(), with_others


def _priors(
    steps: FloatArray, line: FloatArray, model: MatchingModel
) -> tuple[FloatArray, FloatArray]:
    """How dense slides are of strands that went with the others, and of those that did not.

    Both relative to the most probable slide with the others, shape (d,).
    """
    square_mm2 = (steps**2).sum(axis=1)
    along_mm2 = (steps @ line) ** 2
    narrow = np.exp(-0.5 * square_mm2 / model.group_mm**2)
    far = along_mm2 / model.slip_along_mm**2
    far += (square_mm2 - along_mm2) / model.slip_across_mm**2
    thinner = model.group_mm**3 / (model.slip_along_mm * model.slip_across_mm**2)
    return (1.0 - _WIDE_SHARE) * narrow, _WIDE_SHARE * thinner * np.exp(-0.5 * far)


def _fitted(
    steps: FloatArray,
    places_mm: FloatArray,
    found_mm: FloatArray,
    precision: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Steps drawn to the mean of what their group meets, and how well they fit (log).

    A find that a seed meets counts by how far it lies, a seed that
    meets none by how seldom a seed is missed.
    """
    if len(found_mm) == 0:
        return steps, np.full(len(steps), len(places_mm) * np.log(_UNSEEN))
    met, gap = _met(steps, places_mm, found_mm, precision)
    steps = steps + (met[..., None] * gap).sum(axis=1) / (met.sum(axis=1) + _DRAWN_LESS)[:, None]
    met, _ = _met(steps, places_mm, found_mm, precision)
    return steps, np.log(met + _UNSEEN).sum(axis=1)


def _met(
    steps: FloatArray,
    places_mm: FloatArray,
    found_mm: FloatArray,
    precision: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """How well each seed (d, s) meets its best find, and the way there (d, s, 3)."""
    gaps = found_mm - (places_mm[None] + steps[:, None])[:, :, None]
    squares = ((gaps @ precision) * gaps).sum(axis=3)
    meeting = np.exp(-0.5 * squares)
    best = meeting.argmax(axis=2)[..., None]
    met = np.take_along_axis(meeting, best, axis=2)[..., 0]
    return met, np.take_along_axis(gaps, best[..., None], axis=2)[:, :, 0]
