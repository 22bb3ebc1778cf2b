"""The page counts the seeds of the scan that it shows, and marks those that a person should see."""

from procedure_node.display.page import page_state
from procedure_node.display.seed_marks import seed_parts
from tests.procedure_node.display.sample import seeds as sample_seeds


def test_the_corner_counts_what_became_of_the_seeds(state, now):
    told = page_state(sample_seeds.seeds_in_trouble(state), now)
    summary = told.procedure.focus.seeds
    assert (summary.count, summary.compared) == (41, True)
    assert (summary.same, summary.new, summary.migrated) == (12, 28, 1)
    assert (summary.lost, summary.not_seen, summary.doubtful) == (1, 1, 1)
    assert (summary.edited, summary.left_out) == (1, 1)
    before = page_state(state, now).procedure.focus
    assert told.procedure.focus.edition != before.edition, "its pictures are fetched again"


def test_a_section_says_which_seed_is_which(state):
    troubled = sample_seeds.seeds_in_trouble(state)
    scan = troubled.procedure.scans[sample_seeds.SCAN]
    marks = {}
    for z in range(-300, -220, 2):
        parts = seed_parts(scan, "axial", float(z))
        marks |= {mark["seed"]: mark for mark in parts["seeds"]}
        marks |= {mark["seed"]: mark for mark in (*parts["left_out"], *parts["unseen"])}
    assert marks[sample_seeds.MIGRATED]["state"] == "MIGRATED"
    assert marks[sample_seeds.LOST]["state"] == "LOST"
    doubtful = marks[sample_seeds.DOUBTFUL]
    assert doubtful["doubtful"]
    assert doubtful["instead"] == [{"kind": "CLIP", "probability": 0.4}]
    assert marks[sample_seeds.MOVED]["origin"] == "MOVED"
    assert "state" not in marks[11], "it was deleted"
