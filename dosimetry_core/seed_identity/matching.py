"""Which of the finds after is which of the seeds before, with all that is uncertain in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.alignment import aligning_motions
from dosimetry_core.seed_identity.assignment import best_links
from dosimetry_core.seed_identity.marginals import Marginals, pair_marginals
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.motion import Motions
from dosimetry_core.seed_identity.odds import PairOdds, pair_odds
from dosimetry_core.seed_identity.points import Points
from dosimetry_core.seed_identity.prediction import Prediction, predict, unfitted
from dosimetry_core.seed_identity.sliding import slides_of_groups

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_ROUNDS = 3
_HOPELESS = 40.0
_TRUST = 0.2
"""Scores differ by chance, by several where seeds lie in rows: they are taken for a fifth."""
_SAME_MM = 1.0
_FEWEST_NEW = 0.5
_MOST_NOISE = 9.0
_SURE = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """A matching of n seeds with m finds.

    Attributes:
        link: shape (n,); the find of each seed, -1 for none.
        pair: shape (n, m); how probable each pair is.
        row_alone: shape (n,); how probable it is that a seed was not found.
        column_alone: shape (m,); how probable it is that a find is none of the seeds.
        place_mm: shape (n, 3); where each seed should be, judged by the others.
        place_covariance_mm2: shape (n, 3, 3).
        rotation: shape (3, 3), the common rotation.
        motion: the most probable common motion.
        motion_certainty: how probable it is, against others that were tried.
        noise_factor: by which the stated variances of places had to be multiplied.
    """

    link: IntArray
    pair: FloatArray
    row_alone: FloatArray
    column_alone: FloatArray
    place_mm: FloatArray
    place_covariance_mm2: FloatArray
    rotation: FloatArray
    motion: Motions
    motion_certainty: float
    noise_factor: float


@dataclass(slots=True, eq=False)
class _Trial:
    """One way in which everything may have moved, as far as it is worked out."""

    prediction: Prediction
    odds: PairOdds
    marginals: Marginals
    noise_factor: float

    @property
    def score(self) -> float:
        return self.marginals.log_evidence + self.prediction.log_prior


def match_points(
    before: Points, after: Points, model: MatchingModel, *, expected_new: float | None = None
) -> Matching:
    """Match by optimal assignment, together with the common motion.

    Args:
        before: n seeds.
        after: m finds.
        model: sizes of errors and motions.
        expected_new: how many seeds were put in since; None lets the numbers found tell.
    """
    motions = aligning_motions(before, after, model)
    trials = [
        _first_trial(motions.of(np.array([k])), before, after, model, expected_new)
        for k in range(len(motions))
    ]
    for _ in range(_ROUNDS):
        best = max(trial.score for trial in trials)
        refined = [
            _refined(trial, before, after, model, expected_new)
            for trial in trials
            if trial.score > best - _HOPELESS
        ]
        trials = _distinct(refined)
    noise_mm = _usual_noise_mm(before, after, model, trials[0].noise_factor)
    return _mixed(trials, before, after, noise_mm)


def _distinct(trials: list[_Trial]) -> list[_Trial]:
    """Best first, without those that have come to the same places as a better one."""
    kept: list[_Trial] = []
    for trial in sorted(trials, key=lambda trial: -trial.score):
        places = trial.prediction.center_mm
        gaps = [((places - one.prediction.center_mm) ** 2).sum(axis=1) for one in kept]
        if all(gap.size and float(gap.mean()) > _SAME_MM**2 for gap in gaps):
            kept.append(trial)
    return kept


def _first_trial(
    motion: Motions,
    before: Points,
    after: Points,
    model: MatchingModel,
    expected_new: float | None,
) -> _Trial:
    prediction = unfitted(motion, before, model)
    surplus = len(after) - float(before.chance.sum())
    new_count = max(_FEWEST_NEW, surplus) if expected_new is None else expected_new
    return _trial(prediction, before, after, model, max(new_count, _FEWEST_NEW), 1.0)


def _trial(
    prediction: Prediction,
    before: Points,
    after: Points,
    model: MatchingModel,
    new_count: float,
    noise_factor: float,
) -> _Trial:
    noise_mm2 = _noise_mm2(before, after, prediction.rotation, model, noise_factor)
    odds = pair_odds(
        before,
        after,
        prediction,
        model,
        new_count=new_count,
        noise_factor=noise_factor,
        slides=slides_of_groups(before, after, prediction, model, noise_mm2),
    )
    return _Trial(prediction, odds, pair_marginals(odds.odds), noise_factor)


def _refined(
    trial: _Trial,
    before: Points,
    after: Points,
    model: MatchingModel,
    expected_new: float | None,
) -> _Trial:
    went_along = trial.marginals.pair * trial.odds.along
    prediction = predict(trial.prediction.motion, before, after, went_along, model)
    new_count = expected_new
    if new_count is None:
        new_count = float(trial.marginals.column_alone.sum()) - model.false_count
    return _trial(
        prediction,
        before,
        after,
        model,
        max(new_count, _FEWEST_NEW),
        _noise_factor(trial, went_along),
    )


def _noise_factor(trial: _Trial, went_along: FloatArray) -> float:
    """By how much sure pairs are further apart than was stated; at least 1."""
    sure = (went_along > _SURE) & np.isfinite(trial.odds.square)
    count = int(np.count_nonzero(sure))
    if count < 4:
        return trial.noise_factor
    mean = float(trial.odds.square[sure].sum()) / (3.0 * count)
    return float(np.clip(trial.noise_factor * mean, 1.0, _MOST_NOISE))


def _noise_mm2(
    before: Points, after: Points, rotation: FloatArray, model: MatchingModel, noise_factor: float
) -> FloatArray:
    """Covariance of a find about its seed's place in the group, shape (n, 3, 3)."""
    axes = before.axis @ rotation.T
    along = model.own_along_mm**2 * axes[:, :, None] * axes[:, None, :]
    usual_mm = _usual_noise_mm(before, after, model, noise_factor)
    return along + usual_mm**2 * np.eye(3)


def _usual_noise_mm(
    before: Points, after: Points, model: MatchingModel, noise_factor: float
) -> float:
    """Error of a place relative to its prediction, one standard deviation along each axis."""
    square = model.own_mm**2
    for points in (before, after):
        if len(points):
            variances = np.trace(points.covariance_mm2, axis1=1, axis2=2) / 3.0
            square += noise_factor * float(variances.mean())
    return float(np.sqrt(square))


def _mixed(trials: list[_Trial], before: Points, after: Points, noise_mm: float) -> Matching:
    """All trials weighted by how well they explain what was found, best first."""
    scores = np.array([trial.score for trial in trials])
    shares = np.exp(_TRUST * (scores - scores.max()))
    shares /= shares.sum()
    pair = _sum_of(shares, [trial.marginals.pair for trial in trials])
    row_alone = _sum_of(shares, [trial.marginals.row_alone for trial in trials])
    column_alone = _sum_of(shares, [trial.marginals.column_alone for trial in trials])
    best = trials[0]
    return Matching(
        link=best_links(
            pair, row_alone, column_alone, before.gap_mm, after.center_mm, noise_mm=noise_mm
        ),
        pair=pair,
        row_alone=row_alone,
        column_alone=column_alone,
        place_mm=best.prediction.center_mm,
        place_covariance_mm2=best.prediction.covariance_mm2,
        rotation=best.prediction.rotation,
        motion=best.prediction.motion,
        motion_certainty=float(shares[0]),
        noise_factor=best.noise_factor,
    )


def _sum_of(shares: FloatArray, arrays: list[FloatArray]) -> FloatArray:
    """Weighted sum of arrays of one shape."""
    return np.tensordot(shares, np.stack(arrays), axes=1)
