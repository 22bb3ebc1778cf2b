"""Volumes of solids whose closed form is known, wherever the planes fall."""

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.structures import mask_on, volume_cc, volume_estimate
from dosimetry_core.structures.stack import slab_stack
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
SPACINGS_MM = (1.0, 2.5, 5.0)
SHIFTS = (0.03, 0.21, 0.4, 0.5, 0.68, 0.87)


def heights_in(low: float, high: float, spacing_mm: float, shift: float) -> FloatArray:
    heights = (np.arange(-100, 101) + shift) * spacing_mm
    return heights[(heights > low + 1e-3) & (heights < high - 1e-3)]


def moved(polygon: FloatArray, along_x_mm: float) -> FloatArray:
    return polygon + np.array([along_x_mm, 0.0, 0.0])


def ball_radius(radius_mm: float) -> Callable[[float], float]:
    return lambda z: math.sqrt(max(radius_mm**2 - z * z, 0.0))


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
@pytest.mark.parametrize("radius_mm", [10.0, 15.0, 25.0])
def test_balls(shapes: SimpleNamespace, radius_mm: float, spacing_mm: float) -> None:
    for shift in SHIFTS:
        heights = heights_in(-radius_mm, radius_mm, spacing_mm, shift)
        ball = shapes.revolved(ball_radius(radius_mm), heights)
        assert volume_cc(ball) == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, rel=0.002)


@pytest.mark.parametrize("spacing_mm", [1.0, 1.25])
def test_small_balls(shapes: SimpleNamespace, spacing_mm: float) -> None:
    for shift in SHIFTS:
        ball = shapes.revolved(ball_radius(3.0), heights_in(-3, 3, spacing_mm, shift))
        assert volume_cc(ball) == pytest.approx(4 / 3 * np.pi * 3**3 / 1000, rel=0.005)


def test_a_ball_with_uneven_planes(shapes: SimpleNamespace) -> None:
    heights = np.array([-13.0, -11.0, -10.0, -7.9, -4.0, -2.5, 0.5, 3.0, 7.0, 9.5, 13.0])
    ball = shapes.revolved(ball_radius(15.0), heights)
    assert volume_cc(ball) == pytest.approx(4 / 3 * np.pi * 15**3 / 1000, rel=0.002)


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
@pytest.mark.parametrize("shear", [0.0, 0.7])
def test_cylinders_are_restored_between_their_ends(
    shapes: SimpleNamespace, spacing_mm: float, shear: float
) -> None:
    """The ends are taken half a gap beyond the last planes: here they are there."""
    heights = np.arange(spacing_mm / 2, 30, spacing_mm)
    cylinder = ContouredStructure(
        "S", tuple(moved(shapes.circle(12.0, z), shear * z) for z in heights)
    )
    assert volume_cc(cylinder) == pytest.approx(np.pi * 12**2 * 30 / 1000, rel=0.002)


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
@pytest.mark.parametrize("shear", [0.0, 0.5])
def test_cones_are_restored_up_to_their_tip(
    shapes: SimpleNamespace, spacing_mm: float, shear: float
) -> None:
    """The base is half a gap below the first plane; the tip lies anywhere."""
    for height_mm in (30.0, 31.1, 32.6, 34.2):
        heights = np.arange(spacing_mm / 2, height_mm - 0.05, spacing_mm)
        cone = ContouredStructure(
            "S",
            tuple(moved(shapes.circle(14.0 * (1 - z / height_mm), z), shear * z) for z in heights),
        )
        assert volume_cc(cone) == pytest.approx(np.pi * 14**2 * height_mm / 3000, rel=0.005)


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_capsules(shapes: SimpleNamespace, spacing_mm: float) -> None:
    """A cylinder with half a ball at either end."""

    def radius(z: float) -> float:
        return ball_radius(12.0)(max(abs(z) - 15.0, 0.0))

    true_cc = (np.pi * 12**2 * 30 + 4 / 3 * np.pi * 12**3) / 1000
    for shift in SHIFTS:
        capsule = shapes.revolved(radius, heights_in(-27, 27, spacing_mm, shift))
        estimate = volume_estimate(capsule)
        assert estimate.volume_cc == pytest.approx(true_cc, rel=0.005)
        assert abs(estimate.volume_cc - true_cc) < estimate.error_cc < 0.05 * true_cc


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_a_torus(shapes: SimpleNamespace, spacing_mm: float) -> None:
    """Its tube is 16 mm thick: the hole narrows and widens again, and ends with the outline."""
    for shift in SHIFTS[::2]:
        polygons = [
            shapes.circle(20.0 + side * ball_radius(8.0)(z), z)
            for z in heights_in(-8, 8, spacing_mm, shift)
            for side in (-1, 1)
        ]
        estimate = volume_estimate(ContouredStructure("S", tuple(polygons)))
        true_cc = 2 * np.pi**2 * 20 * 8**2 / 1000
        assert estimate.volume_cc == pytest.approx(true_cc, rel=0.005 if spacing_mm < 5 else 0.02)
        assert abs(estimate.volume_cc - true_cc) < estimate.error_cc


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_a_hollow_ball(shapes: SimpleNamespace, spacing_mm: float) -> None:
    """The cavity ends where its own planes say, inside the ball."""
    polygons = [
        shapes.circle(ball_radius(radius)(z), z)
        for radius in (20.0, 12.0)
        for z in heights_in(-radius, radius, spacing_mm, 0.3)
    ]
    true_cc = 4 / 3 * np.pi * (20**3 - 12**3) / 1000
    assert volume_cc(ContouredStructure("S", tuple(polygons))) == pytest.approx(true_cc, rel=0.005)


@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_islands_end_where_their_own_planes_say(shapes: SimpleNamespace, spacing_mm: float) -> None:
    """Two balls of unlike size side by side, in one pile of planes."""
    polygons = [
        moved(shapes.circle(ball_radius(radius)(z - middle), z), aside)
        for radius, middle, aside in ((20.0, 0.0, 0.0), (11.0, 4.0, 35.0))
        for z in heights_in(middle - radius, middle + radius, spacing_mm, 0.3)
    ]
    true_cc = 4 / 3 * np.pi * (20**3 + 11**3) / 1000
    assert volume_cc(ContouredStructure("S", tuple(polygons))) == pytest.approx(true_cc, rel=0.005)


def test_two_islands_merge_into_one(shapes: SimpleNamespace) -> None:
    """A Y of two leaning arms that meet in a trunk, against the same at planes of 0.5 mm."""

    def planes(spacing_mm: float) -> ContouredStructure:
        polygons: list[FloatArray] = []
        for z in np.arange(spacing_mm / 2, 40, spacing_mm):
            apart = max(z - 15.0, 0.0)
            if apart < 10.0:
                polygons.append(_stadium(8.0, apart, float(z)))
            else:
                polygons += [moved(shapes.circle(8.0, z), side * apart) for side in (-1, 1)]
        return ContouredStructure("Y", tuple(polygons))

    fine_cc = volume_cc(planes(0.5))
    for spacing_mm in (2.5, 5.0):
        estimate = volume_estimate(planes(spacing_mm))
        assert estimate.volume_cc == pytest.approx(fine_cc, rel=0.04)
        assert abs(estimate.volume_cc - fine_cc) < estimate.error_cc


def _stadium(radius: float, apart: float, z: float) -> FloatArray:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 90)
    right = np.column_stack([apart + radius * np.cos(angle), radius * np.sin(angle)])
    outline = np.concatenate([right, -right])
    return np.column_stack([outline, np.full(outline.shape[0], z)])


@pytest.mark.parametrize("normal", [(0, 0.3, 1.0), (1, 0, 0), (0, 1, 0), (0.6, -0.5, -0.4)])
def test_an_oblique_stack_of_a_ball_is_the_ball(
    shapes: SimpleNamespace, normal: tuple[float, float, float]
) -> None:
    turn = np.linalg.qr(np.column_stack([normal, np.eye(3)[:, :2] + 0.1]))[0][:, ::-1]
    turn *= np.sign(np.linalg.det(turn))
    center = np.array([30.0, -20.0, 45.0])
    straight = shapes.revolved(ball_radius(15.0), heights_in(-15, 15, 5.0, 0.3))
    oblique = ContouredStructure("S", tuple(p @ turn.T + center for p in straight.polygons_mm))
    assert volume_cc(oblique) == pytest.approx(volume_cc(straight), rel=0.002)
    affine = np.diag([0.8, 0.8, 0.8, 1.0])
    affine[:3, 3] = center - 18.0
    mask = mask_on(oblique, affine, (46, 46, 46))
    kji = np.argwhere(mask)
    distance = np.linalg.norm(kji[:, ::-1] * 0.8 + affine[:3, 3] - center, axis=1)
    assert mask.sum() * 0.8**3 == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.01)
    assert distance.max() < 16.0


def test_abrupt_ends_are_told_with_their_error(shapes: SimpleNamespace) -> None:
    """Cylinders and cones of random size and place: the true volume is within the error."""
    rng = np.random.default_rng(11)
    hits = 0
    widths: list[float] = []
    for n in range(60):
        radius, height = rng.uniform(6, 20), rng.uniform(18, 50)
        spacing_mm = (1.0, 2.5, 5.0)[n % 3]
        start = rng.uniform(0, spacing_mm)
        heights = np.arange(start, height - 0.01, spacing_mm)
        if n % 2:
            solid = shapes.revolved(lambda _, r=radius: r, heights)
            true_cc = np.pi * radius**2 * height / 1000
        else:
            solid = shapes.revolved(lambda z, r=radius, h=height: r * (1 - z / h), heights)
            true_cc = np.pi * radius**2 * height / 3000
        estimate = volume_estimate(solid)
        hits += abs(estimate.volume_cc - true_cc) <= estimate.error_cc
        widths.append(estimate.error_cc / (np.pi * radius**2 * spacing_mm / 1000))
    assert hits >= 0.95 * 60
    assert max(widths) < 1.6, "no wider than the cylinders of a gap at the two ends, and a little"


def test_solids_with_bends_are_told_with_their_error(shapes: SimpleNamespace) -> None:
    """Eggs, capsules and double cones, which no parabola fits."""
    rng = np.random.default_rng(12)
    hits = 0
    widths: list[float] = []
    for n in range(60):
        radius, spacing_mm = rng.uniform(8, 22), (1.0, 2.5, 5.0)[n % 3]
        kind = n // 3 % 3
        high = radius * (1.7, 2.0, 1.0)[kind]

        def at(z: float, r: float = radius, k: int = kind, h: float = high) -> float:
            if k == 0:
                return r * math.sqrt(max(1 - (z / (h if z > 0 else r)) ** 2, 0.0))
            if k == 1:
                return ball_radius(r)(z if z < 0 else max(z - r, 0.0))
            return r * (1 - abs(z) / r)

        true_cc = (
            (2 / 3 * np.pi * radius**2 * (radius + high) / 1000),
            (np.pi * radius**3 + 4 / 3 * np.pi * radius**3) / 1000,
            (2 / 3 * np.pi * radius**3) / 1000,
        )[kind]
        heights = heights_in(-radius, high, spacing_mm, rng.uniform())
        estimate = volume_estimate(shapes.revolved(at, heights))
        hits += abs(estimate.volume_cc - true_cc) <= estimate.error_cc
        widths.append(estimate.error_cc / true_cc)
    assert hits >= 0.95 * 60
    assert np.median(widths) < 0.02


def test_two_planes_are_joined_by_a_straight_line(shapes: SimpleNamespace) -> None:
    """A frustum by its areas, half a gap more at its wide end, and closing at its narrow one."""
    pair = [shapes.circle(10.0, 0.0), shapes.circle(8.0, 5.0)]
    low, high = np.pi * 100, np.pi * 64
    estimate = volume_estimate(ContouredStructure("S", tuple(pair)))
    assert (low + high) / 2 * 5 < estimate.volume_cc * 1000 < (low + high) / 2 * 5 + 2.5 * 660
    assert estimate.error_cc > 0.1 * estimate.volume_cc


def test_what_hardly_changes_is_not_cut_thinner(shapes: SimpleNamespace) -> None:
    heights = np.arange(0.0, 60.0)
    organ = shapes.revolved(lambda z: 60.0 + 3.0 * math.sin(z / 20), heights)
    assert len(slab_stack(organ).slabs) <= 62
