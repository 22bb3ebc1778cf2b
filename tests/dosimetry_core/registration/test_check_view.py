import numpy as np
import pytest

from dosimetry_core.registration import (
    LandmarkResidual,
    RegistrationQuality,
    RegistrationResult,
    Verdict,
    check_view,
)
from dosimetry_core.registration.matrices import shift
from dosimetry_core.values import Volume

BY_MM = np.array([8.0, -6.0, 10.0])


def _volume(offset_mm: np.ndarray) -> Volume:
    """HU = x + 2 y + 3 z of the patient, who is ``offset_mm`` aside."""
    affine = np.diag([2.0, 2.0, 5.0, 1.0])
    affine[:3, 3] = [-100.0, -100.0, -100.0]
    k, j, i = np.indices((41, 101, 101))
    points = np.stack([i * 2.0, j * 2.0, k * 5.0], axis=-1) - 100.0 - offset_mm
    return Volume((points @ [1.0, 2.0, 3.0]).astype(np.float32), affine)


def _result(matrix: np.ndarray) -> RegistrationResult:
    quality = RegistrationQuality(
        0.5, 0.9, LandmarkResidual(9, 9, 0.1, 0.2, 0.1, 0.1), 0.1, 0.1, 0.1, 1.0, 1.0, 5.0, 0.0
    )
    return RegistrationResult(matrix, (1.0, 2.0, 3.0), 100.0, quality, Verdict.ACCEPTED, ())


@pytest.mark.parametrize(
    ("plane", "columns", "rows"),
    [
        ("axial", (1, 0, 0), (0, 1, 0)),
        ("coronal", (1, 0, 0), (0, 0, -1)),
        ("sagittal", (0, 1, 0), (0, 0, -1)),
    ],
)
def test_both_show_the_same_place_of_the_patient(plane, columns, rows):
    window = (-200.0, 250.0)
    view = check_view(
        _volume(np.zeros(3)), _volume(BY_MM), _result(shift(BY_MM)), plane, window_hu=window
    )
    along = np.arange(101) - 50.0
    weights = np.array([1.0, 2.0, 3.0])
    hu = weights @ [1.0, 2.0, 3.0] + along * (weights @ columns) + along[:, None] * (weights @ rows)
    expected = ((hu + 200.0) / 450.0).clip(0.0, 1.0)
    for shown in (view.planning, view.scan, view.blend, view.checkerboard):
        np.testing.assert_allclose(shown, expected, atol=1e-3)
    assert view.plane == plane


def test_fields_of_the_checkerboard_take_turns_and_the_blend_is_the_mean():
    bright = _volume(np.zeros(3))
    dark = Volume(np.full_like(bright.values, -500.0), bright.affine)
    bright = Volume(np.full_like(bright.values, 500.0), bright.affine)
    view = check_view(bright, dark, _result(np.eye(4)), "axial", pixel_mm=2.0, field_mm=20.0)
    assert view.checkerboard[:10, :10].min() == 1.0
    assert view.checkerboard[:10, 10:20].max() == 0.0
    assert view.checkerboard[10:20, 10:20].min() == 1.0
    np.testing.assert_allclose(view.blend, 0.5)


def test_what_a_scan_does_not_show_is_not_a_number():
    volume = _volume(np.zeros(3))
    view = check_view(volume, volume, _result(shift(np.array([80.0, 0.0, 0.0]))), "axial")
    assert not np.isnan(view.planning).any()
    assert np.isnan(view.blend[:, -1]).all()
    assert not np.isnan(view.blend[:, 0]).any()
    far = check_view(volume, volume, _result(shift(np.array([0.0, 0.0, 900.0]))), "axial")
    assert np.isnan(far.scan).all()


@pytest.mark.parametrize(
    "bad", [{"window_hu": (50.0, 50.0)}, {"pixel_mm": 0.0}, {"field_mm": -1.0}]
)
def test_an_empty_window_or_pixel_is_refused(bad):
    volume = _volume(np.zeros(3))
    with pytest.raises(ValueError, match="window"):
        check_view(volume, volume, _result(np.eye(4)), "axial", **bad)
