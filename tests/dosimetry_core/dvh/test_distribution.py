import numpy as np
import pytest

from dosimetry_core.dvh.distribution import Distribution


@pytest.fixture
def two_cells() -> Distribution:
    return Distribution.of(np.array([[20.0, 40.0], [10.0, 30.0]]), np.array([4.0, 6.0]))


def test_samples_are_ordered_from_hot_to_cold(two_cells: Distribution) -> None:
    assert two_cells.dose_gy.tolist() == [40, 30, 20, 10]
    assert two_cells.volume_mm3.tolist() == [2, 5, 7, 10]
    assert two_cells.total_mm3 == 10


@pytest.mark.parametrize(
    ("volume_mm3", "dose_gy"), [(0.5, 40), (2, 40), (2.1, 30), (5, 30), (6, 20), (9, 10), (10, 10)]
)
def test_dose_to_the_hottest_volume(
    two_cells: Distribution, volume_mm3: float, dose_gy: float
) -> None:
    assert two_cells.dose_to_hottest(volume_mm3) == dose_gy


def test_volume_with_at_least_a_dose(two_cells: Distribution) -> None:
    doses = np.array([0.0, 10, 10.1, 30, 40, 41])
    assert two_cells.volumes_at(doses).tolist() == [10, 10, 7, 5, 2, 0]


def test_the_mean_and_its_error(two_cells: Distribution) -> None:
    mean, error = two_cells.mean()
    assert mean == pytest.approx((4 * 30 + 6 * 20) / 10)
    assert error == pytest.approx(np.sqrt((4 * 20) ** 2 + (6 * 20) ** 2) / 2 / 10)


def test_only_cells_that_disagree_make_a_volume_uncertain(two_cells: Distribution) -> None:
    assert two_cells.volume_error_mm3(5.0) == 0.0
    assert two_cells.volume_error_mm3(15.0) == 3.0
    assert two_cells.volume_error_mm3(25.0) == pytest.approx(np.sqrt(4 + 9))


def test_d90_reaches_a_dose_exactly_when_v_does() -> None:
    rng = np.random.default_rng(11)
    for _ in range(50):
        found = Distribution.of(rng.gamma(4.0, 30.0, (100, 2)), rng.uniform(0.5, 1.5, 100))
        d90 = found.dose_to_hottest(0.9 * found.total_mm3)
        for level in (d90 * 0.99, d90, d90 * 1.01):
            covered = found.volumes_at(np.array([level]))[0] / found.total_mm3
            assert (d90 >= level) == (covered >= 0.9 - 1e-8)


def test_errors_are_those_of_repeated_sampling() -> None:
    """Two points in each of 400 cells of a line, with the dose 100 + x, again and again."""
    rng = np.random.default_rng(5)
    low = np.repeat(np.arange(20.0), 20)
    weights = np.full(400, 0.05)
    d90, volume, mean, told = [], [], [], []
    for _ in range(400):
        found = Distribution.of(100.0 + low[:, None] + 3.0 * rng.random((400, 2)), weights)
        d90.append(found.dose_to_hottest(18.0))
        volume.append(found.volumes_at(np.array([104.0]))[0])
        mean.append(found.mean()[0])
        told.append((found.dose_error(18.0, 1.0), found.volume_error_mm3(104.0), found.mean()[1]))
    for values, bar in zip((d90, volume, mean), np.mean(told, axis=0), strict=True):
        assert np.std(values) == pytest.approx(bar, rel=0.15)
