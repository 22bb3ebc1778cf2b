import numpy as np

from dosimetry_core.seed_identity import SCAN_TO_SCAN
from dosimetry_core.seed_identity.motion import starting_motions
from dosimetry_core.seed_identity.points import free_points
from dosimetry_core.seed_identity.prediction import predict


def _points(places):
    count = len(places)
    return free_points(
        places, np.tile(0.25 * np.eye(3), (count, 1, 1)), np.zeros((count, 3)), np.ones(count)
    )


def test_a_seed_has_no_say_in_its_own_place():
    """Wherever a seed itself went, its predicted place comes from the others alone."""
    rng = np.random.default_rng(2)
    places = rng.uniform(0.0, 40.0, (12, 3))
    motion = starting_motions(places.mean(axis=0), np.zeros((1, 3)), np.zeros(1))
    went = places + np.array([2.0, 0.0, -1.0]) + rng.normal(0.0, 0.3, places.shape)
    astray = went.copy()
    astray[4] += [5.0, -3.0, 2.0]
    told = [
        predict(motion, _points(places), _points(after), np.eye(12), SCAN_TO_SCAN)
        for after in (went, astray)
    ]
    np.testing.assert_allclose(told[0].center_mm[4], told[1].center_mm[4], atol=1e-9)
    assert np.abs(told[0].center_mm[3] - told[1].center_mm[3]).max() > 0.01


def test_unmatched_seed_is_carried_along_and_less_certain():
    rng = np.random.default_rng(3)
    places = rng.uniform(0.0, 40.0, (20, 3))
    motion = starting_motions(places.mean(axis=0), np.zeros((1, 3)), np.zeros(1))
    pair = np.eye(20)[:, :19]
    after = places[:19] + np.array([3.0, 1.0, 2.0])
    told = predict(motion, _points(places), _points(after), pair, SCAN_TO_SCAN)
    error = told.center_mm[19] - (places[19] + np.array([3.0, 1.0, 2.0]))
    spread = np.sqrt(np.diag(told.covariance_mm2[19]))
    assert np.all(np.abs(error) < 3.0 * spread)
    assert np.all(spread < 1.5)
    assert np.all(spread > np.sqrt(np.diag(told.covariance_mm2[:19].mean(axis=0))) * 0.8)
