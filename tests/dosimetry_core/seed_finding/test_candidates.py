import numpy as np
from scipy import ndimage

from dosimetry_core.seed_finding.candidates import brighter, connected, find_spots
from dosimetry_core.values import Volume


def test_groups_are_those_of_a_full_labelling():
    rng = np.random.default_rng(0)
    mask = rng.random((12, 30, 31)) > 0.93
    kji = np.argwhere(mask).astype(np.int32)
    label, count = connected(kji, mask.shape)
    expected, expected_count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    assert count == expected_count
    pairs = set(zip(label.tolist(), expected[tuple(kji.T)].tolist(), strict=True))
    assert len(pairs) == count


def test_thick_bone_is_no_spot_and_a_small_bright_thing_is():
    values = np.zeros((9, 60, 60), np.int16)
    values[:, 5:30, 5:55] = 1000
    values[4, 45, 20:24] = 2500
    spots = find_spots(Volume(values, np.diag([0.8, 0.8, 2.5, 1.0])))
    small = (spots.kji[:, 1] == 45) & (spots.kji[:, 0] == 4)
    assert small.sum() == 4
    inner = (spots.kji[:, 1] > 12) & (spots.kji[:, 1] < 22) & (spots.kji[:, 2] > 12)
    assert not np.any(inner & (spots.kji[:, 2] < 48))


def test_the_threshold_follows_the_metal_of_the_scan():
    def scan(peak: int) -> Volume:
        values = np.zeros((9, 60, 60), np.int16)
        for j in (10, 25, 40):
            values[4, j, 20:24] = peak
        return Volume(values, np.diag([0.8, 0.8, 2.5, 1.0]))

    def threshold(peak: int) -> float:
        volume = scan(peak)
        return brighter(find_spots(volume), volume.values.shape).threshold_hu

    assert threshold(2000) < threshold(3000)
