import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dosimetry_core.seed_identity.motion import starting_motions

STEP = np.array([[1.0, -2.0, 3.0, 0.02, -0.05, 0.04, 0.06]])


def _moved():
    return starting_motions(np.array([5.0, 5.0, 5.0]), np.zeros((1, 3)), np.zeros(1)).stepped(STEP)


def test_moves_as_it_says():
    points = np.random.default_rng(0).uniform(0.0, 30.0, (6, 3))
    turn = Rotation.from_rotvec(STEP[0, 3:6]).as_matrix()
    expected = 5.0 + STEP[0, :3] + np.exp(0.06) * (points - 5.0) @ turn.T
    np.testing.assert_allclose(_moved().moved_mm(points)[0], expected, atol=1e-12)


def test_tells_its_parameters():
    np.testing.assert_allclose(_moved().parameters(), STEP, atol=1e-12)


@pytest.mark.parametrize("which", range(7))
def test_jacobian_is_the_derivative(which):
    points = np.random.default_rng(0).uniform(0.0, 30.0, (6, 3))
    motion = _moved()
    small = np.zeros((1, 7))
    small[0, which] = 1e-6
    ahead, behind = motion.stepped(small), motion.stepped(-small)
    slope = (ahead.moved_mm(points) - behind.moved_mm(points)) / 2e-6
    np.testing.assert_allclose(
        motion.jacobian(motion.moved_mm(points))[..., which], slope, atol=1e-6
    )
