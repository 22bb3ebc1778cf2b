import numpy as np
import pytest

from dosimetry_core.values import ContouredStructure, GenerationMode, Volume
from procedure_node.views import ViewError, ViewShelf, open_view, write_view


def write(directory, ct, **other):
    given = {"structures": [], "dose": None, "prescription_gy": None, "ice": None}
    write_view(directory, ct=ct, mode=GenerationMode.TEST, **{**given, **other})


@pytest.mark.parametrize("directions", [(-1, -1, 1), (-1, 1, -1), (1, -1, -1)])
def test_prone_and_feet_first_series_show_the_same_patient(tmp_path, turned_ct, directions):
    write(tmp_path / "supine", turned_ct())
    write(tmp_path / "turned", turned_ct(directions))
    supine = open_view(tmp_path / "supine").section("axial", 130.0)
    turned = open_view(tmp_path / "turned").section("axial", 130.0)
    np.testing.assert_array_equal(turned.pixels, supine.pixels)
    assert (turned.left_mm, turned.top_mm, turned.position_mm) == pytest.approx(
        (supine.left_mm, supine.top_mm, supine.position_mm)
    )


def test_a_tilted_series_is_refused_by_name(tmp_path, ct):
    tilt = np.deg2rad(8)
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]
    with pytest.raises(ViewError, match="the CT is not axial"):
        write(tmp_path / "view", Volume(ct.values, turn @ ct.affine))
    assert list(tmp_path.iterdir()) == []


def test_writing_again_replaces_the_view_and_the_shelf_sees_it(tmp_path, ct):
    shelf = ViewShelf()
    write(tmp_path / "view", ct)
    first = shelf.view(tmp_path / "view")
    assert shelf.view(tmp_path / "view") is first
    write(tmp_path / "view", Volume(ct.values + np.int16(7), ct.affine))
    again = shelf.view(tmp_path / "view")
    np.testing.assert_array_equal(
        again.section("axial", 0.0).pixels, first.section("axial", 0.0).pixels + 7
    )
    assert [path.name for path in tmp_path.iterdir()] == ["view"]


def test_what_a_killed_writer_left_is_removed_and_its_neighbours_stay(tmp_path, ct):
    (tmp_path / ".1.2.3~killed" / "draft").mkdir(parents=True)
    (tmp_path / ".1.2.3.4~busy" / "draft").mkdir(parents=True)
    write(tmp_path / "1.2.3", ct)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".1.2.3.4~busy", "1.2.3"]


@pytest.mark.parametrize("damage", ["meta.json", "ct.npy", "structure-0.npz"])
def test_a_torn_view_says_that_it_must_be_made_again(tmp_path, ct, make_ball, damage):
    write(tmp_path / "view", ct, structures=[make_ball(15.0)])
    file = tmp_path / "view" / damage
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ViewError, match="make it again"):
        open_view(tmp_path / "view")


def test_a_missing_view_says_that_it_must_be_made_again(tmp_path):
    with pytest.raises(ViewError, match="make it again"):
        ViewShelf().view(tmp_path / "view")


def test_the_shelf_keeps_only_the_last_views_open(tmp_path, ct):
    shelf = ViewShelf()
    for number in range(5):
        write(tmp_path / str(number), ct)
    views = [shelf.view(tmp_path / str(number)) for number in range(5)]
    assert shelf.view(tmp_path / "4") is views[4]
    assert shelf.view(tmp_path / "0") is not views[0]


def test_without_a_prescription_there_are_no_isodoses(tmp_path, ct, dose):
    write(tmp_path / "view", ct, dose=dose)
    assert open_view(tmp_path / "view").section("axial", 160.0).isodoses == ()


def test_structures_without_a_polygon_are_left_out_and_others_know_their_centre(
    tmp_path, ct, make_ball, center_mm
):
    write(tmp_path / "view", ct, structures=[ContouredStructure("EMPTY", ()), make_ball(15.0)])
    (structure,) = open_view(tmp_path / "view").structures
    assert structure.name == "L1"
    assert structure.centroid_mm == pytest.approx(center_mm, abs=1.0)
