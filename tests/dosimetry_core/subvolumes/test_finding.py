"""Under- and over-dosed regions, against closed forms and against the DVH."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from dosimetry_core.dvh import structure_dose
from dosimetry_core.structures import sample_structure, volume_cc
from dosimetry_core.subvolumes import (
    TARGET_HOT_PERCENT,
    SubVolume,
    cold_subvolumes,
    hot_subvolumes,
)
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
Corner = tuple[float, float, float]
Box = Callable[[Corner, Corner], ContouredStructure]
Sphere = Callable[[float], ContouredStructure]
Implant = Callable[[FloatArray, float], ImplantedSources]

LATTICE = np.stack(np.meshgrid(*[np.arange(-13.5, 14, 9.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
"""64 seeds, 9 mm apart."""


def isodose_volume_cc(source: ImplantedSources, level_gy: float) -> float:
    """Volume inside an isodose surface of one seed along z at the origin: integral of r3 / 3."""
    angles = np.arccos((np.arange(200) + 0.5) / 200)

    def excess(r_mm: float, theta: float) -> float:
        point = r_mm * np.array([[np.sin(theta), 0.0, np.cos(theta)]])
        return float(total_dose_gy([source], point, engine="exact")[0]) - level_gy

    radii = np.array([brentq(excess, 0.5, 40.0, args=(theta,), xtol=1e-6) for theta in angles])
    return float(4 * np.pi / 3 * np.mean(radii**3)) / 1000.0


def only(regions: tuple[SubVolume, ...]) -> SubVolume:
    assert len(regions) == 1
    return regions[0]


def test_around_one_seed_all_beyond_its_isodose_is_cold_and_all_within_is_hot(
    make_sphere: Sphere, make_implant: Implant
) -> None:
    structure = make_sphere(16.0)
    seed = make_implant(np.zeros((1, 3)), 2.0)
    within_cc = isodose_volume_cc(seed, 60.0)
    beyond_cc = volume_cc(structure) - within_cc
    assert 1.0 < within_cc < beyond_cc

    cold = cold_subvolumes(structure, [seed], below_gy=60.0)
    # 60,000 cells of 0.66 mm: the isodose surface cuts 7 % of them, by chance on either side.
    assert cold.total_cc == pytest.approx(beyond_cc, rel=5e-3)
    shell = only(cold.regions)
    assert shell.volume_cc == cold.total_cc
    assert shell.share_percent == pytest.approx(100 * beyond_cc / volume_cc(structure), abs=0.2)
    assert np.linalg.norm(shell.centroid_mm) < 0.1
    assert shell.reaches_surface
    assert shell.seeds_inside == ()
    # The seed shields itself along its axis: the poles are coldest, 16 mm from the seed.
    coldest = shell.extremes[0]
    assert abs(coldest.place_mm[2]) == pytest.approx(16.0, abs=0.7)
    assert coldest.nearest_seeds[0].distance_mm == pytest.approx(16.0, abs=0.7)
    assert coldest.depth_mm < 0.7
    places = np.array([extreme.place_mm for extreme in shell.extremes])
    assert (np.linalg.norm(places, axis=1) > 15.3).all()
    apart = np.linalg.norm(places[:, None] - places, axis=-1)[np.triu_indices(len(places), 1)]
    assert (apart >= 10.0).all()
    doses = [extreme.dose_gy for extreme in shell.extremes]
    assert doses == sorted(doses)

    hot = hot_subvolumes(structure, [seed], above_gy=60.0)
    core = only(hot.regions)
    assert core.volume_cc == pytest.approx(within_cc, rel=5e-3)
    assert not core.reaches_surface
    assert core.seeds_inside == (0,)
    assert core.nearest_seeds[0].index == 0
    assert core.nearest_seeds[0].distance_mm < 0.1
    assert core.extremes[0].depth_mm == pytest.approx(16.0, abs=1.0)


def test_two_corners_without_seeds_are_two_cold_regions(
    make_box: Box, make_implant: Implant
) -> None:
    corners = np.array([[-13.5, -13.5, -13.5], [13.5, 13.5, 13.5]])
    away = np.linalg.norm(LATTICE[:, None] - corners, axis=-1).min(axis=1)
    seeds = LATTICE[away > 8.0]
    assert len(seeds) == 62
    structure = make_box((-16, -16, -16), (16, 16, 16))
    found = cold_subvolumes(structure, [make_implant(seeds, 0.6)], below_gy=110.0)
    assert len(found.regions) == 2
    for region in found.regions:
        side = np.sign(region.centroid_mm[0])
        assert region.centroid_mm == pytest.approx(side * np.full(3, 13.5), abs=1.5)
        assert region.from_center_mm == pytest.approx(region.centroid_mm, abs=0.01)
        assert region.extremes[0].place_mm == pytest.approx(side * np.full(3, 16.0), abs=0.6)
        for place, told in (
            (region.centroid_mm, region.nearest_seeds),
            (region.extremes[0].place_mm, region.extremes[0].nearest_seeds),
        ):
            distance_mm = np.linalg.norm(seeds - place, axis=1)
            assert [near.distance_mm for near in told] == pytest.approx(np.sort(distance_mm)[:3])
            assert [distance_mm[near.index] for near in told] == pytest.approx(
                [near.distance_mm for near in told]
            )
    first, second = found.regions
    assert first.volume_cc == pytest.approx(second.volume_cc, rel=0.02)
    assert found.total_cc == pytest.approx(
        first.volume_cc + second.volume_cc + found.left_out_cc, rel=1e-9
    )


@pytest.mark.parametrize("strength_u", [0.3, 0.33, 0.36])
def test_volumes_agree_with_many_samples_and_with_the_dvh(
    make_sphere: Sphere, make_implant: Implant, strength_u: float
) -> None:
    structure = make_sphere(19.0)
    rng = np.random.default_rng(5)
    seeds = [make_implant(LATTICE + rng.normal(scale=0.8, size=LATTICE.shape), strength_u)]
    samples = sample_structure(structure, point_count=400_000)
    dose = total_dose_gy(seeds, samples.points_mm, engine="table")
    percent = samples.weights_mm3 / samples.weights_mm3.sum() * 100.0
    dvh = structure_dose(structure, seeds, prescription_gy=110.0)
    assert dvh.v100_percent is not None
    assert dvh.v200_percent is not None
    cold = cold_subvolumes(structure, seeds, below_gy=110.0)
    hot = hot_subvolumes(structure, seeds, above_gy=110.0 * TARGET_HOT_PERCENT / 100.0)
    # A sphere about the grid's centre meets the grid alike in its eight octants: errors add up.
    assert cold.total_percent == pytest.approx(percent[dose < 110.0].sum(), abs=0.25)
    assert hot.total_percent == pytest.approx(percent[dose >= 220.0].sum(), abs=0.25)
    assert cold.total_percent == pytest.approx(100.0 - dvh.v100_percent, abs=0.3)
    assert hot.total_percent == pytest.approx(dvh.v200_percent, abs=0.3)
    for found in (cold, hot):
        volumes = [region.volume_cc for region in found.regions]
        assert found.total_cc == pytest.approx(sum(volumes) + found.left_out_cc, rel=1e-9)
        assert volumes == sorted(volumes, reverse=True)
        assert min(volumes) >= 0.01


def test_without_seeds_everything_is_cold_and_nothing_is_hot(make_box: Box) -> None:
    structure = make_box((0, 0, 0), (10, 20, 30))
    cold = cold_subvolumes(structure, [], below_gy=110.0)
    assert cold.total_cc == pytest.approx(6.0, rel=1e-9)
    assert cold.total_percent == pytest.approx(100.0, rel=1e-9)
    everything = only(cold.regions)
    assert everything.centroid_mm == pytest.approx((5.0, 10.0, 15.0), abs=1e-6)
    assert everything.extremes[0].dose_gy == 0.0
    assert everything.extremes[0].nearest_seeds == ()
    assert everything.nearest_seeds == ()
    assert hot_subvolumes(structure, [], above_gy=1.0).regions == ()


def test_where_all_is_above_the_level_nothing_is_cold(make_box: Box, make_implant: Implant) -> None:
    found = cold_subvolumes(
        make_box((-5, -5, -5), (5, 5, 5)), [make_implant(LATTICE, 1.0)], below_gy=50.0
    )
    assert (found.total_cc, found.regions, found.left_out_count) == (0.0, (), 0)


def test_seeds_that_lie_together_have_one_hot_region(make_box: Box, make_implant: Implant) -> None:
    """Two seeds are 3 mm apart, two stand alone."""
    seeds = np.array([[-15.0, 0, 0], [15.0, 0, 0], [0, 13.5, 0], [0, 16.5, 0]])
    found = hot_subvolumes(
        make_box((-20, -20, -10), (20, 20, 10)), [make_implant(seeds, 0.6)], above_gy=220.0
    )
    assert [region.seeds_inside for region in found.regions[:1]] == [(2, 3)]
    assert {region.seeds_inside for region in found.regions[1:]} == {(0,), (1,)}


def test_a_small_hot_spot_of_a_large_organ_is_resolved(
    make_box: Box, make_implant: Implant
) -> None:
    """A seed in 1000 cm3, whose isodose volume is that of one cell of the first look."""
    seed = make_implant(np.array([[31.0, -17.3, 12.9]]), 0.5)
    volume = isodose_volume_cc(make_implant(np.zeros((1, 3)), 0.5), 60.0)
    found = hot_subvolumes(make_box((-50, -50, -50), (50, 50, 50)), [seed], above_gy=60.0)
    assert only(found.regions).seeds_inside == (0,)
    # The isodose surface is 4 mm from the seed, the cells are 0.2 mm wide.
    assert found.total_cc == pytest.approx(volume, rel=0.01)
    assert not only(found.regions).reaches_surface


def tilted(structure: ContouredStructure, angle_deg: float) -> ContouredStructure:
    """The structure turned about the x axis: its planes are oblique then."""
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    turn = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
    return ContouredStructure("TILTED", tuple(p @ turn.T for p in structure.polygons_mm))


def test_oblique_planes_change_nothing(make_box: Box, make_implant: Implant) -> None:
    structure = tilted(make_box((-20, -30, -10), (20, 30, 10)), 25.0)
    everything = cold_subvolumes(structure, [], below_gy=1.0)
    assert everything.total_cc == pytest.approx(48.0, rel=1e-3)
    assert only(everything.regions).centroid_mm == pytest.approx((0.0, 0.0, 0.0), abs=0.1)
    volume = isodose_volume_cc(make_implant(np.zeros((1, 3)), 0.5), 60.0)
    end = np.array([[0.0, 22.0 * np.cos(np.radians(25)), 22.0 * np.sin(np.radians(25))]])
    found = hot_subvolumes(structure, [make_implant(end, 0.5)], above_gy=60.0)
    assert found.total_cc == pytest.approx(volume, rel=0.01)
    assert only(found.regions).extremes[0].depth_mm == pytest.approx(8.0, abs=0.5)


def test_an_organ_beside_the_seeds_is_hot_at_its_near_face(
    make_box: Box, make_implant: Implant
) -> None:
    organ = make_box((25, -30, -30), (85, 30, 30))
    found = hot_subvolumes(organ, [make_implant(LATTICE, 0.6)], above_gy=60.0)
    region = only(found.regions)
    assert region.reaches_surface
    assert region.seeds_inside == ()
    assert region.extremes[0].place_mm[0] == pytest.approx(25.0, abs=0.5)
    assert region.from_center_mm[0] < -25.0
    dvh = structure_dose(organ, [make_implant(LATTICE, 0.6)], prescription_gy=60.0)
    assert dvh.v100_percent is not None
    assert found.total_percent == pytest.approx(dvh.v100_percent, abs=0.1)


def test_small_regions_are_counted_and_not_listed(make_box: Box, make_implant: Implant) -> None:
    seeds = [make_implant(LATTICE, 0.6)]
    structure = make_box((-14, -14, -14), (14, 14, 14))
    every = hot_subvolumes(structure, seeds, above_gy=500.0)
    large = hot_subvolumes(structure, seeds, above_gy=500.0, smallest_cc=10.0)
    assert len(every.regions) > 10
    assert large.regions == ()
    assert large.left_out_count == len(every.regions) + every.left_out_count
    assert large.left_out_cc == pytest.approx(every.total_cc, rel=1e-9)


@pytest.mark.parametrize("find", [cold_subvolumes, hot_subvolumes])
def test_a_level_must_be_above_zero(find: Callable[..., object], make_box: Box) -> None:
    level = "below_gy" if find is cold_subvolumes else "above_gy"
    with pytest.raises(ValueError, match="a dose level must be above zero, is 0"):
        find(make_box((0, 0, 0), (10, 10, 10)), [], **{level: 0.0})
