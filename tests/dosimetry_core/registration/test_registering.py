"""Known motions of the real CT that stands in the project (benchmarks.registration_pairs)."""

import numpy as np
import pytest

from benchmarks.registration_pairs import Case, Motion, Pair, load_planning, make_pair
from dosimetry_core.registration import RegistrationError, RegistrationGivenUp, Verdict, register
from dosimetry_core.values import Volume

GOAL_MM = 1.5


@pytest.fixture(scope="module")
def moved() -> Pair:
    """20 mm and 8 degrees, with seeds, needles, ice and noise, in slices of another height."""
    motion = Motion((8.0, -10.0, 15.0), (4.6, -4.6, 4.6))
    return make_pair(Case("", "L3", motion, seeds=30, shafts=3, ice_mm=18.0, noise_hu=15.0))


@pytest.fixture(scope="module")
def bent() -> Pair:
    """A breath: 12 mm beside the lesion, less and less farther off."""
    motion = Motion(
        (3.0, 2.0, -4.0), (2.0, 0.0, 1.0), (3.0, 4.0, 10.0), (0.0, -20.0, 25.0), bend_sigma_mm=45.0
    )
    return make_pair(Case("", "L1", motion, noise_hu=10.0, seed=1))


def test_a_patient_who_moved_and_turned_is_found(moved):
    result = register(moved.planning, moved.scan, moved.center_mm)
    assert moved.error_mm(moved.target_mm) > 15.0
    assert moved.error_mm(result.to_scan(moved.target_mm)) <= GOAL_MM
    assert result.verdict is Verdict.ACCEPTED
    assert result.reasons == ()
    assert result.deformation is None
    rotation = result.matrix[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    quality = result.quality
    assert quality.similarity_after > 0.9 > quality.similarity_before
    assert quality.inverse_max_mm < 1.5
    assert quality.residual.found >= 20
    assert quality.turn_deg == pytest.approx(8.0, abs=1.0)


def test_without_contrast_medium_and_with_the_start_of_another_frame_of_reference():
    motion = Motion((-4.0, 6.0, 3.0), (0.0, 5.0, 3.0))
    pair = make_pair(Case("", "L2", motion, slice_mm=5.0, contrast=0.3, seed=2))
    start = np.eye(4)
    start[:3, 3] = [25.0, -35.0, 40.0]
    result = register(pair.planning, pair.scan, pair.center_mm, start=start)
    assert pair.error_mm(result.to_scan(pair.target_mm)) <= GOAL_MM
    assert result.verdict is Verdict.DOUBTFUL
    assert "unusual" in result.reasons[0]


def test_a_deformation_that_betters_held_out_landmarks_is_taken(bent):
    rigid = register(bent.planning, bent.scan, bent.center_mm)
    result = register(bent.planning, bent.scan, bent.center_mm, deformable=True)
    assert result.deformation is not None, result.deformation_note
    assert result.deformation.jacobian().min() > 0.5
    np.testing.assert_allclose(result.matrix, rigid.matrix, atol=1e-6)
    errors = [bent.error_mm(one.to_scan(bent.target_mm)) for one in (rigid, result)]
    assert errors[1] < errors[0] - 0.3
    assert errors[1] <= GOAL_MM
    assert result.deformed_residual.median_mm < rigid.quality.residual.median_mm - 0.5


def test_a_patient_who_did_not_move_gets_no_deformation():
    planning = load_planning()
    result = register(planning, planning, (-63.5, 1.5, -290.0), deformable=True)
    lesion = np.array([-63.5, 1.5, -290.0])
    np.testing.assert_allclose(result.to_scan(lesion), lesion, atol=0.2)
    assert result.deformation is None
    assert "nothing to better" in result.deformation_note
    assert result.verdict is Verdict.ACCEPTED


def test_another_place_of_the_patient_fails(moved):
    far = np.eye(4)
    far[:3, 3] = [95.0, 0.0, 70.0]
    shown = Volume(moved.scan.values, far @ moved.scan.affine)
    cut = Volume(shown.values[40:], shown.affine @ _up(40))
    result = register(moved.planning, cut, moved.center_mm)
    assert result.verdict is Verdict.FAILED
    assert result.reasons


def test_a_scan_that_hardly_covers_the_lesion_is_not_accepted(moved):
    middle = int(moved.scan.to_index(moved.true_mm.mean(axis=0))[0])
    cut = Volume(moved.scan.values[middle:], moved.scan.affine @ _up(middle))
    result = register(moved.planning, cut, moved.center_mm)
    assert result.verdict is not Verdict.ACCEPTED
    assert any("of the lesion's place" in reason for reason in result.reasons)


def test_a_registration_that_is_no_longer_wanted_is_given_up(moved):
    answers = iter([True, True, False])
    with pytest.raises(RegistrationGivenUp):
        register(moved.planning, moved.scan, moved.center_mm, goes_on=lambda: next(answers))
    assert not list(answers)


def _up(slices: int) -> np.ndarray:
    step = np.eye(4)
    step[2, 3] = slices
    return step


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"start": np.diag([1.0, 1.0, -1.0, 1.0])}, "not a rigid matrix"),
        ({"start": 1.1 * np.eye(4)}, "not a rigid matrix"),
        ({"size_mm": 20.0}, "choose 100 to 300 mm"),
        ({"center_mm": (0.0, 0.0, 2000.0)}, "does not reach"),
    ],
)
def test_what_cannot_be_registered_is_refused(moved, changed, words):
    given = {"center_mm": moved.center_mm, **changed}
    with pytest.raises(RegistrationError, match=words):
        register(moved.planning, moved.scan, **given)
