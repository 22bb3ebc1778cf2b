import numpy as np
import pytest

from dosimetry_core.dvh.histogram import Histogram


@pytest.fixture
def four() -> Histogram:
    return Histogram.of(np.array([20.0, 40.0, 10.0, 30.0]), np.array([2.0, 1.0, 4.0, 3.0]))


def test_samples_are_ordered_from_hot_to_cold(four: Histogram) -> None:
    assert four.dose_gy.tolist() == [40, 30, 20, 10]
    assert four.volume_mm3.tolist() == [1, 4, 6, 10]
    assert four.total_mm3 == 10


@pytest.mark.parametrize(
    ("volume_mm3", "dose_gy"), [(0.5, 40), (1, 40), (1.1, 30), (4, 30), (5, 20), (9, 10), (10, 10)]
)
def test_dose_to_the_hottest_volume(four: Histogram, volume_mm3: float, dose_gy: float) -> None:
    assert four.dose_to_hottest(volume_mm3) == dose_gy


@pytest.mark.parametrize(
    ("dose_gy", "percent"), [(0, 100), (10, 100), (10.1, 60), (30, 40), (40, 10), (41, 0)]
)
def test_volume_with_at_least_a_dose(four: Histogram, dose_gy: float, percent: float) -> None:
    assert four.volume_percent_at(dose_gy) == pytest.approx(percent)


def test_d90_reaches_a_dose_exactly_when_v_does() -> None:
    rng = np.random.default_rng(11)
    for _ in range(50):
        histogram = Histogram.of(rng.gamma(4.0, 30.0, 200), rng.uniform(0.5, 1.5, 200))
        d90 = histogram.dose_to_hottest(0.9 * histogram.total_mm3)
        for level in (d90 * 0.99, d90, d90 * 1.01):
            assert (d90 >= level) == (histogram.volume_percent_at(level) >= 90.0 - 1e-6)
