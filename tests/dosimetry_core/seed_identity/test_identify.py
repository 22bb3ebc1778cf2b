import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dosimetry_core.seed_identity import (
    SeedRegister,
    SeedStatus,
    Strand,
    identify_seeds,
)


def _noise(shape, seed):
    return np.random.default_rng(seed).normal(0.0, 0.4, shape)


def _ids(told):
    return [find.seed_id for find in told.finds]


@pytest.fixture
def known(implant, scan_of, limits):
    return identify_seeds(SeedRegister(), scan_of("1", implant), limits).register


def test_all_are_new_at_first(implant, scan_of, limits):
    told = identify_seeds(SeedRegister(), scan_of("1", implant), limits)
    assert _ids(told) == list(range(1, 28))
    assert {find.status for find in told.finds} == {SeedStatus.NEW}
    assert told.motion is None
    assert told.warnings == ()


def test_ids_survive_shift_rotation_and_swelling(known, implant, scan_of, limits):
    turn = Rotation.from_rotvec(np.radians([2.0, -3.0, 3.0])).as_matrix()
    middle = implant.mean(axis=0)
    after = middle + np.array([9.0, -6.0, 10.0]) + 1.07 * (implant - middle) @ turn.T
    told = identify_seeds(known, scan_of("2", after[::-1] + _noise(after.shape, 1)), limits)
    assert _ids(told) == list(range(27, 0, -1))
    assert {find.status for find in told.finds} == {SeedStatus.SAME}
    assert told.motion is not None
    np.testing.assert_allclose(told.motion.shift_mm, [9.0, -6.0, 10.0], atol=0.7)
    np.testing.assert_allclose(told.motion.rotation_deg, [2.0, -3.0, 3.0], atol=1.5)
    assert told.motion.swelling_percent == pytest.approx(7.0, abs=2.0)


def test_the_same_input_gives_the_same_result(known, implant, scan_of, limits):
    scan = scan_of("2", implant + np.array([4.0, 0.0, 0.0]) + _noise(implant.shape, 2))
    one, other = (identify_seeds(known, scan, limits) for _ in range(2))
    assert one.finds == other.finds


def test_new_seeds_get_new_ids_and_lost_ids_are_not_given_again(known, implant, scan_of, limits):
    fresh = np.array([[30.0, 5.0, 5.0], [31.0, 15.0, 12.0]])
    places = np.vstack([implant[:-1], fresh]) + np.array([1.0, 2.0, -3.0])
    told = identify_seeds(known, scan_of("2", places + _noise(places.shape, 3)), limits)
    assert _ids(told) == [*range(1, 27), 28, 29]
    assert [find.status for find in told.finds[-2:]] == [SeedStatus.NEW] * 2
    assert [seed.seed_id for seed in told.unfound] == [27]


def test_a_missed_seed_keeps_its_identity(known, implant, scan_of, limits):
    without = np.delete(implant, 13, axis=0) + np.array([5.0, 0.0, 0.0])
    second = identify_seeds(known, scan_of("2", without + _noise(without.shape, 4)), limits)
    (unseen,) = second.unfound
    assert (unseen.seed_id, unseen.status) == (14, SeedStatus.NOT_SEEN)
    np.testing.assert_allclose(
        unseen.expected_mm, implant[13] + np.array([5.0, 0.0, 0.0]), atol=2.0
    )
    again = implant + np.array([-3.0, 4.0, 6.0])
    third = identify_seeds(second.register, scan_of("3", again + _noise(again.shape, 5)), limits)
    assert _ids(third) == list(range(1, 28))
    seed = third.register.seeds[13]
    assert [sighting.scan for sighting in seed.sightings] == ["1", "3"]


def test_a_seed_that_stays_away_is_lost_and_may_come_back(known, implant, scan_of, limits):
    without = np.delete(implant, 13, axis=0)
    register = known
    for n in range(3):
        told = identify_seeds(register, scan_of(f"gone {n}", without), limits)
        register = told.register
    (lost,) = told.unfound
    assert (lost.seed_id, lost.status) == (14, SeedStatus.LOST)
    assert any("probably lost" in warning for warning in told.warnings)
    back = identify_seeds(register, scan_of("back", implant), limits)
    assert back.finds[13].seed_id == 14


def test_a_seed_that_slipped_has_migrated(known, implant, scan_of, limits):
    after = implant + np.array([3.0, 3.0, 3.0]) + _noise(implant.shape, 6)
    after[26] += [0.0, 0.0, 13.0]
    told = identify_seeds(known, scan_of("2", after), limits)
    find = told.finds[26]
    assert (find.seed_id, find.status) == (27, SeedStatus.MIGRATED)
    assert find.moved_mm is not None
    np.testing.assert_allclose(find.moved_mm, [0.0, 0.0, 13.0], atol=2.0)
    assert any("seed 27 has moved" in warning for warning in told.warnings)


def test_migration_adds_up_over_scans(known, implant, scan_of, limits):
    """Three steps of 3 mm, each short of the limit of 8 mm, are 9 mm in all."""
    register, after = known, implant.copy()
    statuses = []
    for n in range(3):
        after = after + np.array([4.0, -2.0, 1.0])
        after[26] += [0.0, 0.0, 3.2]
        told = identify_seeds(register, scan_of(f"step {n}", after), limits)
        register = told.register
        statuses.append(told.finds[26].status)
    assert statuses == [SeedStatus.SAME, SeedStatus.SAME, SeedStatus.MIGRATED]


def test_a_seed_in_the_lung_is_told_with_who_it_may_be(implant, scan_of, limits):
    def scan(name, places, confidence=0.999):
        lesion = np.linalg.norm(places - implant.mean(axis=0), axis=1) - 30.0
        lung = np.linalg.norm(places - [0.0, 0.0, 150.0], axis=1) - 40.0
        distances = {"lesion": lesion, "right lung": lung}
        return scan_of(name, places, confidence, distances, ("lesion",))

    known = identify_seeds(SeedRegister(), scan("1", implant), limits).register
    after = implant + _noise(implant.shape, 8)
    after[5] = [5.0, 5.0, 140.0]
    told = identify_seeds(known, scan("2", after), limits)
    find = told.finds[5]
    assert find.status is SeedStatus.MIGRATED
    assert find.nearest_structure == "right lung"
    assert find.outside_mm == pytest.approx(100.6, abs=3.0)
    assert find.seed_id == 6 or 6 in [other.seed_id for other in find.alternatives]
    assert any("outside of the lesion, in or near right lung" in one for one in told.warnings)


def test_expected_new_is_a_prior_that_silences_nothing(known, implant, scan_of, limits):
    fresh = np.array([[34.0, 5.0, 5.0], [-14.0, 15.0, 12.0]])
    places = np.vstack([implant, fresh]) + _noise((29, 3), 9)
    told = identify_seeds(known, scan_of("2", places), limits, expected_new=0)
    assert _ids(told) == list(range(1, 30))


def test_two_motions_that_fit_alike_are_told(scan_of, limits):
    """Of a row of seeds 5 mm apart either end may be missing, as it lies half a spacing off."""
    row = np.zeros((8, 3))
    row[:, 0] = 5.0 * np.arange(8)
    known = identify_seeds(SeedRegister(), scan_of("1", row), limits).register
    told = identify_seeds(known, scan_of("2", row[1:] - [2.5, 0.0, 0.0]), limits)
    assert all(find.identity_certainty < 0.9 for find in told.finds)
    assert any("uncertain which seed" in warning for warning in told.warnings)
    assert any("more than one common motion" in warning for warning in told.warnings)


def test_a_strand_slides_as_a_whole(scan_of, limits):
    """Seed by seed the middle of a strand that slid by 6 mm is nearer to its neighbour's place."""
    places = np.array([[x, y, 10.0 * k] for x, y in [(0, 0), (9, 0), (0, 9), (9, 9), (18, 5)]
                       for k in range(4)], dtype=float)  # fmt: skip
    places += np.repeat(np.random.default_rng(3).normal(0.0, 1.0, (5, 3)), 4, axis=0)
    after = places + np.array([2.0, 1.0, 0.0]) + _noise(places.shape, 10)
    after[16:] += [0.0, 0.0, 6.0]
    register = identify_seeds(SeedRegister(), scan_of("1", places), limits).register
    for n in range(5):
        register = register.with_strand(Strand(tuple(range(4 * n + 1, 4 * n + 5)), 10.0))
    told = identify_seeds(register, scan_of("2", after), limits)
    assert _ids(told) == list(range(1, 21))


def test_nothing_found_and_nothing_known(known, scan_of, limits):
    empty = np.empty((0, 3))
    told = identify_seeds(known, scan_of("2", empty), limits)
    assert told.finds == ()
    assert len(told.unfound) == 27
    assert told.motion is None
    nothing = identify_seeds(SeedRegister(), scan_of("1", empty), limits)
    assert nothing.register.seeds == ()


def test_refuses_a_scan_twice(known, implant, scan_of, limits):
    with pytest.raises(ValueError, match="identified already"):
        identify_seeds(known, scan_of("1", implant), limits)


@pytest.mark.parametrize("count", [-1.0, float("nan")])
def test_refuses_an_impossible_number_of_new_seeds(known, implant, scan_of, limits, count):
    with pytest.raises(ValueError, match="new seeds"):
        identify_seeds(known, scan_of("2", implant), limits, expected_new=count)
