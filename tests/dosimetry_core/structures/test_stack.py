from types import SimpleNamespace

import numpy as np
import pytest

from dosimetry_core.structures import StructureError, volume_cc
from dosimetry_core.structures.stack import slab_stack
from dosimetry_core.values import ContouredStructure


def squares(shapes: SimpleNamespace, heights: list[float]) -> ContouredStructure:
    return ContouredStructure(
        "S", tuple(shapes.rectangle((0, 0), (10, 10), height) for height in heights)
    )


def limits(
    structure: ContouredStructure, spacing: float | None = None
) -> list[tuple[float, float]]:
    return [(slab.lower_mm, slab.upper_mm) for slab in slab_stack(structure, spacing).slabs]


def test_planes_reach_half_way_and_half_a_spacing_beyond_the_ends(shapes: SimpleNamespace) -> None:
    assert limits(squares(shapes, [0, 5, 10])) == [(-2.5, 2.5), (2.5, 7.5), (7.5, 12.5)]


def test_the_order_of_contours_has_no_meaning(shapes: SimpleNamespace) -> None:
    assert limits(squares(shapes, [10, 0, 5])) == limits(squares(shapes, [0, 5, 10]))


def test_uneven_planes(shapes: SimpleNamespace) -> None:
    assert limits(squares(shapes, [0, 1, 3, 8])) == [(-0.5, 0.5), (0.5, 2), (2, 5.5), (5.5, 10.5)]


def test_a_skipped_plane_is_filled(shapes: SimpleNamespace) -> None:
    assert volume_cc(squares(shapes, [0, 5, 15, 20])) == pytest.approx(2.5)


def test_a_wide_gap_parts_the_structure(shapes: SimpleNamespace) -> None:
    stack = slab_stack(squares(shapes, [0, 5, 40, 45]))
    assert [(s.lower_mm, s.upper_mm) for s in stack.slabs] == [
        (-2.5, 2.5),
        (2.5, 7.5),
        (37.5, 42.5),
        (42.5, 47.5),
    ]
    assert stack.piles_mm.tolist() == [[-2.5, 7.5]] * 2 + [[37.5, 47.5]] * 2


def test_a_plane_apart_from_the_others_is_as_thick_as_they_are(shapes: SimpleNamespace) -> None:
    assert limits(squares(shapes, [0, 5, 10, 40]))[-1] == (37.5, 42.5)


def test_one_plane_needs_the_spacing_of_its_images(shapes: SimpleNamespace) -> None:
    one = squares(shapes, [3.0])
    with pytest.raises(StructureError, match="S: the plane at z = 3 mm stands alone"):
        volume_cc(one)
    assert volume_cc(one, plane_spacing_mm=2.5) == pytest.approx(0.25)


def test_a_spacing_of_nothing_is_refused(shapes: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match="plane_spacing_mm"):
        volume_cc(squares(shapes, [3.0]), plane_spacing_mm=0.0)


def test_nearly_equal_heights_are_one_plane(shapes: SimpleNamespace) -> None:
    holes = [shapes.rectangle((2, 2), (4, 4), height) for height in (0.0004, 5.0003)]
    structure = ContouredStructure("S", (*squares(shapes, [0, 5]).polygons_mm, *holes))
    assert volume_cc(structure) == pytest.approx((100 - 4) * 2 * 5 / 1000)


def test_stray_points_and_lines_have_no_part(shapes: SimpleNamespace) -> None:
    good = squares(shapes, [0, 5])
    stray = (
        np.array([[3.0, 3.0, 500.0]]),
        np.array([[3.0, 3.0, -300.0], [4.0, 3.0, -300.0], [5.0, 3.0, -300.0]]),
    )
    assert volume_cc(ContouredStructure("S", good.polygons_mm + stray)) == volume_cc(good)


def test_structures_without_a_sound_shape_are_refused(shapes: SimpleNamespace) -> None:
    good = squares(shapes, [0, 5]).polygons_mm
    tilted = shapes.rectangle((0, 0), (10, 10), 10.0)
    tilted[:2, 2] += 0.2
    broken = shapes.rectangle((0, 0), (10, np.nan), 10.0)
    turned = np.roll(good[0], 1, axis=0)
    for polygons, reason in (
        ((), "no contour encloses an area"),
        ((np.zeros((4, 3)),), "no contour encloses an area"),
        ((*good, tilted), "contour 3 is not parallel to the others: it runs through 0.2 mm"),
        ((*good, broken), "contour 3 has a coordinate that is not a finite number"),
        ((*good, good[1]), "a contour at z = 5 mm is there twice"),
        ((*good, turned), "contours at z = 0 mm cancel each other"),
        ((np.zeros((4, 2)),), r"must be \(n, 3\)"),
        (squares(shapes, [0, 16]).polygons_mm, "planes are 16 mm apart"),
    ):
        with pytest.raises(StructureError, match=reason):
            slab_stack(ContouredStructure("S", polygons))


def test_a_structure_is_read_once(shapes: SimpleNamespace) -> None:
    structure = squares(shapes, [0, 5])
    assert slab_stack(structure) is slab_stack(structure)
