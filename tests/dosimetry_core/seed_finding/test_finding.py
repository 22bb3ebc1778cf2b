import numpy as np
import pytest

from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.seed_finding.finding import candidates_in
from dosimetry_core.seed_finding.rod import X, Z
from dosimetry_core.values import Volume

# found at least, false at most, mean error mm, median axis error deg: a little beside what was
# measured; nothing was learnt from these scans
REALISTIC = {
    "1.25": (38, 2, 0.25, 8.0),
    "2.5": (38, 3, 0.5, 9.0),
    "5": (33, 5, 1.25, 10.5),
}


def test_seeds_among_needles_clips_streaks_and_noise(realistic, score):
    thickness, scan, centers, axes = realistic
    finding = find_seeds(scan)
    result = score(finding, centers, axes)
    found, false, error_mm, angle_deg = REALISTIC[thickness]
    assert result.found >= found
    assert result.false <= false
    assert result.errors_mm.mean() <= error_mm
    assert np.median(result.angles_deg) <= angle_deg
    assert any("needles or probes" in warning for warning in finding.warnings)


@pytest.mark.parametrize("count", [10, 40])
@pytest.mark.parametrize(
    ("slice_mm", "error_mm", "angle_deg"),
    [(0.8, 0.15, 4.0), (1.25, 0.15, 6.0), (2.5, 0.35, 9.0), (5.0, 1.4, 12.0)],
)
def test_without_needles_every_seed_and_nothing_else(
    make_phantom, scatter, score, slice_mm, error_mm, angle_deg, count
):
    phantom = make_phantom(slice_mm)
    centers, axes = scatter(phantom, count, seed=count)
    for center, axis in zip(centers, axes, strict=True):
        phantom.add_seed(center, axis)
    result = score(find_seeds(phantom.scan()), centers, axes)
    assert (result.found, result.false) == (count, 0)
    assert result.errors_mm.mean() <= error_mm
    assert np.median(result.angles_deg) <= angle_deg


def test_an_extended_hu_scale_needs_no_other_setting(make_phantom, scatter, score):
    phantom = make_phantom(1.25)
    centers, axes = scatter(phantom, 15, seed=3)
    for center, axis in zip(centers, axes, strict=True):
        phantom.add_seed(center, axis)
    result = score(find_seeds(phantom.scan(ceiling_hu=32767)), centers, axes)
    assert (result.found, result.false) == (15, 0)


def test_seeds_of_half_the_metal_are_found_too(make_phantom, scatter, score):
    phantom = make_phantom(2.5)
    centers, axes = scatter(phantom, 15, seed=4)
    for center, axis in zip(centers, axes, strict=True):
        phantom.add_seed(center, axis, hu=15_000.0)
    result = score(find_seeds(phantom.scan()), centers, axes)
    assert (result.found, result.false) == (15, 0)


def test_a_single_seed_is_found(make_phantom, score):
    phantom = make_phantom(2.5)
    phantom.add_seed(phantom.middle, [0.2, 0.9, 0.3])
    result = score(find_seeds(phantom.scan()), [phantom.middle], [[0.2, 0.9, 0.3]])
    assert (result.found, result.false) == (1, 0)


@pytest.mark.parametrize(
    ("gap", "second_axis"),
    [
        pytest.param([1.6, 0.0, 0.0], [0.0, 1.0, 0.0], id="side by side"),
        pytest.param([0.0, 4.7, 0.0], [0.0, 1.0, 0.0], id="end to end"),
        pytest.param([0.0, 0.0, 1.6], [1.0, 0.0, 0.0], id="crossed"),
    ],
)
def test_touching_seeds_are_told_apart(make_phantom, scatter, score, gap, second_axis):
    phantom = make_phantom(1.25)
    centers, axes = scatter(phantom, 8, seed=5, apart_mm=9.0)
    clear = np.linalg.norm(centers - phantom.middle, axis=1) > 11.0
    centers, axes = centers[clear], axes[clear]
    pair = [phantom.middle, phantom.middle + np.array(gap)]
    centers = np.concatenate([centers, pair])
    axes = np.concatenate([axes, [[0.0, 1.0, 0.0], second_axis]])
    for center, axis in zip(centers, axes, strict=True):
        phantom.add_seed(center, axis)
    result = score(find_seeds(phantom.scan()), centers, axes)
    assert (result.found, result.false) == (len(centers), 0)
    assert result.errors_mm.max() < 0.8


def _in_another_frame(scan: Volume, rotation: np.ndarray, flips: tuple[int, ...]) -> Volume:
    """The same voxels stored the other way round along ``flips`` and turned in space."""
    affine = scan.affine.copy()
    for axis in flips:
        last = np.zeros(3)
        last[axis] = scan.values.shape[axis] - 1
        affine[:3, 3] = affine[:3, 3] + affine[:3, 2 - axis] * last[axis]
        affine[:3, 2 - axis] *= -1.0
    turn = np.eye(4)
    turn[:3, :3] = rotation
    return Volume(np.flip(scan.values, flips), turn @ affine)


def test_flipped_and_oblique_grids_give_the_same_seeds_in_space(make_phantom, scatter, score):
    phantom = make_phantom(2.5)
    centers, axes = scatter(phantom, 12, seed=6)
    for center, axis in zip(centers, axes, strict=True):
        phantom.add_seed(center, axis)
    c, s = np.cos(0.4), np.sin(0.4)
    rotation = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ np.array(
        [[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]
    )
    turned = _in_another_frame(phantom.scan(), rotation, (0, 1))
    result = score(find_seeds(turned), centers @ rotation.T, axes @ rotation.T)
    assert (result.found, result.false) == (12, 0)
    assert result.errors_mm.mean() < 0.4
    assert np.median(result.angles_deg) < 9.0


def test_needles_alone_are_no_seeds(make_phantom):
    phantom = make_phantom(1.25)
    for x in (-12.0, 0.0, 12.0):
        phantom.add_rod(
            phantom.middle + np.array([x, 15.0, 0.0]), [0.1, 1.0, 0.15], 45.0, 0.6, 15_000.0
        )
    assert find_seeds(phantom.scan()).seeds == ()


def test_ribs_and_calcifications_alone_are_no_seeds(make_phantom):
    phantom = make_phantom(2.5)
    phantom.add_rod(
        phantom.middle + np.array([0.0, 15.0, 0.0]), [1.0, 0.3, 0.2], 40.0, 4.0, 1_100.0
    )
    for x in (-15.0, -5.0, 10.0):
        phantom.add_rod(
            phantom.middle + np.array([x, -10.0, 2.0]), [0.0, 0.0, 1.0], 3.4, 1.7, 1_200.0
        )
    finding = find_seeds(phantom.scan())
    assert len(finding.seeds) <= 1
    assert all(seed.confidence < 0.8 and seed.alternatives for seed in finding.seeds)


def test_a_seed_against_the_edge_of_a_bone_is_looked_at(make_phantom, scatter):
    phantom = make_phantom(5.0)
    centers, axes = scatter(phantom, 8, seed=12, apart_mm=9.0)
    along = np.array([0.2, 1.0, 0.05])
    phantom.add_rod(phantom.middle + np.array([-26.0, 0.0, 0.0]), along, 40.0, 1.2, 2_600.0)
    beside = phantom.middle + np.array([-24.4, 0.0, 0.0])
    for center, axis in zip([*centers, beside], [*axes, along], strict=True):
        phantom.add_seed(center, axis)
    scan = phantom.scan()
    finds = candidates_in(scan)
    assert len(finds.scene.edges) == 1
    gaps = np.linalg.norm(finds.rods[:, X : Z + 1] + scan.affine[:3, 3] - beside, axis=1)
    assert gaps.min() < 0.5


def test_a_gold_marker_among_seeds_is_not_taken_for_one(make_phantom, scatter, score):
    phantom = make_phantom(2.5)
    centers, axes = scatter(phantom, 12, seed=8, apart_mm=8.0)
    for center, axis in zip(centers[1:], axes[1:], strict=True):
        phantom.add_seed(center, axis)
    phantom.add_rod(centers[0], axes[0], 3.0, 0.5, 180_000.0)
    finding = find_seeds(phantom.scan())
    assert score(finding, centers[1:], axes[1:]).found == 11
    sure = [seed for seed in finding.seeds if seed.confidence >= 0.7]
    assert len(sure) == 11


def test_confidences_and_alternatives_are_probabilities(realistic):
    _, scan, _, _ = realistic
    finding = find_seeds(scan)
    confidences = [seed.confidence for seed in finding.seeds]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0.5 <= c <= 1.0 for c in confidences)
    assert all(0.1 <= seed.confidence < 0.5 for seed in finding.doubtful)
    for seed in (*finding.seeds, *finding.doubtful):
        whole = seed.confidence + sum(chance for _, chance in seed.alternatives)
        assert whole == pytest.approx(1.0, abs=0.15)
    assert all(seed.alternatives for seed in finding.doubtful)


def test_covariances_cover_the_errors(realistic, score):
    _, scan, centers, _ = realistic
    finding = find_seeds(scan)
    found = np.array([seed.center_mm for seed in finding.seeds])
    gaps = np.linalg.norm(found[:, None] - centers[None], axis=2)
    chi2 = []
    for n, row in enumerate(gaps):
        if row.min() < 3.0:
            error = found[n] - centers[row.argmin()]
            spread = np.array(finding.seeds[n].covariance_mm2)
            assert np.allclose(spread, spread.T)
            chi2.append(error @ np.linalg.inv(spread) @ error)
    # three degrees of freedom: 68 % below 3.5, 95 % below 7.8
    assert 0.5 <= np.mean(np.array(chi2) < 3.506) <= 0.95
    assert np.mean(np.array(chi2) < 7.815) >= 0.8


def test_the_axis_covariance_lies_across_the_axis(realistic):
    _, scan, _, _ = realistic
    for seed in find_seeds(scan).seeds:
        spread, axis = np.array(seed.axis_covariance), np.array(seed.axis)
        assert np.linalg.norm(spread @ axis) < 1e-9
        assert np.linalg.eigvalsh(spread).min() > -1e-12


def test_a_count_is_used_and_never_silences_a_mismatch(make_phantom, scatter):
    phantom = make_phantom(2.5)
    centers, axes = scatter(phantom, 10, seed=10)
    for center, axis in zip(centers, axes, strict=True):
        phantom.add_seed(center, axis)
    agreed = find_seeds(phantom.scan(), expected=10)
    assert (len(agreed.seeds), agreed.expected, agreed.seen) == (10, 10, 10)
    assert not any("counted in" in warning for warning in agreed.warnings)
    short = find_seeds(phantom.scan(), expected=12)
    assert len(short.seeds) == 10
    assert any("12 seeds were counted in" in warning for warning in short.warnings)


def test_what_is_found_does_not_depend_on_the_number_of_threads(realistic):
    one, three = find_seeds(realistic[1], threads=1), find_seeds(realistic[1], threads=3)
    assert one.seeds == three.seeds
    assert one.doubtful == three.doubtful


def test_without_a_thread_nothing_is_done():
    with pytest.raises(ValueError, match="at least one thread"):
        find_seeds(Volume(np.zeros((4, 16, 16), np.int16), np.eye(4)), threads=0)


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="expected"):
        find_seeds(Volume(np.zeros((2, 2, 2), np.int16), np.eye(4)), expected=-1)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 40, 40), (3, 2, 60), (40, 30, 1)])
@pytest.mark.parametrize("hu", [-1024, 0, 3071])
def test_odd_volumes_hold_no_seeds_and_do_no_harm(shape, hu):
    scan = Volume(np.full(shape, hu, np.int16), np.diag([0.8, 0.8, 2.5, 1.0]))
    assert find_seeds(scan).seeds == ()


def test_a_seed_cut_by_the_first_slice_does_no_harm(make_phantom):
    phantom = make_phantom(5.0)
    edge = phantom.middle.copy()
    edge[2] = phantom.frame.affine[2, 3]
    phantom.add_seed(edge, [0.3, 0.9, 0.1])
    assert len(find_seeds(phantom.scan()).seeds) <= 1


def test_only_int16_is_taken():
    scan = Volume(np.zeros((2, 2, 2), np.float32), np.eye(4))
    with pytest.raises(ValueError, match="int16"):
        find_seeds(scan)


def test_the_scan_is_not_changed(make_phantom):
    phantom = make_phantom(5.0)
    phantom.add_seed(phantom.middle, [0.0, 1.0, 0.0])
    scan = phantom.scan()
    before = scan.values.copy()
    scan.values.flags.writeable = False
    find_seeds(scan)
    assert np.array_equal(scan.values, before)


def test_thick_slices_are_told(make_phantom):
    phantom = make_phantom(7.5)
    assert any("7.5 mm apart" in warning for warning in find_seeds(phantom.scan()).warnings)
