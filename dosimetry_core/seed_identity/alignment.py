"""Ways in which one set of seeds may have moved onto another, best first.

Between two looks an implant shifts, turns and swells, and nothing tells which seed is which. Shifts
that bring many seeds near others are starts. Each is refined by matching softly and fitting the
motion in turns, with a reach that shrinks (deterministic annealing; A. Rangarajan, H. Chui and
F. L. Bookstein, "The softassign Procrustes matching algorithm", IPMI 1997).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.seed_identity.linear import solution_of
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.motion import Motions, prior_precision, starting_motions
from dosimetry_core.seed_identity.points import Points

FloatArray = NDArray[np.float64]

_CELL_MM = 2.0
_VOTE_BLUR_CELLS = 1.0
_SHIFTS = 8
_LOG_SIZES = (0.0, 0.06)
_FIRST_REACH_MM = 3.5
_LAST_REACH_MM = 1.2
_FIRST_ROUNDS = 6
_LAST_ROUNDS = 8
_KEPT_HALFWAY = 6
_KEPT = 4
_SAME_MM = 1.5
_OUTSIDER = 0.1


def aligning_motions(before: Points, after: Points, model: MatchingModel) -> Motions:
    """Up to four motions that differ, most fitting first; at least one."""
    middle = _middle(before)
    if len(before) == 0 or len(after) == 0:
        return starting_motions(middle, np.zeros((1, 3)), np.zeros(1))
    shifts = _voted_shifts(before, after, model)
    sizes = np.repeat(np.array(_LOG_SIZES), len(shifts))
    motions = starting_motions(middle, np.tile(shifts, (len(_LOG_SIZES), 1)), sizes)
    reaches = np.geomspace(_FIRST_REACH_MM, _LAST_REACH_MM, _FIRST_ROUNDS + _LAST_ROUNDS)
    motions, score = _annealed(motions, before, after, model, reaches[:_FIRST_ROUNDS])
    motions = motions.of(_distinct(motions, score, before, _KEPT_HALFWAY))
    motions, score = _annealed(motions, before, after, model, reaches[_FIRST_ROUNDS:])
    return motions.of(_distinct(motions, score, before, _KEPT))


def _middle(before: Points) -> FloatArray:
    return before.center_mm.mean(axis=0) if len(before) else np.zeros(3)


def _voted_shifts(before: Points, after: Points, model: MatchingModel) -> FloatArray:
    """Shifts (k, 3) that bring most seeds near others, and none at all."""
    differences = (after.center_mm[None] - before.center_mm[:, None]).reshape(-1, 3)
    half = int(np.ceil(model.search_mm / _CELL_MM))
    cells = np.rint(differences / _CELL_MM).astype(np.intp) + half
    inside = np.all((cells >= 0) & (cells <= 2 * half), axis=1)
    side = 2 * half + 1
    votes = np.bincount(
        np.ravel_multi_index(tuple(cells[inside].T), (side, side, side)), minlength=side**3
    ).reshape(side, side, side)
    smooth = np.asarray(
        ndimage.gaussian_filter(votes.astype(np.float64), _VOTE_BLUR_CELLS, mode="constant"),
        dtype=np.float64,
    )
    peaks = np.argwhere((smooth == ndimage.maximum_filter(smooth, 3)) & (smooth > 0.0))
    shifts: FloatArray = (peaks - half).astype(np.float64) * _CELL_MM
    prior = np.exp(-0.25 * (shifts**2).sum(axis=1) / model.shift_mm**2)
    strength = smooth[tuple(peaks.T)] * prior
    best = np.argsort(-strength, kind="stable")[: _SHIFTS - 1]
    return np.concatenate([np.zeros((1, 3)), shifts[best]])


def _annealed(
    motions: Motions,
    before: Points,
    after: Points,
    model: MatchingModel,
    reaches_mm: FloatArray,
) -> tuple[Motions, FloatArray]:
    """Motions refined over shrinking reaches, and how well each fits."""
    precision = prior_precision(model)
    score = np.zeros(len(motions))
    for reach in reaches_mm:
        moved = motions.moved_mm(before.center_mm)
        soft = np.exp(-0.5 * _squares(moved, after.center_mm) / reach**2)
        mutual = soft**2 / (
            (_OUTSIDER + soft.sum(axis=1, keepdims=True))
            * (_OUTSIDER + soft.sum(axis=2, keepdims=True))
        )
        weight = mutual.sum(axis=2) * before.chance
        toward = (mutual * before.chance[:, None]) @ after.center_mm - weight[..., None] * moved
        slopes = motions.jacobian(moved).reshape(len(motions), -1, 7)
        heavy = slopes * np.repeat(weight, 3, axis=1)[..., None] / reach**2
        normal = slopes.transpose(0, 2, 1) @ heavy + np.diag(precision)
        pull = (slopes * toward.reshape(len(motions), -1, 1)).sum(axis=1) / reach**2
        pull -= motions.parameters() * precision
        step = solution_of(normal, pull)
        motions = motions.stepped(step)
        score = weight.sum(axis=1) - 0.5 * (motions.parameters() ** 2 @ precision)
    return motions, score


def _squares(moved_mm: FloatArray, after_mm: FloatArray) -> FloatArray:
    """Squared distances, shape (k, n, m)."""
    middle = after_mm.mean(axis=0)
    moved, after = moved_mm - middle, after_mm - middle
    squares = (moved**2).sum(axis=2)[..., None] + (after**2).sum(axis=1) - 2.0 * moved @ after.T
    return np.maximum(squares, 0.0)


def _distinct(motions: Motions, score: FloatArray, before: Points, limit: int) -> NDArray[np.intp]:
    """The best-fitting motions that take the seeds to different places."""
    moved = motions.moved_mm(before.center_mm)
    kept: list[int] = []
    for one in np.argsort(-score, kind="stable"):
        gaps = [np.sqrt(((moved[one] - moved[k]) ** 2).sum(axis=1).mean()) for k in kept]
        if all(gap > _SAME_MM for gap in gaps):
            kept.append(int(one))
        if len(kept) == limit:
            break
    return np.array(kept, dtype=np.intp)
