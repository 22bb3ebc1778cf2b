import math

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.values import Vector, Volume
from simulators.phantom import (
    CAPSULE_EXCESS_HU_MM3,
    MARKER_EXCESS_HU_MM3,
    MAXIMUM_HU,
    ScannerResponse,
    SeedPose,
    Shaft,
    with_seeds,
    with_shafts,
)

SEED_MASS = CAPSULE_EXCESS_HU_MM3 + MARKER_EXCESS_HU_MM3
# So wide that no voxel reaches the top of the scale: what is clipped has lost its mass.
WIDE = ScannerResponse(in_plane_sigma_mm=1.2)


def _excess(volume: Volume, liver: Volume) -> NDArray[np.float64]:
    return volume.values.astype(np.float64) - liver.values


def _moments(excess: NDArray[np.float64], volume: Volume) -> tuple[float, NDArray[np.float64]]:
    mass = excess.sum() * volume.voxel_volume_mm3
    kji = np.argwhere(excess != 0)
    weights = excess[tuple(kji.T)]
    center = (weights[:, None] * volume.to_patient_mm(kji)).sum(axis=0) / weights.sum()
    return float(mass), center


@pytest.mark.parametrize("axis", [(1.0, 0.0, 0.0), (0.6, 0.8, 0.0), (0.0, 0.6, 0.8)])
@pytest.mark.parametrize("center", [(0.0, 0.0, -50.0), (3.3, -7.1, -52.5), (-8.25, 4.9, -48.8)])
def test_a_seed_has_its_mass_at_its_place(liver: Volume, center: Vector, axis: Vector) -> None:
    mass, found = _moments(_excess(with_seeds(liver, [SeedPose(center, axis)], WIDE), liver), liver)

    assert mass == pytest.approx(SEED_MASS, rel=0.01)  # HU are whole numbers
    assert found[:2] == pytest.approx(np.array(center[:2]), abs=0.1)
    # A thick slice does not tell where in it something is.
    assert found[2] == pytest.approx(center[2], abs=5.0 / 4.0)


def test_a_seed_is_longest_along_its_axis(liver: Volume) -> None:
    excess = _excess(with_seeds(liver, [SeedPose((0.0, 0.0, -50.0), (0.0, 1.0, 0.0))]), liver)[10]

    seen = excess > excess.max() / 10.0

    assert np.ptp(np.flatnonzero(seen.any(axis=1))) * 0.8 == pytest.approx(4.5, abs=0.9)
    assert np.ptp(np.flatnonzero(seen.any(axis=0))) * 0.8 == pytest.approx(2.0, abs=0.9)


def test_a_seed_is_bright_in_thick_slices_as_in_practice(liver: Volume) -> None:
    in_plane = with_seeds(liver, [SeedPose((0.0, 0.0, -50.0), (0.0, 1.0, 0.0))])
    across = with_seeds(liver, [SeedPose((0.0, 0.0, -50.0), (0.0, 0.0, 1.0))])

    assert 1000 < in_plane.values.max() < MAXIMUM_HU
    assert across.values.max() == MAXIMUM_HU


def test_a_seed_on_the_border_of_two_slices_is_in_both(liver: Volume) -> None:
    excess = _excess(with_seeds(liver, [SeedPose((0.0, 0.0, -52.5), (1.0, 0.0, 0.0))]), liver)

    assert excess[9].sum() == pytest.approx(excess[10].sum(), rel=0.01)


def test_metal_outside_of_the_volume_is_not_seen(liver: Volume) -> None:
    outside = with_seeds(liver, [SeedPose((0.0, 0.0, -150.0), (1.0, 0.0, 0.0))])

    assert np.array_equal(outside.values, liver.values)


def test_a_shaft_ends_at_its_tip_and_is_as_thick_as_metal_looks(liver: Volume) -> None:
    shaft = Shaft((10.0, 0.0, -50.0), (1.0, 0.0, 0.0), length_mm=40.0, diameter_mm=1.47)

    row = with_shafts(liver, [shaft]).values[10]

    bright = np.argwhere(row > 500) * 0.8 - 40.0
    assert bright[:, 1].max() == pytest.approx(10.0, abs=1.2)
    assert bright[:, 1].min() == pytest.approx(-30.0, abs=1.2)
    assert 1.0 < np.ptp(bright[:, 0]) < 4.0
    assert row.max() > 2000


def test_a_thicker_shaft_holds_more_metal(liver: Volume) -> None:
    def mass(diameter_mm: float) -> float:
        response = ScannerResponse(in_plane_sigma_mm=4.0)
        shaft = Shaft((10.0, 0.0, -50.0), (1.0, 0.0, 0.0), 20.0, diameter_mm)
        return _moments(_excess(with_shafts(liver, [shaft], response), liver), liver)[0]

    assert mass(1.0) == pytest.approx(12_000.0 * math.pi / 4.0 * 20.0, rel=0.01)
    assert mass(1.4) / mass(1.0) == pytest.approx(1.96, rel=0.01)


def test_the_input_is_left_alone(liver: Volume) -> None:
    before = liver.values.copy()

    with_seeds(liver, [SeedPose((0.0, 0.0, -50.0), (1.0, 0.0, 0.0))])

    assert np.array_equal(liver.values, before)


def test_what_cannot_be_is_refused(liver: Volume) -> None:
    with pytest.raises(ValueError, match="unit vector"):
        with_seeds(liver, [SeedPose((0.0, 0.0, -50.0), (1.0, 1.0, 0.0))])
    with pytest.raises(ValueError, match="above 0 mm"):
        with_shafts(liver, [Shaft((0.0, 0.0, -50.0), (1.0, 0.0, 0.0), 20.0, 0.0)])
    with pytest.raises(ValueError, match="above 0 mm"):
        ScannerResponse(in_plane_sigma_mm=0.0)
    flipped = Volume(liver.values, liver.affine @ np.diag([-1.0, 1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="axial"):
        with_seeds(flipped, [])
