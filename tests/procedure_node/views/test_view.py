from dataclasses import replace

import numpy as np
import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.views import AXES, View

POSITION_MM = {"axial": 161.0, "coronal": 2.0, "sagittal": 5.4}


def radii(lines, right_mm: float, down_mm: float) -> np.ndarray:
    points = np.concatenate(lines)
    return np.hypot(points[:, 0] - right_mm, points[:, 1] - down_mm)


def middle(plane: str, center_mm) -> tuple[float, float]:
    axes = AXES[plane]
    return center_mm[axes.right], axes.down_sign * center_mm[axes.down]


@pytest.mark.parametrize("plane", AXES)
def test_a_pixel_lies_where_its_ct_number_says(view: View, plane):
    section = view.section(plane, POSITION_MM[plane])
    axes = AXES[plane]
    row, column = 7, 11
    xyz = np.empty(3)
    xyz[axes.across] = section.position_mm
    xyz[axes.right] = section.left_mm + (column + 0.5) * section.column_mm
    xyz[axes.down] = axes.down_sign * (section.top_mm + (row + 0.5) * section.row_mm)
    assert section.pixels[row, column] == np.rint(xyz @ np.array([2.0, 3.0, 5.0]))


@pytest.mark.parametrize("plane", AXES)
def test_the_position_moves_to_the_nearest_voxel_centre(view: View, plane):
    centres = view.ct.grid.positions_mm(AXES[plane].across)
    position = view.section(plane, POSITION_MM[plane]).position_mm
    assert position == centres[np.argmin(np.abs(centres - POSITION_MM[plane]))]


def test_a_position_outside_the_ct_shows_its_last_slice(view: View):
    assert view.section("axial", 9999.0).position_mm == 100.0 + 39 * 3.0
    assert view.section("axial", -9999.0).position_mm == 100.0


def test_no_position_is_too_far_outside(view: View):
    fine = replace(view.ct, grid=replace(view.ct.grid, pitch_mm=(0.5, 0.5, 0.5)))
    grid = fine.grid
    shown = replace(view, ct=fine).section("sagittal", 1.7e308)
    assert shown.position_mm == grid.positions_mm(0)[-1]


@pytest.mark.parametrize("plane", AXES)
@pytest.mark.parametrize(
    ("percent", "radius_mm"), [(50, 25.0), (100, 20.0), (150, 15.0), (200, 10.0)]
)
def test_isodoses_lie_at_their_dose(view: View, center_mm, plane, percent, radius_mm):
    section = view.section(plane, center_mm[AXES[plane].across])
    isodose = next(line for line in section.isodoses if line.percent == percent)
    offset = section.position_mm - center_mm[AXES[plane].across]
    assert isodose.dose_gy == percent
    expected = np.sqrt(radius_mm**2 - offset**2)
    assert radii(isodose.lines, *middle(plane, center_mm)) == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize("plane", AXES)
def test_ice_and_structure_outlines_lie_around_what_they_show(view: View, center_mm, plane):
    section = view.section(plane, center_mm[AXES[plane].across])
    assert radii(section.ice, *middle(plane, center_mm)) == pytest.approx(12.0, abs=1.6)
    (outline,) = section.structures
    assert outline.name == "L1"
    assert radii(outline.lines, *middle(plane, center_mm)) == pytest.approx(15.0, abs=1.6)


def test_an_axial_outline_is_the_polygon_as_it_was_drawn(view: View, make_ball):
    section = view.section("axial", 160.0)
    drawn = next(p for p in make_ball(15.0).polygons_mm if p[0, 2] == section.position_mm)
    (line,) = section.structures[0].lines
    np.testing.assert_array_equal(line[:-1], drawn[:, :2])
    np.testing.assert_array_equal(line[0], line[-1])


def test_nothing_is_drawn_where_there_is_nothing(view: View):
    section = view.section("axial", 100.0)
    assert section.ice == ()
    assert section.structures == ()
    assert all(isodose.lines == () for isodose in section.isodoses)


def test_a_section_carries_the_mode_of_its_scan(view: View):
    assert view.section("coronal", 0.0).mode is GenerationMode.DEMO
