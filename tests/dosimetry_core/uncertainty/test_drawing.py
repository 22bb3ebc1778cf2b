"""Each error does what its name says, and nothing else."""

import numpy as np
import pytest

from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.uncertainty import DoseErrors
from dosimetry_core.uncertainty.drawing import draw_implant, drawn_axes

NOTHING = {
    "registration_sd_mm": 0.0,
    "position_sd_mm": 0.0,
    "axis_sd_deg": 0.0,
    "calibration_sd_percent": 0.0,
    "seed_strength_sd_percent": 0.0,
}
DRAWS = 200


def drawn(seeds: ImplantedSources, **sd: float) -> list[tuple[ImplantedSources, ...]]:
    """Implants of two batches."""
    rng = np.random.default_rng(7)
    errors = DoseErrors(**{**NOTHING, **sd})
    return [draw_implant([seeds, seeds], errors, rng) for _ in range(DRAWS)]


def test_without_errors_nothing_changes(many_seeds: ImplantedSources) -> None:
    for one in drawn(many_seeds)[0]:
        assert np.array_equal(one.centers_mm, many_seeds.centers_mm)
        assert np.array_equal(one.strengths_u, many_seeds.strengths_u)
        assert one.axes == pytest.approx(many_seeds.axes, abs=1e-12)


def test_registration_shifts_all_seeds_of_all_batches_alike(many_seeds: ImplantedSources) -> None:
    shifts = np.array(
        [
            np.concatenate([one.centers_mm - many_seeds.centers_mm for one in pair])
            for pair in drawn(many_seeds, registration_sd_mm=2.0)
        ]
    )
    assert np.ptp(shifts, axis=1).max() < 1e-9
    # 600 numbers tell a deviation to 3 %.
    assert shifts[:, 0].std() == pytest.approx(2.0, rel=0.09)


def test_position_errors_are_each_seeds_own(many_seeds: ImplantedSources) -> None:
    moves = np.array(
        [
            np.concatenate([one.centers_mm - many_seeds.centers_mm for one in pair])
            for pair in drawn(many_seeds, position_sd_mm=1.0)
        ]
    )
    assert moves.std(axis=(0, 1)) == pytest.approx(np.ones(3), rel=0.03)
    between = np.corrcoef(moves[:, :, 0], rowvar=False)
    np.fill_diagonal(between, 0.0)
    assert np.abs(between).max() < 5 / np.sqrt(DRAWS)


def test_calibration_is_common_to_all_and_the_rest_each_seeds_own(
    many_seeds: ImplantedSources,
) -> None:
    def logs(**sd: float) -> np.ndarray:
        return np.log(
            [
                np.concatenate([one.strengths_u / many_seeds.strengths_u for one in pair])
                for pair in drawn(many_seeds, **sd)
            ]
        )

    common = logs(calibration_sd_percent=3.0)
    assert np.ptp(common, axis=1).max() < 1e-12
    assert common[:, 0].std() == pytest.approx(0.03, rel=0.15)
    own = logs(seed_strength_sd_percent=2.0)
    assert own.std() == pytest.approx(0.02, rel=0.03)
    assert own.mean(axis=1).std() == pytest.approx(0.02 / np.sqrt(own.shape[1]), rel=0.2)


def test_axes_tilt_about_both_directions_across() -> None:
    rng = np.random.default_rng(9)
    axes = np.tile(np.array([0.6, 0.0, 0.8]), (20_000, 1))
    tilted = drawn_axes(axes, len(axes), 8.0, rng)
    assert np.linalg.norm(tilted, axis=1) == pytest.approx(np.ones(len(axes)))
    angle = np.degrees(np.arccos(np.sum(tilted * axes, axis=1)))
    # The length of two normal angles: Rayleigh, its median is sd sqrt(2 ln 2).
    assert np.median(angle) == pytest.approx(8.0 * np.sqrt(2 * np.log(2)), rel=0.02)
    across = np.degrees(tilted @ np.array([0.0, 1.0, 0.0]))
    assert across.std() == pytest.approx(8.0, rel=0.03)


def test_unknown_axes_point_anywhere() -> None:
    drawn_anywhere = drawn_axes(None, 20_000, 8.0, np.random.default_rng(9))
    assert np.mean(drawn_anywhere, axis=0) == pytest.approx(np.zeros(3), abs=0.02)
    assert np.mean(drawn_anywhere**2, axis=0) == pytest.approx(np.full(3, 1 / 3), rel=0.02)
