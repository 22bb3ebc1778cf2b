import numpy as np
import pytest

from dosimetry_core.values import Volume
from simulators.phantom import with_noise


def test_noise_has_its_size_and_no_offset(liver: Volume) -> None:
    added = with_noise(liver, 8.0, seed=3).values.astype(float) - liver.values

    assert added.std() == pytest.approx(8.0, rel=0.02)
    assert added.mean() == pytest.approx(0.0, abs=0.2)


def test_neighbouring_pixels_share_noise_and_slices_do_not(liver: Volume) -> None:
    added = with_noise(liver, 8.0, seed=3).values.astype(float) - liver.values

    def correlation(a: object, b: object) -> float:
        return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])

    assert correlation(added[..., 1:], added[..., :-1]) > 0.3
    assert abs(correlation(added[1:], added[:-1])) < 0.02


def test_a_seed_gives_the_same_noise_again_and_another_seed_does_not(liver: Volume) -> None:
    once = with_noise(liver, 8.0, seed=3).values

    assert np.array_equal(once, with_noise(liver, 8.0, seed=3).values)
    assert not np.array_equal(once, with_noise(liver, 8.0, seed=4).values)


def test_padding_stays(liver: Volume) -> None:
    values = liver.values.copy()
    values[:, :10] = -3024

    noisy = with_noise(Volume(values, liver.affine), 8.0, seed=3).values

    assert np.all(noisy[:, :10] == -3024)
