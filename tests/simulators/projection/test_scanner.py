from dataclasses import replace

import numpy as np
import pytest

from dosimetry_core.values import Volume
from simulators.projection import (
    EXTENDED,
    Anatomy,
    FanBeam,
    HuScale,
    Kernel,
    SeedModel,
    Technique,
    averaged,
    project_anatomy,
    scan,
)
from simulators.projection.hardware import seed_bodies

_TECHNIQUE = Technique(size=80, pixel_mm=0.9, photons=1e9, electronic_noise=0.0)
_SEED_MM, _AXIS = (-1.3, 2.4, 1.0), (0.6, 0.8, 0.0)


@pytest.fixture(scope="module")
def water() -> Anatomy:
    """100 mm of water, slices from -1.25 to 3.75 mm, on a scanner with 2/3 of the views."""
    offsets = np.arange(-60, 61) * 1.0
    x, y = np.meshgrid(offsets, offsets)
    disc = np.clip(50.0 - np.hypot(x, y) + 0.5, 0.0, 1.0) * 1000.0 - 1000.0
    affine = np.eye(4)
    affine[:3, 3] = (-60.0, -60.0, -10.0)
    volume = Volume(np.stack([disc.astype(np.int16)] * 21), affine)
    geometry = FanBeam(channels=440, channel_rad=1.5 * 1.0239 / 949.0, views=656)
    return project_anatomy(
        volume, z_first_mm=-1.25, slices=5, axis_mm=(0.0, 0.0), geometry=geometry
    )


def _first(anatomy: Anatomy) -> Anatomy:
    return replace(anatomy, lengths=anatomy.lengths[:1], z_mm=anatomy.z_mm[:1])


@pytest.mark.parametrize("kilovolts", [80, 120])
def test_water_is_0_hu_at_any_voltage(water: Anatomy, kilovolts: int) -> None:
    hu = scan(_first(water), (), replace(_TECHNIQUE, kilovolts=kilovolts))[0]

    assert hu[25:55, 25:55].mean() == pytest.approx(0.0, abs=2.0)
    # no cup: the beam hardening is corrected
    assert hu[38:42, 38:42].mean() == pytest.approx(hu[38:42, 2:8].mean(), abs=4.0)


def test_a_quarter_of_the_dose_is_twice_the_noise_and_the_same_seed_the_same_scan(
    water: Anatomy,
) -> None:
    normal = replace(_TECHNIQUE, photons=1e5, electronic_noise=5.0, seed=4)
    one = _first(water)

    full, again = scan(one, (), normal)[0], scan(one, (), normal)[0]
    low = scan(one, (), normal.low_dose(0.25))[0]
    other = scan(one, (), replace(normal, seed=5))[0]

    assert np.array_equal(full, again)
    assert not np.array_equal(full, other)
    middle = slice(20, 60)
    ratio = low[middle, middle].std() / full[middle, middle].std()
    assert ratio == pytest.approx(2.0, rel=0.15)  # 1600 pixels, a few hundred grains of noise


def test_a_sharper_kernel_is_noisier(water: Anatomy) -> None:
    noisy = replace(_TECHNIQUE, photons=1e5)
    sd = [
        scan(_first(water), (), replace(noisy, kernel=kernel))[0, 20:60, 20:60].std()
        for kernel in (Kernel.SOFT, Kernel.STANDARD, Kernel.SHARP)
    ]

    assert sd == sorted(sd)
    assert sd[2] > 2.0 * sd[0]


def test_a_seed_is_where_it_was_put_with_streaks_round_it(water: Anatomy) -> None:
    bodies = seed_bodies(_SEED_MM, _AXIS, SeedModel.SILVER_ROD)

    thin = scan(water, bodies, _TECHNIQUE)

    volume = averaged(thin, water, _TECHNIQUE, scale=EXTENDED)
    excess = np.where(volume.values > 800, volume.values, 0).astype(np.float64)
    kji = np.argwhere(excess > 0.0)
    points = volume.to_patient_mm(kji.astype(np.float64))
    weight = excess[tuple(kji.T)]
    center = weight @ points / weight.sum()
    assert center[:2] == pytest.approx(_SEED_MM[:2], abs=0.1)
    # it reaches into slices of 1.25 mm at 0.625 mm from its middle: known to a fraction of one
    assert center[2] == pytest.approx(_SEED_MM[2], abs=0.3)
    spread = ((points - center) * weight[:, None]).T @ (points - center)
    axis = np.linalg.eigh(spread)[1][:, -1]
    assert abs(axis @ _AXIS) > 0.995
    assert volume.values.max() > 3071
    assert volume.values[1:4].min() < -100


def test_thick_slices_are_means_that_are_cut_off_afterwards(water: Anatomy) -> None:
    thin = np.zeros((5, 80, 80), np.float32)
    thin[1], thin[2], thin[3] = 8000.0, -1500.0, -2500.0

    single = averaged(thin, water, _TECHNIQUE)
    pairs = averaged(thin, water, _TECHNIQUE, thin_per_slice=2, phase=1)

    assert single.values[:, 0, 0].tolist() == [0, 3071, -1024, -1024, 0]
    assert pairs.values[:, 0, 0].tolist() == [3071, -1024]
    assert averaged(
        thin, water, _TECHNIQUE, thin_per_slice=2, phase=1, scale=HuScale(highest=4000)
    ).values[:, 0, 0].tolist() == [3250, -1024]
    assert pairs.spacing_mm == pytest.approx((2.5, 0.9, 0.9))
    assert pairs.affine[:3, 3] == pytest.approx([-35.55, -35.55, 0.625])
    with pytest.raises(ValueError, match="5 thin slices make no slice of 4 from number 2"):
        averaged(thin, water, _TECHNIQUE, thin_per_slice=4, phase=2)
