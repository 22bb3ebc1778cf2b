"""Where each seed should be now, judged by where the others went."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.linear import inverse_of, summed
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.motion import Motions, prior_precision
from dosimetry_core.seed_identity.points import Points

FloatArray = NDArray[np.float64]
_LEAST_WEIGHT = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Places of seeds, each from all the others and not from itself.

    Attributes:
        center_mm: shape (n, 3).
        covariance_mm2: shape (n, 3, 3); of the common motion alone.
        rotation: shape (3, 3); the common rotation.
        motion: the common motion, fitted to all.
        log_prior: how unlikely so large a motion was held beforehand (0 for none, else below).
    """

    center_mm: FloatArray
    covariance_mm2: FloatArray
    rotation: FloatArray
    motion: Motions
    log_prior: float


def unfitted(motion: Motions, before: Points, model: MatchingModel) -> Prediction:
    """What one motion says by itself; its places are uncertain by the bending."""
    count = len(before)
    spread = model.bend_mm**2 + 1.0
    return Prediction(
        center_mm=motion.moved_mm(before.center_mm)[0],
        covariance_mm2=np.tile(spread * np.eye(3), (count, 1, 1)),
        rotation=motion.rotation[0],
        motion=motion,
        log_prior=_log_prior(motion, model),
    )


def predict(
    motion: Motions,
    before: Points,
    after: Points,
    pair: FloatArray,
    model: MatchingModel,
) -> Prediction:
    """Places of all seeds, each from the pairs of the others.

    The displacement is a Gaussian process: shift, rotation and size common to all and a smooth
    bending. Leaving one out follows from the inverse of the covariance
    (C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning, 2006, 5.4.2).

    Args:
        motion: a single motion about which the rotation is linearised.
        before: n seeds.
        after: m seeds.
        pair: shape (n, m); how probable each pair is.
        model: the sizes of all motions.
    """
    count = len(before)
    if count == 0 or len(after) == 0:
        return unfitted(motion, before, model)
    moved = motion.moved_mm(before.center_mm)[0]
    weight = np.maximum(pair.sum(axis=1), _LEAST_WEIGHT)
    target = (pair @ after.center_mm + _LEAST_WEIGHT * moved) / (
        pair.sum(axis=1, keepdims=True) + _LEAST_WEIGHT
    )
    slopes = motion.jacobian(moved[None])[0]
    at = motion.parameters()[0]
    seen = target - moved + slopes @ at

    noise = (_noise_mm2(before, after, pair) + _own_mm2(before, model)) / weight
    inverse = inverse_of(_shared(before, model) + np.diag(noise))
    inverse = 0.5 * (inverse + inverse.T)
    pulled = summed("ij,jcp->icp", inverse, slopes)
    precision = prior_precision(model)
    inner = inverse_of(np.diag(precision) + summed("icp,icq->pq", slopes, pulled))
    toward = summed("icp,ic->p", pulled, seen)
    solved = inverse @ seen - pulled @ (inner @ toward)
    own = np.diag(inverse)[:, None, None] * np.eye(3) - pulled @ inner @ pulled.transpose(0, 2, 1)
    left_out = inverse_of(own)
    offset = seen - (left_out @ solved[..., None])[..., 0]
    fitted = motion.stepped((inner @ toward - at)[None])
    covariance = left_out - noise[:, None, None] * np.eye(3)
    return Prediction(
        center_mm=moved - slopes @ at + offset,
        covariance_mm2=0.5 * (covariance + covariance.transpose(0, 2, 1)),
        rotation=fitted.rotation[0],
        motion=fitted,
        log_prior=_log_prior(fitted, model),
    )


def _noise_mm2(before: Points, after: Points, pair: FloatArray) -> FloatArray:
    """Variance of a displacement seen at each seed, averaged over directions, shape (n,)."""
    before_mm2 = np.trace(before.covariance_mm2, axis1=1, axis2=2) / 3.0
    after_mm2 = np.trace(after.covariance_mm2, axis1=1, axis2=2) / 3.0
    usual = float(after_mm2.mean())
    shares = pair.sum(axis=1)
    return before_mm2 + (pair @ after_mm2 + _LEAST_WEIGHT * usual) / (shares + _LEAST_WEIGHT)


def _shared(before: Points, model: MatchingModel) -> FloatArray:
    """Covariance of the smooth displacements of seeds, shape (n, n), mm2."""
    gap = before.center_mm[:, None] - before.center_mm[None]
    square = (gap**2).sum(axis=2) / model.bend_length_mm**2
    return model.bend_mm**2 * np.exp(-0.5 * square)


def _own_mm2(before: Points, model: MatchingModel) -> FloatArray:
    """Variance of a seed's own motion and of its strand's, shape (n,)."""
    grouped = (before.group >= 0).astype(np.float64)
    return model.own_mm**2 + model.group_mm**2 * grouped


def _log_prior(motion: Motions, model: MatchingModel) -> float:
    return float(-0.5 * (motion.parameters()[0] ** 2 @ prior_precision(model)))
