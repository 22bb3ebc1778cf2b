import pytest

from procedure_node.views import seed_marks

SEED = ((10.0, 20.0, 30.0), (0.0, 0.6, 0.8))


@pytest.mark.parametrize(
    ("plane", "at_mm", "start", "end"),
    [
        ("axial", 29.0, (10.0, 18.5), (10.0, 21.5)),
        ("coronal", 20.0, (10.0, -28.0), (10.0, -32.0)),
        ("sagittal", 11.0, (18.5, -28.0), (21.5, -32.0)),
    ],
)
def test_a_seed_near_the_plane_is_projected_onto_it(plane, at_mm, start, end):
    (mark,) = seed_marks([SEED], plane, at_mm, within_mm=2.5, length_mm=5.0)
    assert mark.start == pytest.approx(start)
    assert mark.end == pytest.approx(end)


def test_a_seed_far_from_the_plane_is_not_drawn():
    assert seed_marks([SEED], "axial", 33.0, within_mm=2.5, length_mm=5.0) == ()


def test_the_mark_tells_how_far_off_the_plane_the_seed_is():
    (mark,) = seed_marks([SEED], "axial", 28.0, within_mm=2.5, length_mm=5.0)
    assert mark.offset_mm == 2.0
