import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.values import Volume
from simulators.phantom import EDGE_MM, FALL_HU, IceEllipsoid, with_ice

BALL = IceEllipsoid((0.0, 0.0, -50.0), (1.0, 0.0, 0.0), along_mm=20.0, across_mm=15.0)


def _fall(volume: Volume, ice: list[IceEllipsoid]) -> NDArray[np.int16]:
    return volume.values - with_ice(volume, ice).values


def test_tissue_falls_by_85_hu_inside_and_not_outside(liver: Volume) -> None:
    fall = _fall(liver, [BALL])
    points_mm = liver.to_patient_mm(np.argwhere(np.ones(fall.shape, bool))).reshape(*fall.shape, 3)
    depth_mm = BALL.depth_mm(points_mm)

    # A voxel is 5 mm thick: what is 2.5 mm and half an edge below the surface is ice all through.
    assert np.all(fall[depth_mm > 2.5 + EDGE_MM] == FALL_HU)
    assert np.all(fall[depth_mm < -2.5 - EDGE_MM] == 0)
    assert fall.sum() * liver.voxel_volume_mm3 / FALL_HU == pytest.approx(
        4.0 / 3.0 * np.pi * 20.0 * 15.0**2, rel=0.02
    )


def test_the_edge_is_soft(liver: Volume) -> None:
    row = _fall(liver, [BALL])[10, 50]

    partly = np.count_nonzero((row > 0) & (row < FALL_HU))
    assert 2 <= partly <= 8


def test_texture_and_noise_stay(liver: Volume) -> None:
    noise = np.random.default_rng(1).normal(0.0, 10.0, liver.values.shape)
    noisy = Volume((liver.values + noise).astype(np.int16), liver.affine)

    difference = _fall(noisy, [BALL]) - _fall(liver, [BALL])
    assert np.abs(difference).max() <= 1  # HU are whole numbers


def test_where_two_balls_overlap_it_is_frozen_once(liver: Volume) -> None:
    other = IceEllipsoid((5.0, 0.0, -50.0), (1.0, 0.0, 0.0), 20.0, 15.0)

    assert _fall(liver, [BALL, other]).max() == FALL_HU


@pytest.mark.parametrize("hu", [-1000, -120, 1200])
def test_air_fat_and_bone_do_not_fall(liver: Volume, hu: int) -> None:
    other = Volume(np.full_like(liver.values, hu), liver.affine)

    assert not _fall(other, [BALL]).any()


def test_ice_is_longer_along_the_shaft() -> None:
    slanted = IceEllipsoid((0.0, 0.0, 0.0), (0.6, 0.8, 0.0), 20.0, 15.0)

    depth = slanted.depth_mm(np.array([[12.0, 16.0, 0.0], [-8.0, 6.0, 0.0], [0.0, 0.0, 0.0]]))

    assert depth == pytest.approx([0.0, 5.0, 15.0])


def test_nothing_to_freeze_changes_nothing(liver: Volume) -> None:
    far = IceEllipsoid((0.0, 0.0, 500.0), (1.0, 0.0, 0.0), 20.0, 15.0)

    assert not _fall(liver, []).any()
    assert not _fall(liver, [far]).any()
