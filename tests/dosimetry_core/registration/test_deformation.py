import numpy as np
import pytest

from dosimetry_core.registration import Deformation, LandmarkResidual
from dosimetry_core.registration.bending import why_not_taken

FIRST_MM = np.array([-20.0, 10.0, 100.0])
STEP_MM = 5.0


def _linear(gradient: np.ndarray) -> Deformation:
    k, j, i = np.indices((6, 7, 8)) * STEP_MM
    points = np.stack([i, j, k], axis=-1)
    return Deformation(points @ gradient.T, FIRST_MM, STEP_MM)


def test_a_linear_displacement_is_interpolated_exactly():
    gradient = np.array([[0.1, 0.02, 0.0], [0.0, -0.05, 0.03], [0.01, 0.0, 0.2]])
    points = FIRST_MM + np.random.default_rng(0).uniform(0.0, 25.0, (50, 3))
    found = _linear(gradient).displaced(points)
    np.testing.assert_allclose(found, points + (points - FIRST_MM) @ gradient.T, atol=1e-9)


def test_the_jacobian_of_a_linear_displacement_is_its_determinant():
    gradient = np.array([[0.1, 0.02, 0.0], [0.0, -0.05, 0.03], [0.01, 0.0, 0.2]])
    expected = np.linalg.det(np.eye(3) + gradient)
    np.testing.assert_allclose(_linear(gradient).jacobian(), expected, atol=1e-9)


def test_beyond_the_grid_the_edge_counts():
    deformation = _linear(np.diag([0.1, 0.0, 0.0]))
    at_edge = FIRST_MM + np.array([7 * STEP_MM, 0.0, 0.0])
    beyond = at_edge + np.array([100.0, 0.0, 0.0])
    np.testing.assert_allclose(deformation.displaced(beyond) - beyond, [3.5, 0.0, 0.0], atol=1e-9)


RIGID = LandmarkResidual(30, 30, 2.0, 3.0, 1.5, 0.3)
BETTER = LandmarkResidual(30, 30, 1.0, 1.5, 0.5, 0.3)
SMOOTH = np.diag([0.05, 0.05, -0.05])


@pytest.mark.parametrize(
    ("bent", "gradient", "words"),
    [
        (BETTER, SMOOTH, ""),
        (BETTER, np.diag([-1.5, 0.0, 0.0]), "changes volumes by factors of -0.50"),
        (BETTER, np.diag([0.5, 0.5, 0.5]), "changes volumes by factors of 3.38"),
        (LandmarkResidual(30, 30, 1.6, 3.0, 0.5, 0.3), SMOOTH, "must better them by 0.5 mm"),
        (LandmarkResidual(30, 25, 1.0, 1.5, 0.5, 0.3), SMOOTH, "loses landmarks: 25"),
        (LandmarkResidual(30, 30, 1.0, 1.5, 1.9, 0.3), SMOOTH, "leave 1.9 mm at the lesion"),
        (LandmarkResidual(30, 30, 1.0, 1.5, float("nan"), 0.3), SMOOTH, "leave nan mm"),
    ],
)
def test_a_deformation_must_earn_its_acceptance(bent, gradient, words):
    found = why_not_taken(RIGID, bent, _linear(gradient))
    assert words in found
    assert bool(found) == bool(words)
