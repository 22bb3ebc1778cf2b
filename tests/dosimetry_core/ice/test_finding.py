import numpy as np
import pytest

from dosimetry_core.ice import IceError, find_ice
from dosimetry_core.values import Volume


@pytest.mark.parametrize("noise_hu", [10.0, 25.0])
@pytest.mark.parametrize(
    ("slice_mm", "least_dice", "most_mm"), [(1.25, 0.93, 0.8), (2.5, 0.92, 0.8), (5.0, 0.91, 0.8)]
)
def test_ice_round_two_probes(make_freeze, agreement, slice_mm, least_dice, most_mm, noise_hu):
    freeze = make_freeze(slice_mm=slice_mm, noise_hu=noise_hu)
    scan = freeze.scan()
    finding = find_ice(scan, freeze.baseline(), probe_tips_mm=freeze.tips)
    overlap, distance_mm = agreement(finding.on_grid_of(scan), freeze.truth, freeze.spacing)
    assert overlap >= least_dice
    assert distance_mm <= most_mm
    assert distance_mm <= finding.surface_error_mm
    assert finding.volume_cc == pytest.approx(
        freeze.truth.sum() * freeze.spacing.prod() / 1000.0, rel=0.12
    )


@pytest.mark.parametrize("shift_mm", [(2.0, -1.5, 0.0), (0.0, 2.0, 3.0)])
def test_a_shift_of_a_few_mm_is_taken_out(make_freeze, agreement, shift_mm):
    freeze = make_freeze(shift_mm=shift_mm)
    scan = freeze.scan()
    finding = find_ice(scan, freeze.baseline(), probe_tips_mm=freeze.tips)
    overlap, distance_mm = agreement(finding.on_grid_of(scan), freeze.truth, freeze.spacing)
    assert overlap >= 0.90
    assert distance_mm <= 1.0
    assert any("shifted" in warning for warning in finding.warnings)


def test_the_baseline_may_lie_on_another_grid(make_freeze, agreement):
    freeze, coarse = make_freeze(slice_mm=2.5), make_freeze(slice_mm=4.0, size_mm=(90, 100, 105))
    before = coarse.baseline()
    affine = before.affine.copy()
    affine[:3, 3] += freeze.center - coarse.center
    scan = freeze.scan()
    finding = find_ice(scan, Volume(before.values, affine), probe_tips_mm=freeze.tips)
    assert agreement(finding.on_grid_of(scan), freeze.truth, freeze.spacing)[0] >= 0.90


def test_without_tips_the_largest_fall_is_taken_and_told(make_freeze, agreement):
    freeze = make_freeze()
    scan = freeze.scan()
    finding = find_ice(scan, freeze.baseline())
    assert agreement(finding.on_grid_of(scan), freeze.truth, freeze.spacing)[0] >= 0.90
    assert any("no probe tips" in warning for warning in finding.warnings)


def test_a_fall_away_from_the_probes_is_not_ice(make_freeze):
    freeze = make_freeze(probes=False)
    away = tuple(freeze.center + np.array([0.0, -40.0, 0.0]))
    finding = find_ice(freeze.scan(), freeze.baseline(), probe_tips_mm=[away])
    assert not finding.mask.values.any()
    assert finding.volume_cc == 0.0
    assert any("no ice was found" in warning for warning in finding.warnings)


def test_nothing_frozen_gives_no_ice(make_freeze):
    freeze = make_freeze(fall_hu=0.0)
    finding = find_ice(freeze.scan(), freeze.baseline(), probe_tips_mm=freeze.tips)
    assert finding.volume_cc < 0.3


def test_ice_cut_off_by_the_search_is_told(make_freeze):
    freeze = make_freeze()
    finding = find_ice(
        freeze.scan(), freeze.baseline(), probe_tips_mm=freeze.tips, search_radius_mm=12.0
    )
    assert any("may extend beyond" in warning for warning in finding.warnings)


def test_the_mask_is_cropped_on_the_grid_of_the_scan(make_freeze):
    freeze = make_freeze()
    scan = freeze.scan()
    finding = find_ice(
        scan, freeze.baseline(), probe_tips_mm=freeze.tips[:1], search_radius_mm=25.0
    )
    assert finding.mask.values.dtype == np.bool_
    assert finding.mask.values.size < scan.values.size
    whole = finding.on_grid_of(scan)
    assert whole.sum() == finding.mask.values.sum()
    here = scan.to_patient_mm(np.argwhere(whole).mean(axis=0))
    there = finding.mask.to_patient_mm(np.argwhere(finding.mask.values).mean(axis=0))
    assert here == pytest.approx(there)


def test_a_mask_does_not_fit_another_scan(make_freeze):
    freeze = make_freeze()
    finding = find_ice(freeze.scan(), freeze.baseline(), probe_tips_mm=freeze.tips)
    other = freeze.affine.copy()
    other[:3, 3] += 0.4
    with pytest.raises(IceError, match="does not fit"):
        finding.on_grid_of(Volume(freeze.scan().values, other))


def test_a_baseline_of_another_place_is_refused(make_freeze):
    freeze = make_freeze()
    elsewhere = freeze.affine.copy()
    elsewhere[2, 3] += 500.0
    with pytest.raises(IceError, match="baseline covers only 0 %"):
        find_ice(
            freeze.scan(),
            Volume(freeze.baseline().values, elsewhere),
            probe_tips_mm=freeze.tips,
        )


def test_probes_outside_the_scan_are_refused(make_freeze):
    freeze = make_freeze()
    with pytest.raises(IceError, match="none of the 1 probe tips"):
        find_ice(freeze.scan(), freeze.baseline(), probe_tips_mm=[(900.0, 0.0, 0.0)])


def test_one_probe_outside_is_told_and_the_other_used(make_freeze):
    freeze = make_freeze()
    tips = [freeze.tips[0], (900.0, 0.0, 0.0)]
    finding = find_ice(freeze.scan(), freeze.baseline(), probe_tips_mm=tips)
    assert finding.volume_cc > 10.0
    assert any("1 probe tip(s) lie outside" in warning for warning in finding.warnings)


def test_a_search_radius_must_be_positive(make_freeze):
    freeze = make_freeze()
    with pytest.raises(IceError, match="search_radius_mm"):
        find_ice(freeze.scan(), freeze.baseline(), search_radius_mm=0.0)


def test_a_small_ball_that_its_probes_hide(make_freeze, agreement):
    """Most of what it holds lies beside metal: the surface that is seen tells the rest."""
    freeze = make_freeze(slice_mm=1.25, semi_axes_mm=(9.0, 12.0, 9.0), noise_hu=12.0)
    scan = freeze.scan()
    finding = find_ice(
        scan, freeze.baseline(), probe_tips_mm=freeze.tips, probe_axes=[(0.0, -1.0, 0.0)] * 2
    )
    overlap, distance_mm = agreement(finding.on_grid_of(scan), freeze.truth, freeze.spacing)
    assert overlap >= 0.90
    assert distance_mm <= min(1.0, finding.surface_error_mm)


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_without_a_baseline_ice_is_told_by_the_tissue_around(make_freeze, agreement, sense):
    freeze = make_freeze(noise_hu=12.0)
    scan = freeze.scan()
    finding = find_ice(scan, None, probe_tips_mm=freeze.tips, probe_axes=[(0.0, -sense, 0.0)] * 2)
    overlap, distance_mm = agreement(finding.on_grid_of(scan), freeze.truth, freeze.spacing)
    sure = find_ice(scan, freeze.baseline(), probe_tips_mm=freeze.tips)
    assert overlap >= 0.80
    assert distance_mm <= finding.surface_error_mm
    assert finding.surface_error_mm > 2.0 * sure.surface_error_mm
    assert finding.warnings[0].startswith("no baseline")


def test_without_a_baseline_unfrozen_tissue_is_no_ice(make_freeze):
    freeze = make_freeze(fall_hu=0.0)
    finding = find_ice(freeze.scan(), None, probe_tips_mm=freeze.tips)
    assert finding.volume_cc < 0.5


def test_without_a_baseline_tips_are_needed(make_freeze):
    with pytest.raises(IceError, match="round probe tips only"):
        find_ice(make_freeze().scan(), None)


@pytest.mark.parametrize("axes", [[(0.0, 1.0, 0.0)], [(0.0, 0.0, 0.0)] * 2])
def test_axes_that_cannot_be_used_are_refused(make_freeze, axes):
    freeze = make_freeze()
    with pytest.raises(IceError, match=r"axes|axis"):
        find_ice(freeze.scan(), None, probe_tips_mm=freeze.tips, probe_axes=axes)
