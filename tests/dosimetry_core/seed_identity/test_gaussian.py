import numpy as np
from scipy.stats import multivariate_normal

from dosimetry_core.seed_identity.gaussian import density


def test_agrees_with_scipy():
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(20, 3, 3))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.1 * np.eye(3)
    deltas = rng.normal(size=(20, 3))
    expected = [
        multivariate_normal(cov=covariance).pdf(delta)
        for delta, covariance in zip(deltas, covariances, strict=True)
    ]
    np.testing.assert_allclose(density(deltas, covariances), expected, rtol=1e-9)
