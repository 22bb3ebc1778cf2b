import numpy as np
import pytest

from dosimetry_core.values import ContouredStructure
from procedure_node.views.outline import distance_map, fill


def square(low: float, high: float, z: float) -> np.ndarray:
    return np.array([[low, low, z], [high, low, z], [high, high, z], [low, high, z]])


def test_a_polygon_inside_another_is_a_hole_and_one_beside_it_an_island():
    x = np.arange(0.0, 40.0)
    inside = fill([square(1.5, 20.5, 0), square(8.5, 12.5, 0), square(25.5, 30.5, 0)], x, x)
    row = inside[10]
    assert row.nonzero()[0].tolist() == [*range(2, 9), *range(13, 21)]
    assert inside[28].nonzero()[0].tolist() == list(range(26, 31))


def test_filling_does_not_depend_on_the_direction_of_drawing():
    x = np.arange(0.0, 30.0)
    drawn = np.array([[3.2, 4.1, 0], [22.7, 8.3, 0], [14.4, 25.9, 0], [9.1, 12.2, 0]])
    np.testing.assert_array_equal(fill([drawn], x, x), fill([drawn[::-1]], x, x))


def test_area_of_a_filled_circle():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = np.column_stack((20.13 + 12 * np.cos(angle), 20.21 + 12 * np.sin(angle)))
    x = np.arange(0.0, 40.0, 0.5)
    assert fill([circle], x, x).sum() * 0.25 == pytest.approx(np.pi * 144, rel=0.01)


def test_parts_that_are_drawn_apart_stay_apart():
    planes = [square(0, 20, z) for z in (0, 3, 6, 30, 33)]
    distances = distance_map(ContouredStructure("L1", tuple(planes)), 5.0)
    middle = distances.distance_mm[:, 11, 11]
    np.testing.assert_allclose(distances.z_mm, [-1.5, 0, 3, 6, 7.5, 28.5, 30, 33, 34.5])
    assert (middle > 0).tolist() == [False, True, True, True, False, False, True, True, False]


def test_a_single_plane_is_as_thick_as_a_slice():
    distances = distance_map(ContouredStructure("L1", (square(0, 20, 10.0),)), 5.0)
    np.testing.assert_allclose(distances.z_mm, [7.5, 10.0, 12.5])
