"""Edits hold on to places: they mean the same seed whatever another run of the finder gives."""

import pytest

from procedure_node.evaluation import EvaluatedSeed, MovedSeed, UnusableError, edited
from procedure_node.seed_edits import EditAction, Find, SeedEdit, SeedOrigin, apply_edits

AXIS = (0.0, 0.0, 1.0)
TOUCHING = [Find((0.0, 0.0, 0.0), AXIS), Find((0.9, 0.0, 0.0), AXIS), Find((9.0, 0.0, 0.0), AXIS)]
DELETE, MOVE, ADD = EditAction.DELETED, EditAction.MOVED, EditAction.ADDED


def test_the_nearer_of_two_touching_seeds_is_meant() -> None:
    for finds in (TOUCHING, [Find((x + 0.2, y, z), a) for (x, y, z), a in map(parts, TOUCHING)]):
        seeds = apply_edits(finds, [SeedEdit(1, DELETE, (0.9, 0.0, 0.0))])
        assert [seed.deleted for seed in seeds] == [False, True, False]
        assert [seed.edit for seed in seeds] == [None, 1, None]


def parts(find: Find) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    return find.center_mm, find.axis


def test_what_is_not_found_any_more_needs_no_deleting_but_stays_where_it_was_moved_to() -> None:
    gone = (50.0, 0.0, 0.0)
    assert apply_edits(TOUCHING, [SeedEdit(1, DELETE, gone)]) == apply_edits(TOUCHING, [])
    *_, moved = apply_edits(TOUCHING, [SeedEdit(1, MOVE, gone, (51.0, 0.0, 0.0))])
    assert (moved.find, moved.center_mm, moved.origin) == (None, (51.0, 0.0, 0.0), SeedOrigin.MOVED)


def test_a_seed_that_is_moved_twice_is_where_the_last_edit_put_it() -> None:
    first = SeedEdit(1, MOVE, (9.0, 0.0, 0.0), (14.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    second = SeedEdit(2, MOVE, (9.0, 0.0, 0.0), (10.0, 0.0, 0.0))
    *_, moved = apply_edits(TOUCHING, [first, second])
    assert (moved.center_mm, moved.axis, moved.edit) == ((10.0, 0.0, 0.0), (1.0, 0.0, 0.0), 2)
    assert moved.found_mm == (9.0, 0.0, 0.0)


def test_an_added_seed_is_not_counted_twice_when_the_finder_sees_it_too() -> None:
    beside = ((0.0, 0.0, 0.0), (0.9, 0.0, 0.0))
    add = SeedEdit(1, ADD, None, (1.8, 0.0, 0.0), beside_mm=beside)
    assert len(apply_edits(TOUCHING, [add])) == 4, "the two beside it were there before"
    better = [*TOUCHING, Find((2.0, 0.0, 0.3), AXIS)]
    seeds = apply_edits(better, [add])
    assert len(seeds) == 4
    assert seeds[-1].center_mm == (1.8, 0.0, 0.0), "the person's place"
    moved = apply_edits(better, [add, SeedEdit(2, MOVE, (1.8, 0.0, 0.0), (3.0, 0.0, 0.0))])
    assert (moved[-1].center_mm, moved[-1].origin) == ((3.0, 0.0, 0.0), SeedOrigin.ADDED)


@pytest.mark.parametrize(
    ("action", "found_mm", "center_mm"),
    [(ADD, AXIS, AXIS), (ADD, None, None), (DELETE, None, None), (MOVE, AXIS, None)],
)
def test_an_edit_without_its_places_is_none(
    action: EditAction, found_mm: tuple[float, float, float], center_mm: tuple[float, float, float]
) -> None:
    with pytest.raises(ValueError, match="edit 1"):
        SeedEdit(1, action, found_mm, center_mm)


def test_evaluate_edits_by_the_same_rules() -> None:
    seeds = [EvaluatedSeed(f.center_mm, f.axis, 0.5, "FOUND", 0.9) for f in TOUCHING]
    added = EvaluatedSeed((30.0, 0.0, 0.0), None, 0.5, "ADDED")
    result = edited(seeds, added=[added], removed=[1], moved=[MovedSeed(3, (9.5, 1.0, 0.0), None)])
    assert [seed.center_mm for seed in result] == [
        (0.9, 0.0, 0.0),
        (9.5, 1.0, 0.0),
        (30.0, 0.0, 0.0),
    ]
    assert (result[1].origin, result[1].axis, result[1].strength_u) == ("MOVED", AXIS, 0.5)
    with pytest.raises(UnusableError, match="there is no seed 4"):
        edited(seeds, added=[], removed=[], moved=[MovedSeed(4, (0.0, 0.0, 0.0), None)])
