"""How much more probable it is that two finds are one seed than that they are not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import dawsn

from dosimetry_core.seed_identity.gaussian import density, distance2
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.points import Points
from dosimetry_core.seed_identity.prediction import Prediction
from dosimetry_core.seed_identity.sliding import Slides

FloatArray = NDArray[np.float64]

BODY_MM3 = 2e7
"""Volume in which a false find or a carried-off seed may lie: a trunk of 300 x 250 x 270 mm."""
_AROUND_MM = 10.0
_REAL_FINDS = 0.95
_GATE = 6.0
_ODD_AXES = 0.15
_LEAST_CHANCE = 1e-3
_OUTSIDE_SHARE = 0.01
_NEAR_MM = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class PairOdds:
    """Odds of each pair (n, m) against both being alone.

    Attributes:
        odds: of every way together.
        along: share of ``odds`` that is due to seeds that went with the others.
        square: squared Mahalanobis distance for a seed that went with the others; infinite
            beyond the gate.
    """

    odds: FloatArray
    along: FloatArray
    square: FloatArray


def pair_odds(
    before: Points,
    after: Points,
    prediction: Prediction,
    model: MatchingModel,
    *,
    new_count: float,
    noise_factor: float,
    slides: Slides,
) -> PairOdds:
    """Odds of pairs from places, axes and how sure each find is.

    Args:
        before: n seeds.
        after: m finds.
        prediction: where each seed should be.
        model: sizes of errors and motions.
        new_count: how many new seeds are expected.
        noise_factor: by which stated variances of places are multiplied.
        slides: of the strands.
    """
    shape = (len(before), len(after))
    axes = before.axis @ prediction.rotation.T
    spread = _spread(before, axes, prediction, model, noise_factor)
    stayed, along, square = _stayed(prediction, after, spread, noise_factor, slides)
    slipped = _slipped(prediction, after, spread, axes, model)
    slip, far = model.slip_rate, model.far_rate
    places = (1.0 - slip - far) * stayed + slip * slipped + far / BODY_MM3
    sure = np.clip(after.chance, _LEAST_CHANCE, 1.0 - _LEAST_CHANCE)
    real, false = sure / _REAL_FINDS, (1.0 - sure) / (1.0 - _REAL_FINDS)
    alone = new_count * real * _birth_density(prediction, after, model)
    alone += model.false_count * false / BODY_MM3
    there = np.clip(before.chance * (1.0 - model.loss_rate), 0.0, 1.0) * (1.0 - model.miss_rate)
    odds = places * _axis_ratio(axes, after.axis, before.axis, model)
    odds *= (there / (1.0 - there))[:, None] * (real / alone)[None, :]
    share = np.divide((1.0 - slip - far) * along, places, out=np.zeros(shape), where=places > 0.0)
    return PairOdds(odds=odds, along=share, square=square)


def _spread(
    before: Points,
    axes: FloatArray,
    prediction: Prediction,
    model: MatchingModel,
    noise_factor: float,
) -> FloatArray:
    """Covariance of each predicted place with the seed's own motion, shape (n, 3, 3)."""
    along = axes[:, :, None] * axes[:, None, :]
    own = model.own_mm**2 * np.eye(3) + model.own_along_mm**2 * along
    return prediction.covariance_mm2 + noise_factor * before.covariance_mm2 + own


def _stayed(
    prediction: Prediction,
    after: Points,
    spread: FloatArray,
    noise_factor: float,
    slides: Slides,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Densities of seeds with their strands, the part that went with the others, and distances."""
    count = len(spread)
    steps, chances = slides.step_mm, slides.chance
    total, along = np.zeros((count, len(after))), np.zeros((count, len(after)))
    nearest = np.full((count, len(after)), np.inf)
    for n in range(steps.shape[1]):
        delta = after.center_mm[None] - (prediction.center_mm + steps[:, n])[:, None]
        reach = _GATE * np.sqrt(
            np.trace(spread, axis1=1, axis2=2)[:, None]
            + noise_factor * np.trace(after.covariance_mm2, axis1=1, axis2=2)[None]
        )
        near = ((delta**2).sum(axis=2) < reach**2) & (chances[:, n] > 0.0)[:, None]
        i, j = np.nonzero(near)
        covariance = spread[i] + noise_factor * after.covariance_mm2[j]
        square, determinant = distance2(delta[i, j], covariance)
        weight = chances[i, n] / np.sqrt((2.0 * np.pi) ** 3 * determinant)
        here = weight * np.exp(-0.5 * square)
        total[i, j] += here
        along[i, j] += here * slides.with_others[i, n]
        nearest[i, j] = np.minimum(nearest[i, j], square)
    return total, along, nearest


def _slipped(
    prediction: Prediction,
    after: Points,
    spread: FloatArray,
    axes: FloatArray,
    model: MatchingModel,
) -> FloatArray:
    """Density of seeds that went their own way, mostly along their capsule, shape (n, m)."""
    along = axes[:, :, None] * axes[:, None, :]
    more = model.slip_along_mm**2 - model.slip_across_mm**2
    wide = spread + model.slip_across_mm**2 * np.eye(3) + more * along
    delta = after.center_mm[None] - prediction.center_mm[:, None]
    near = (delta**2).sum(axis=2) < (_GATE * model.slip_along_mm) ** 2
    i, j = np.nonzero(near)
    slipped = np.zeros(near.shape)
    slipped[i, j] = density(delta[i, j], wide[i])
    return slipped


def _birth_density(prediction: Prediction, after: Points, model: MatchingModel) -> FloatArray:
    """How dense new seeds are at each find, 1/mm3, for one new seed: around the implant."""
    places = np.concatenate([prediction.center_mm, after.center_mm])
    middle = np.median(places, axis=0) if len(places) else np.zeros(3)
    known = prediction.center_mm if len(prediction.center_mm) else middle[None]
    low, high = known.min(axis=0) - _NEAR_MM, known.max(axis=0) + _NEAR_MM
    near = np.all((after.center_mm >= low) & (after.center_mm <= high), axis=1)
    region = np.concatenate([known, after.center_mm[near]])
    sides = region.max(axis=0) - region.min(axis=0) + 2.0 * max(_AROUND_MM, model.own_along_mm)
    return np.where(near, 1.0 - _OUTSIDE_SHARE, 0.0) / sides.prod() + _OUTSIDE_SHARE / BODY_MM3


def _axis_ratio(
    axes: FloatArray, found: FloatArray, known: FloatArray, model: MatchingModel
) -> FloatArray:
    """How much two axes speak for one seed, against how common such an axis is here, (n, m)."""
    ratio = np.ones((len(axes), len(found)))
    told, seen = np.any(known != 0.0, axis=1), np.any(found != 0.0, axis=1)
    if not (told.any() and seen.any()):
        return ratio
    alike = _axis_density(axes[told] @ found[seen].T, model)
    here = np.concatenate([axes[told], found[seen]])
    common = _axis_density(here @ found[seen].T, model)
    itself = np.zeros_like(common)
    itself[np.count_nonzero(told) :] = np.diag(np.diag(common[np.count_nonzero(told) :]))
    usual = (common - itself).sum(axis=0) / max(len(here) - 1, 1)
    ratio[np.ix_(told, seen)] = alike / (0.8 * usual + 0.2)
    return ratio


def _axis_density(cosine: FloatArray, model: MatchingModel) -> FloatArray:
    """Density of the angle between two found axes of one seed, relative to any direction.

    Watson's distribution of axes, normalised with Dawson's integral, and some that are far off.
    """
    narrow = 1.0 / (4.0 * np.radians(model.axis_deg) ** 2)
    root = np.sqrt(narrow)
    peaked = np.exp(-narrow * (1.0 - cosine**2)) * root / dawsn(root)
    return (1.0 - _ODD_AXES) * peaked + _ODD_AXES
