from types import SimpleNamespace

import numpy as np
import pytest

from dosimetry_core.structures import (
    contains,
    sample_structure,
    signed_distance_mm,
    surface_points_mm,
    volume_cc,
)
from dosimetry_core.values import ContouredStructure


@pytest.fixture
def ring(shapes: SimpleNamespace) -> ContouredStructure:
    polygons = [shapes.circle(r, z) for z in np.arange(0, 20, 2.5) for r in (10.0, 6.0)]
    return ContouredStructure("RING", tuple(polygons))


@pytest.mark.parametrize("point_count", [500, 20_000, 100_000])
def test_samples_are_inside_and_add_up_to_the_volume(
    ring: ContouredStructure, point_count: int
) -> None:
    samples = sample_structure(ring, point_count=point_count)
    assert samples.weights_mm3.sum() / 1000 == pytest.approx(volume_cc(ring), rel=1e-12)
    assert (samples.weights_mm3 > 0).all()
    assert contains(ring, samples.centers_mm).all()
    assert (np.abs(samples.points_mm - samples.centers_mm) <= samples.cells_mm / 2).all()
    assert contains(ring, samples.points_mm).mean() > 0.9
    assert 0.7 * point_count < samples.weights_mm3.size < 2.5 * point_count


def test_samples_stand_for_their_cells(ring: ContouredStructure) -> None:
    samples = sample_structure(ring, point_count=20_000)
    cells = np.prod(samples.cells_mm, axis=1)
    np.testing.assert_allclose(samples.weights_mm3, cells, rtol=0.02)


def test_samples_integrate_moments(ring: ContouredStructure) -> None:
    """Mean of x2 + y2 over a ring is (R2 + r2) / 2; mean height is that of the slabs."""
    samples = sample_structure(ring, point_count=20_000)
    weights = samples.weights_mm3 / samples.weights_mm3.sum()
    x, y, z = samples.points_mm.T
    assert np.sum(weights * (x**2 + y**2)) == pytest.approx((100 + 36) / 2, rel=5e-3)
    assert np.sum(weights * z) == pytest.approx(8.75, rel=1e-3)
    assert np.sum(weights * samples.centers_mm[:, 2]) == pytest.approx(8.75, rel=1e-9)


def test_samples_are_the_same_every_time(shapes: SimpleNamespace) -> None:
    first, second = (sample_structure(shapes.box(10.0), point_count=3000) for _ in range(2))
    assert np.array_equal(first.points_mm, second.points_mm)


def test_tiny_and_large_structures_get_as_many_points(shapes: SimpleNamespace) -> None:
    for side_mm in (1.0, 10.0, 150.0):
        box = shapes.box(side_mm, side_mm / 10)
        assert 15_000 < sample_structure(box, point_count=20_000).weights_mm3.size < 40_000


def test_small_islands_far_apart_are_not_missed(shapes: SimpleNamespace) -> None:
    islands = [
        shapes.rectangle((5, y), (5.3, y + 0.3), z) for z in (0.0, 2.5, 5.0) for y in (1.0, 98.0)
    ]
    structure = ContouredStructure("S", tuple(islands))
    samples = sample_structure(structure, point_count=20_000)
    assert volume_cc(structure) == pytest.approx(2 * 0.3**2 * 7.5 / 1000, rel=1e-9)
    for low, high in ((0.0, 50.0), (50.0, 100.0)):
        own = (samples.centers_mm[:, 1] > low) & (samples.centers_mm[:, 1] < high)
        assert samples.weights_mm3[own].sum() == pytest.approx(0.3**2 * 7.5, rel=1e-9)


def test_divided_samples_fill_the_same_cells(shapes: SimpleNamespace) -> None:
    samples = sample_structure(shapes.box(10.0), point_count=200)
    fine = samples.divided((2, 3, 1))
    assert fine.weights_mm3.size == 6 * samples.weights_mm3.size
    assert fine.weights_mm3.sum() == pytest.approx(samples.weights_mm3.sum())
    np.testing.assert_allclose(fine.cells_mm[:6], np.tile(samples.cells_mm[0] / [2, 3, 1], (6, 1)))
    np.testing.assert_allclose(fine.centers_mm[:6].mean(axis=0), samples.centers_mm[0])
    assert contains(shapes.box(10.0), fine.points_mm).all()


def test_surface_points_lie_on_the_surface_and_meet_all_of_it(ring: ContouredStructure) -> None:
    points = surface_points_mm(ring, 0.5)
    assert np.abs(signed_distance_mm(ring, points)).max() < 1e-9
    for corner in ([10.0, 0, -1.25], [0, -10.0, 18.75], [6.0, 0, 18.75], [8.0, 0, -1.25]):
        assert np.linalg.norm(points - corner, axis=1).min() < 0.5


def test_counts_and_spacings_of_nothing_are_refused(ring: ContouredStructure) -> None:
    with pytest.raises(ValueError, match="point_count"):
        sample_structure(ring, point_count=0)
    with pytest.raises(ValueError, match="spacing_mm"):
        surface_points_mm(ring, 0.0)
