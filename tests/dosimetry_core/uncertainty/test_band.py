import math

import numpy as np
import pytest
from scipy import stats

from dosimetry_core.uncertainty import Band


def test_percentiles_of_a_normal_figure() -> None:
    values = stats.norm.ppf((np.arange(1000) + 0.5) / 1000, loc=100.0, scale=4.0)
    band = Band.of(101.0, np.random.default_rng(1).permutation(values), scatter_shift=-1.0)
    assert (band.nominal, band.scatter_shift) == (101.0, -1.0)
    assert band.low == pytest.approx(100.0 - 1.645 * 4.0, abs=0.02)
    assert band.high == pytest.approx(100.0 + 1.645 * 4.0 + 1.0, abs=0.02)
    assert band.sd == pytest.approx(4.0, rel=0.01)
    assert (np.diff(band.values) >= 0).all()
    # Standard error of a percentile: sqrt(p (1 - p) / n) over the density there.
    expected = math.sqrt(0.05 * 0.95 / 1000) / (stats.norm.pdf(-1.645) / 4.0)
    assert expected == pytest.approx(0.067 * 4.0, rel=0.01)
    assert band.low_error == pytest.approx(expected, rel=0.05)
    assert band.high_error == pytest.approx(expected, rel=0.05)


def test_the_band_reaches_to_where_the_errors_moved_the_figure_from() -> None:
    values = np.linspace(90.0, 110.0, 201)
    worse = Band.of(100.0, values, scatter_shift=-3.0)
    better = Band.of(100.0, values, scatter_shift=3.0)
    assert (worse.low, worse.high) == pytest.approx((91.0, 112.0))
    assert (better.low, better.high) == pytest.approx((88.0, 109.0))
    capped = Band.of(98.0, np.linspace(95.0, 100.0, 51), scatter_shift=-3.0, highest=100.0)
    assert capped.high == 100.0


def test_the_stated_error_is_the_scatter_of_repeated_bands() -> None:
    rng = np.random.default_rng(2)
    bands = [Band.of(9.0, 9.0 + rng.normal(size=400), scatter_shift=0.0) for _ in range(300)]
    for name in ("low", "high"):
        scatter = np.std([getattr(band, name) for band in bands])
        # 300 repetitions tell a deviation to 4 %; three of those.
        assert np.mean([getattr(band, f"{name}_error") for band in bands]) == pytest.approx(
            scatter, rel=0.12
        )


def test_probabilities_count_the_samples() -> None:
    band = Band.of(2.0, np.array([1.0, 2.0, 2.0, 3.0]), scatter_shift=0.0)
    assert [band.probability_at_least(dose) for dose in (0.5, 1.0, 2.0, 2.5, 3.0, 3.1)] == [
        *(1.0, 1.0, 0.75, 0.25, 0.25, 0.0)
    ]
    assert [band.probability_at_most(dose) for dose in (0.5, 1.0, 2.0, 2.5, 3.0)] == [
        *(0.0, 0.25, 0.75, 0.75, 1.0)
    ]
