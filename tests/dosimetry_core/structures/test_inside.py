from types import SimpleNamespace

import numpy as np
import pytest

from dosimetry_core.structures import StructureError, contains, mask_on, volume_cc
from dosimetry_core.values import ContouredStructure


def test_holes_and_islands_combine_by_exclusive_or(shapes: SimpleNamespace) -> None:
    polygons = [
        polygon
        for z in (0.0, 2.0)
        for polygon in (
            shapes.rectangle((0, 0), (10, 10), z),
            shapes.rectangle((2, 2), (8, 8), z),
            shapes.rectangle((4, 4), (6, 6), z),
            shapes.rectangle((20, 0), (25, 5), z),
        )
    ]
    structure = ContouredStructure("S", tuple(polygons))
    assert volume_cc(structure) == pytest.approx((100 - 36 + 4 + 25) * 4 / 1000, rel=1e-12)
    points = np.array([[1, 1, 0], [3, 3, 0], [5, 5, 0], [15, 3, 0], [22, 3, 0], [5, 5, 3.5]])
    assert contains(structure, points).tolist() == [True, False, True, False, True, False]


def test_crossing_polygons_are_measured(shapes: SimpleNamespace) -> None:
    """Two squares that overlap, and a bow tie: the parts covered twice are outside."""
    pair = [shapes.rectangle((0, 0), (10, 10), z) for z in (0.0, 2.0)]
    pair += [shapes.rectangle((5, 5), (15, 15), z) for z in (0.0, 2.0)]
    assert volume_cc(ContouredStructure("S", tuple(pair))) == pytest.approx(150 * 4 / 1000)
    bow_tie = [np.array([[0, 0, z], [10, 10, z], [10, 0, z], [0, 10, z]]) for z in (0.0, 2.0)]
    assert volume_cc(ContouredStructure("S", tuple(bow_tie))) == pytest.approx(0.2, rel=1e-3)


def test_a_ray_through_corners_is_counted_once(shapes: SimpleNamespace) -> None:
    diamond = [np.array([[0, -5, z], [5, 0, z], [0, 5, z], [-5, 0, z]]) for z in (0.0, 2.0)]
    structure = ContouredStructure("S", tuple(diamond))
    points = np.array([[-6, 0, 0], [-4, 0, 0], [4, 0, 0], [6, 0, 0], [-1, 5, 0], [0, -4.9, 0]])
    assert contains(structure, points).tolist() == [False, True, True, False, False, True]


def test_a_structure_has_half_a_slice_beyond_its_last_plane(shapes: SimpleNamespace) -> None:
    box = shapes.box(10.0, 2.5)
    points = np.array([[0, 0, -5.01], [0, 0, -4.99], [0, 0, 4.99], [0, 0, 5.01]])
    assert contains(box, points).tolist() == [False, True, True, False]


def test_mask_holds_the_voxels_whose_centre_is_inside(shapes: SimpleNamespace) -> None:
    affine = np.diag([0.8, 0.8, 2.5, 1.0])
    affine[:3, 3] = [-16.0, -16.0, -13.75]
    structure = shapes.box(20.0, 2.5)
    mask = mask_on(structure, affine, (12, 41, 41))
    assert mask.shape == (12, 41, 41)
    assert mask.sum() == 8 * 25 * 25
    assert mask[2:10, 8:33, 8:33].all()


def test_masks_of_straight_turned_and_mirrored_grids_are_right(shapes: SimpleNamespace) -> None:
    structure = shapes.revolved(lambda z: np.sqrt(15**2 - z**2), np.arange(-14, 15, 2.0))
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    straight = np.diag([1.1, 1.3, 1.7])
    for matrix in (straight, np.diag([-1.1, 1.3, -1.7]), turn @ straight):
        affine = np.eye(4)
        affine[:3, :3] = matrix
        affine[:3, 3] = matrix @ np.array([-20.3, -18.2, -14.1])
        shape = (30, 38, 42)
        mask = mask_on(structure, affine, shape)
        k, j, i = np.meshgrid(*map(np.arange, shape), indexing="ij")
        points = np.stack([i, j, k], axis=-1).reshape(-1, 3) @ matrix.T + affine[:3, 3]
        assert np.array_equal(mask.ravel(), contains(structure, points))
        volume = mask.sum() * abs(np.linalg.det(matrix)) / 1000
        assert volume == pytest.approx(volume_cc(structure), rel=0.02)


def test_a_structure_that_reaches_out_of_the_grid_is_refused(shapes: SimpleNamespace) -> None:
    affine = np.eye(4)
    box = shapes.box(10.0, 2.5)
    with pytest.raises(StructureError, match="BOX: reaches out of the image"):
        mask_on(box, affine, (20, 20, 20))
    clipped = mask_on(box, affine, (20, 20, 20), clip=True)
    assert clipped.sum() == 5**3


def test_a_mask_is_never_silently_empty(shapes: SimpleNamespace) -> None:
    affine = np.diag([5.0, 5.0, 5.0, 1.0])
    affine[:3, 3] = [-22.5, -22.5, -22.5]
    with pytest.raises(StructureError, match="no voxel centre is inside"):
        mask_on(shapes.box(2.0, 1.0), affine, (10, 10, 10))
    affine[:3, 3] = 1000.0
    with pytest.raises(StructureError, match="lies outside"):
        mask_on(shapes.box(20.0, 2.5), affine, (10, 10, 10), clip=True)
