"""What is told of needles and probes."""

import numpy as np
import pytest

from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.values import NeedleLookalike, Volume

WAY = np.array([0.1, 0.95, 0.295])
WAY = WAY / np.linalg.norm(WAY)


def in_body(phantom, *, front_mm: float = 18.0):
    """Air in front of the body: where a needle comes from."""
    rows = int(front_mm / phantom.spacing[1])
    phantom.hu[:, :rows] = -1000.0
    return phantom


@pytest.mark.parametrize(("slice_mm", "off_mm"), [(1.25, 1.0), (2.5, 1.5), (5.0, 2.0)])
def test_a_needle_is_told_from_its_tail_to_its_tip(make_phantom, slice_mm, off_mm):
    phantom = in_body(make_phantom(slice_mm))
    tip = phantom.middle + 10.0 * WAY
    phantom.add_rod(tip - 26.0 * WAY, WAY, 52.0, 0.63, 15_000.0)
    (needle,) = find_seeds(phantom.scan()).needles
    assert np.linalg.norm(np.array(needle.tip_mm) - tip) < off_mm
    assert np.degrees(np.arccos(min(1.0, float(np.array(needle.direction) @ WAY)))) < 2.0
    assert (needle.tip_inside, needle.tail_inside, needle.tip_is_sure) == (True, False, True)
    arm = np.array(needle.tip_mm) - np.array(needle.tail_mm)
    assert needle.length_mm == pytest.approx(np.linalg.norm(arm))
    assert arm / needle.length_mm == pytest.approx(needle.direction)
    assert needle.confidence > 0.9 or slice_mm == 5.0  # 27 mm of it are seen there


def test_a_probe_is_told_by_its_width(make_phantom):
    phantom = in_body(make_phantom(1.25))
    phantom.add_rod(phantom.middle - 16.0 * WAY, WAY, 52.0, 1.2, 15_000.0)
    (probe,) = find_seeds(phantom.scan()).needles
    assert probe.confidence < 0.1
    assert probe.alternatives[0].kind is NeedleLookalike.CRYOPROBE
    total = probe.confidence + sum(other.probability for other in probe.alternatives)
    assert total == pytest.approx(1.0)


def test_seeds_in_the_track_beyond_the_tip_are_no_part_of_the_needle(make_phantom):
    phantom = in_body(make_phantom(1.25))
    tip = phantom.middle - 8.0 * WAY
    phantom.add_rod(tip - 22.0 * WAY, WAY, 44.0, 0.63, 15_000.0)
    for beyond_mm in (7.0, 16.0):
        phantom.add_seed(tip + beyond_mm * WAY, WAY)
    (needle,) = find_seeds(phantom.scan()).needles
    assert np.linalg.norm(np.array(needle.tip_mm) - tip) < 1.5


def test_a_needle_that_a_gap_hides_is_one(make_phantom):
    phantom = in_body(make_phantom(2.5))
    tip = phantom.middle + 14.0 * WAY
    for back_mm in (8.5, 42.0):
        phantom.add_rod(tip - back_mm * WAY, WAY, 17.0 if back_mm < 9 else 30.0, 0.63, 15_000.0)
    (needle,) = find_seeds(phantom.scan()).needles
    assert needle.length_mm > 45.0


def test_where_no_end_is_clear_it_says_so(make_phantom):
    phantom = make_phantom(2.5)
    phantom.add_rod(phantom.middle, WAY, 40.0, 0.63, 15_000.0)
    (needle,) = find_seeds(phantom.scan()).needles
    assert (needle.tip_inside, needle.tail_inside, needle.tip_is_sure) == (True, True, False)


def test_an_end_where_the_scan_ends_is_not_in_the_patient(make_phantom):
    phantom = make_phantom(1.25)
    up = np.array([0.0, 0.3, 0.954])
    low = phantom.middle - 8.0 * up
    phantom.add_rod(low + 35.0 * up, up, 70.0, 0.63, 15_000.0)
    (needle,) = find_seeds(phantom.scan()).needles
    assert needle.tip_is_sure
    assert np.linalg.norm(np.array(needle.tip_mm) - low) < 1.5


def test_places_are_those_of_the_patient_however_the_scan_is_turned(make_phantom):
    phantom = in_body(make_phantom(2.5))
    phantom.add_rod(phantom.middle - 16.0 * WAY, WAY, 52.0, 0.63, 15_000.0)
    scan = phantom.scan()
    rotation = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    affine = scan.affine.copy()
    affine[:3] = rotation @ affine[:3]
    (plain,) = find_seeds(scan).needles
    (turned,) = find_seeds(Volume(scan.values, affine)).needles
    assert turned.tip_mm == pytest.approx(rotation @ plain.tip_mm)
    assert turned.direction == pytest.approx(rotation @ plain.direction)


def test_touching_seeds_in_a_row_are_more_probably_no_needle(make_phantom):
    phantom = make_phantom(2.5)
    for n in range(4):
        phantom.add_seed(phantom.middle + (n - 1.5) * 4.5 * WAY, WAY)
    for needle in find_seeds(phantom.scan()).needles:
        assert needle.alternatives[0].kind is NeedleLookalike.SEEDS
        assert needle.confidence < 0.5


def test_without_needles_none_are_told(make_phantom):
    phantom = make_phantom(2.5)
    phantom.add_seed(phantom.middle, WAY)
    assert find_seeds(phantom.scan()).needles == ()
