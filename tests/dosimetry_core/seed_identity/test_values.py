import numpy as np
import pytest

from dosimetry_core.seed_identity import (
    MatchingModel,
    MigrationLimits,
    ScanFinds,
    SeedRegister,
    Strand,
    identify_seeds,
    same_covariance,
)
from dosimetry_core.seed_identity.migration import chance_beyond, chance_moved
from dosimetry_core.values import FoundSeed

SEEDS = (FoundSeed((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.9),)


@pytest.mark.parametrize(
    ("covariance", "distances", "lesions", "message"),
    [
        (np.zeros((2, 3, 3)), {}, (), "need covariances"),
        (np.zeros((1, 3, 3)), {}, (), "not positive"),
        (same_covariance(SEEDS, (1, 1, 1)), {"lung": np.zeros(2)}, (), "one finite distance"),
        (same_covariance(SEEDS, (1, 1, 1)), {}, ("lesion",), "no distances"),
    ],
)
def test_finds_that_do_not_fit_are_refused(covariance, distances, lesions, message):
    with pytest.raises(ValueError, match=message):
        ScanFinds("1", SEEDS, covariance, distances, lesions)


def test_a_find_that_is_not_finite_is_refused():
    seeds = (FoundSeed((0.0, float("nan"), 0.0), (0.0, 0.0, 1.0), 0.9),)
    with pytest.raises(ValueError, match="not finite"):
        ScanFinds("1", seeds, same_covariance(seeds, (1, 1, 1)))


def test_strands_are_checked(implant, scan_of, limits):
    register = identify_seeds(SeedRegister(), scan_of("1", implant), limits).register
    register = register.with_strand(Strand((1, 2, 3), 10.0))
    with pytest.raises(ValueError, match="not known"):
        register.with_strand(Strand((4, 99), 10.0))
    with pytest.raises(ValueError, match="another strand"):
        register.with_strand(Strand((3, 4), 10.0))
    with pytest.raises(ValueError, match="two or more"):
        Strand((1, 1), 10.0)
    with pytest.raises(ValueError, match="above zero"):
        Strand((1, 2), 0.0)


@pytest.mark.parametrize(
    ("field", "value"), [("shift_mm", 0.0), ("own_along_mm", -1.0), ("miss_rate", 1.0)]
)
def test_impossible_models_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        MatchingModel(**{field: value})


def test_impossible_limits_are_refused():
    with pytest.raises(ValueError, match="outside_mm"):
        MigrationLimits(moved_mm=5.0, outside_mm=0.0)


def test_chance_of_migration_is_normal():
    """At the limit one half; one standard deviation beyond it 0.8413 (normal distribution)."""
    chances = chance_beyond(np.array([10.0, 12.0]), np.array([4.0, 4.0]), 10.0)
    np.testing.assert_allclose(chances, [0.5, 0.8413], atol=1e-4)
    covariance = np.diag([9.0, 1.0, 4.0])
    assert chance_moved(np.array([0.0, 0.0, 12.0]), covariance, 10.0) == pytest.approx(
        0.8413, abs=1e-4
    )
    assert chance_moved(np.zeros(3), covariance, 10.0) < 1e-12
