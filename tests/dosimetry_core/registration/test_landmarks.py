from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from dosimetry_core.registration.carrying import Carried, carried_by
from dosimetry_core.registration.landmarks import Matches, held_out_landmarks, match
from dosimetry_core.registration.matrices import shift
from dosimetry_core.registration.patches import VOXEL_MM, Patch
from dosimetry_core.registration.residual import residual_of
from dosimetry_core.registration.starts import best_shift

CENTER_MM = np.array([10.0, -20.0, 30.0])


def _patch(size: int, seed: int = 0) -> Patch:
    """Blobs of tissue of about 10 mm."""
    noise = np.random.default_rng(seed).standard_normal((size, size, size))
    smooth = ndimage.gaussian_filter(noise, 2.5)
    values = (60.0 + 60.0 * smooth / smooth.std()).clip(-150.0, 300.0).astype(np.float32)
    whole = np.ones(values.shape, bool)
    first = CENTER_MM - (size - 1) * VOXEL_MM / 2.0
    return Patch(values, whole, whole, ~whole, first)


@pytest.fixture(scope="module")
def scene():
    moving = _patch(90)
    fixed = moving.part(np.array([18, 18, 18]), 54)
    return fixed, moving


def test_held_out_blocks_are_kept_from_the_optimiser(scene):
    fixed, _ = scene
    landmarks = held_out_landmarks(fixed, CENTER_MM)
    assert len(landmarks.index) >= 8
    usable = landmarks.left_out_of(fixed)
    for k, j, i in landmarks.index:
        assert not usable[k - 4 : k + 5, j - 4 : j + 5, i - 4 : i + 5].any()
    assert 0.3 < usable.mean() < 0.95


def test_metal_keeps_landmarks_away(scene):
    fixed, _ = scene
    first = held_out_landmarks(fixed, CENTER_MM).index[0]
    usable = fixed.usable.copy()
    usable[tuple(slice(n - 1, n + 2) for n in first)] = False
    landmarks = held_out_landmarks(replace(fixed, usable=usable), CENTER_MM)
    assert np.abs(landmarks.index - first).max(axis=1).min() > 2


def test_landmarks_are_found_where_the_scan_shows_them(scene):
    fixed, moving = scene
    landmarks = held_out_landmarks(fixed, CENTER_MM)
    off = np.array([1.2, -2.0, 3.1])
    matches = match(landmarks, fixed, carried_by(fixed, moving, shift(-off)))
    assert len(matches.places_mm) == matches.tried == len(landmarks.index)
    # One match is known to about a fourth of a voxel, all together much better.
    assert np.abs(matches.residual_mm - off).max() < 1.0
    np.testing.assert_allclose(matches.residual_mm.mean(axis=0), off, atol=0.2)
    residual = residual_of(matches, CENTER_MM)
    assert residual.median_mm == pytest.approx(np.linalg.norm(off), abs=0.4)
    assert residual.at_lesion_mm == pytest.approx(np.linalg.norm(off), abs=0.4)


def test_landmarks_of_another_patient_are_not_found(scene):
    fixed, _ = scene
    landmarks = held_out_landmarks(fixed, CENTER_MM)
    other = _patch(54, seed=9)
    whole = other.usable
    matches = match(landmarks, fixed, Carried(other.values, whole, whole, ~whole))
    assert matches.tried == len(landmarks.index)
    assert len(matches.places_mm) <= 0.3 * matches.tried
    assert match(landmarks, fixed, Carried(other.values, ~whole, whole, ~whole)).tried == 0


def test_a_search_finds_a_far_shift(scene):
    fixed, moving = scene
    by_mm = np.array([24.0, -18.0, 30.0])
    far = replace(moving, first_mm=moving.first_mm + by_mm)
    matrix, likeness = best_shift(fixed, far)
    # The search goes in steps of 6 mm.
    assert np.abs(matrix[:3, 3] - by_mm).max() <= 3.1
    assert likeness > 0.8


def test_nothing_usable_gives_no_search(scene):
    fixed, moving = scene
    matrix, likeness = best_shift(fixed, replace(moving, usable=np.zeros_like(moving.usable)))
    np.testing.assert_array_equal(matrix, np.eye(4))
    assert likeness == -1.0


def test_a_bend_and_outliers_are_told_from_what_is_left_at_the_lesion():
    rng = np.random.default_rng(4)
    places = CENTER_MM + rng.uniform(-50.0, 50.0, (40, 3))
    bend = np.array([[0.02, 0.0, 0.0], [0.0, 0.01, 0.0], [0.0, 0.02, -0.02]])
    residual = np.array([1.0, -2.0, 0.5]) + (places - CENTER_MM) @ bend.T
    residual += 0.2 * rng.standard_normal(residual.shape)
    residual[:4] += 6.0
    found = residual_of(Matches(places, residual, 45), CENTER_MM)
    assert (found.tried, found.found) == (45, 40)
    truth = float(np.linalg.norm([1.0, -2.0, 0.5]))
    assert found.at_lesion_mm == pytest.approx(truth, abs=3.0 * found.at_lesion_error_mm)
    assert found.at_lesion_error_mm < 0.5


def test_too_few_landmarks_say_nothing_of_the_lesion():
    none = residual_of(Matches(np.zeros((0, 3)), np.zeros((0, 3)), 5), CENTER_MM)
    assert (none.tried, none.found) == (5, 0)
    assert np.isnan([none.median_mm, none.p90_mm, none.at_lesion_mm]).all()
    three = residual_of(Matches(np.zeros((3, 3)), np.ones((3, 3)), 3), CENTER_MM)
    assert three.median_mm == pytest.approx(3.0**0.5)
    assert np.isnan(three.at_lesion_mm)
