"""How fast a device's clock runs, from times of arrival that delays spoil."""

import random

import pytest

from drivers.telemetry.drift import LEAST_WINDOWS, WINDOW_S, WINDOWS, ClockDrift


def fed(ppm: float, seconds: int, delay_s: float) -> ClockDrift:
    """A device that sends each second and whose frames arrive up to ``delay_s`` late."""
    chance = random.Random(3)
    drift = ClockDrift()
    for second in range(seconds):
        drift.add(second * (1 + ppm * 1e-6), 1000.0 + second + chance.uniform(0.0, delay_s))
    return drift


@pytest.mark.parametrize("ppm", [-400.0, 0.0, 35.0, 20_000.0])
def test_the_drift_of_a_clock_is_found_under_the_jitter_of_a_usb_adapter(ppm: float) -> None:
    """Within 5 ppm after ten minutes: the least of ten delays of 16 ms varies by 2 ms."""
    found = fed(ppm, 600, 0.016).ppm
    assert found is not None
    assert found == pytest.approx(ppm, abs=5.0)


def test_without_delays_it_is_exact() -> None:
    assert fed(123.0, 600, 0.0).ppm == pytest.approx(123.0, abs=0.5)


def test_it_is_not_known_before_a_minute() -> None:
    assert fed(50.0, int(WINDOW_S * (LEAST_WINDOWS - 1)), 0.0).ppm is None


def test_only_the_last_hour_is_kept() -> None:
    drift = fed(50.0, int(WINDOW_S) * (WINDOWS + 20), 0.0)
    assert len(drift._windows) == WINDOWS
