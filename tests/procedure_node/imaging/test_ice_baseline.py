"""Laying the scan from before freezing over a scan of a patient who has moved."""

from typing import Any

import numpy as np
import pytest

from dosimetry_core.ice import IceError
from dosimetry_core.registration import RegistrationError
from dosimetry_core.values import Volume
from procedure_node.imaging import ice_baseline
from procedure_node.imaging.ice_baseline import Search, ice_against
from simulators.patient import load_baseline
from simulators.phantom import IceEllipsoid, with_ice, with_noise

PLACE_MM = np.array([-22.0, -62.0, -267.5])
"""In the liver of the demonstration's CT, in lesion L1 of docs/demo_patient.md."""

CROP_MM = 90.0


@pytest.fixture(scope="module")
def before() -> Volume:
    """The real CT round the place."""
    whole = load_baseline().volume
    last = np.array(whole.values.shape) - 1
    low = np.clip(np.ceil(whole.to_index(PLACE_MM - CROP_MM)), 0, last).astype(int)
    high = np.clip(np.floor(whole.to_index(PLACE_MM + CROP_MM)), 0, last).astype(int)
    affine = whole.affine.copy()
    affine[:3, 3] = whole.to_patient_mm(low.astype(float))
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    return Volume(whole.values[box], affine)


def frozen(before: Volume, moved_mm: tuple[float, float, float]) -> tuple[Volume, Search, Any]:
    """The patient moved, with ice round one tip; where to look, and the truth."""
    affine = before.affine.copy()
    affine[:3, 3] += moved_mm
    x, y, z = PLACE_MM + moved_mm
    ball = IceEllipsoid((x, y, z), (0.0, -1.0, 0.0), 16.0, 13.0)
    scan = with_noise(with_ice(Volume(before.values, affine), [ball]), 10.0, seed=3)
    kji = np.moveaxis(np.indices(scan.values.shape, dtype=float), 0, -1).reshape(-1, 3)
    truth = (ball.depth_mm(scan.to_patient_mm(kji)) > 0).reshape(scan.values.shape)
    return scan, Search(((x, y - 8.0, z),), ((0.0, -1.0, 0.0),)), truth


def overlap(found: Any, scan: Volume, truth: Any) -> float:
    mask = found.finding.on_grid_of(scan)
    return 2.0 * float((mask & truth).sum()) / float(mask.sum() + truth.sum())


def test_a_patient_who_lies_still_needs_no_registration(
    before: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_baseline, "register", None)
    scan, search, truth = frozen(before, (0.0, 0.0, 0.0))
    found = ice_against(scan, before, search, same_frame=True)
    assert (found.use, found.warnings) == ("FRAME", ())
    assert overlap(found, scan, truth) >= 0.90


@pytest.mark.parametrize("same_frame", [True, False])
def test_a_patient_who_moved_far_is_registered_by_the_images(
    before: Volume, same_frame: bool
) -> None:
    """Farther than a common shift is looked for; a common frame of reference does not help."""
    scan, search, truth = frozen(before, (7.0, -8.0, 4.0))
    found = ice_against(scan, before, search, same_frame=same_frame)
    assert found.use == "REGISTERED", found.warnings
    assert found.warnings == ()
    assert overlap(found, scan, truth) >= 0.90


def refuse(*_: Any, **__: Any) -> None:
    raise RegistrationError("the scan does not reach the lesion")


def test_a_small_shift_is_enough_where_registering_is_refused(
    before: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_baseline, "register", refuse)
    scan, search, truth = frozen(before, (2.0, 1.0, 0.0))
    found = ice_against(scan, before, search, same_frame=True)
    assert found.use == "FRAME"
    (told,) = found.warnings
    assert told.startswith("the baseline was only shifted to fit; registering it was not accepted:")
    assert told.endswith("the scan does not reach the lesion")
    assert overlap(found, scan, truth) >= 0.90


def test_a_baseline_of_which_no_place_can_be_told_is_not_used(
    before: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shift is more than is taken out, and the images are not accepted to tell it."""
    monkeypatch.setattr(ice_baseline, "register", refuse)
    scan, search, _ = frozen(before, (7.0, -8.0, 4.0))
    found = ice_against(scan, before, search, same_frame=True)
    assert found.use == "NONE"
    assert found.warnings == ("the baseline could not be used: the scan does not reach the lesion",)
    assert found.finding.surface_error_mm >= 2.5


def test_another_patient_is_no_baseline(before: Volume) -> None:
    scan, search, _ = frozen(before, (0.0, 0.0, 0.0))
    turned = Volume(np.ascontiguousarray(before.values[:, ::-1, ::-1]), before.affine)
    found = ice_against(scan, turned, search, same_frame=False)
    assert found.use == "NONE"
    assert found.warnings[0].startswith("the baseline could not be used: ")


def test_without_a_baseline_and_without_tissue_around_there_is_no_ice_to_be_told() -> None:
    air = Volume(np.full((30, 60, 60), -1000, np.int16), np.diag([1.0, 1.0, 2.5, 1.0]))
    search = Search(((30.0, 30.0, 37.0),), ())
    with pytest.raises(IceError, match="too little soft tissue"):
        ice_against(air, None, search, same_frame=False)
