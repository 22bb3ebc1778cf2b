import numpy as np
import pytest

from dosimetry_core.values import Volume
from dosimetry_core.zoning import Cover, combined_cover, dose_cover


def test_a_shell_that_neither_treatment_reaches_is_the_gap(shapes):
    """Ice to 6 mm, dose from 8 mm: 0.5 mm flat surfaces take less than 1 % of the shell."""
    region, ice = shapes.ball(12.0), shapes.ball(6.0)
    dosed = Cover.within(Volume(8.0 - (region.values + 12.0), region.affine), 0.0)
    cover = combined_cover(region, dosed, Cover.within(ice, 0.0))
    ball = 4 / 3 * np.pi / 1000
    assert cover.ice_only.part.volume_cc == pytest.approx(ball * 6**3, rel=0.01)
    assert cover.neither.part.volume_cc == pytest.approx(ball * (8**3 - 6**3), rel=0.01)
    assert cover.dose_only.part.volume_cc == pytest.approx(ball * (12**3 - 8**3), rel=0.01)
    assert cover.both.part.volume_cc == 0.0
    assert len(cover.gaps) == 1
    assert cover.gaps[0].volume_cc == pytest.approx(cover.neither.part.volume_cc)
    shares = (cover.both, cover.dose_only, cover.ice_only, cover.neither)
    assert sum(s.part.volume_cc for s in shares) == pytest.approx(cover.region_cc)


def test_the_band_is_the_surfaces_moved_by_their_errors(shapes):
    region, ice = shapes.ball(12.0), shapes.ball(6.0)
    cover = combined_cover(region, None, Cover.within(ice, 1.0))
    ball = 4 / 3 * np.pi / 1000
    assert cover.ice_only.low_cc == pytest.approx(ball * 5**3, rel=0.01)
    assert cover.ice_only.high_cc == pytest.approx(ball * 7**3, rel=0.01)
    assert cover.neither.low_cc == pytest.approx(cover.region_cc - cover.ice_only.high_cc)


def test_a_dose_reaches_to_its_prescription(shapes):
    """A dose that falls with the square of the distance is the prescription at 7 mm."""
    points = shapes.ball(0.0)
    r_mm = np.maximum(points.values, 0.1)
    dose = Volume(110.0 * (7.0 / r_mm) ** 2, points.affine)
    cover = combined_cover(shapes.ball(12.0), dose_cover(dose, 110.0, error_percent=10.0), None)
    ball = 4 / 3 * np.pi / 1000
    assert cover.dose_only.part.volume_cc == pytest.approx(ball * 7**3, rel=0.01)
    assert cover.dose_only.high_cc == pytest.approx(ball * 7**3 * 1.1**1.5, rel=0.01)
    assert cover.ice_only.part.volume_cc == 0.0


def test_two_gaps_are_told_apart_with_their_places(shapes):
    region = shapes.ball(12.0)
    slab = Volume(np.abs(shapes.half_space((0.0, 0.0, 1.0), 0.0).values) - 6.0, region.affine)
    gaps = combined_cover(region, None, Cover.within(slab, 0.0)).gaps
    cap_cc = np.pi * 6.0**2 * (3 * 12.0 - 6.0) / 3 / 1000
    assert [gap.volume_cc for gap in gaps] == pytest.approx([cap_cc, cap_cc], rel=0.01)
    assert sorted(gap.centroid_mm[2] for gap in gaps) == pytest.approx([-8.1, 8.1], abs=0.05)


def test_bad_input_is_refused(shapes):
    with pytest.raises(ValueError, match="error is 0 or more"):
        Cover.within(shapes.ball(3.0), -1.0)
    with pytest.raises(ValueError, match="above 0 Gy"):
        dose_cover(shapes.ball(3.0), 0.0)
