"""Needles as they are drawn: that part that is near the plane, and what it is called."""

from datetime import UTC, datetime
from typing import Any

import pytest

from procedure_node.display.needle_marks import NEEDLE_NEAR_MM, needle_parts
from procedure_node.events import NeedleFact, NeedlesFound, SeedKindChance
from procedure_node.rules import NeedleName, needle_names
from procedure_node.state import ScanState
from tests.procedure_node.display.sample.needles import needles, planned

NAMES = (NeedleName("N7"),)


def scan(*needles: NeedleFact) -> ScanState:
    found = NeedlesFound(
        series_uid="1.1",
        after_series_uid=None,
        before_sha256="",
        needles=needles,
        unseen=(),
        known=(),
    )
    return ScanState(
        series_uid="1.1",
        description="",
        discovered_at=datetime(2026, 3, 2, tzinfo=UTC),
        status="RECEIVED",
        needles=found,
    )


def needle(tail, tip, **more: object) -> NeedleFact:
    return NeedleFact.model_validate(
        {
            "needle_id": 7,
            "status": "NEW",
            "certainty": 1.0,
            "deeper_mm": None,
            "tip_mm": tip,
            "tail_mm": tail,
            "direction": (0.0, 0.0, 1.0),
            "length_mm": 100.0,
            "tip_inside": True,
            "tail_inside": False,
            "tip_is_sure": True,
            "width_mm": 1.5,
            "confidence": 0.99,
            **more,
        }
    )


def test_of_a_slanting_needle_the_part_near_the_plane_is_drawn() -> None:
    """It rises by 1 mm for each 2 mm to the left: 3 mm on each side are 6 mm of x."""
    one = scan(needle((0.0, 10.0, 0.0), (100.0, 10.0, 50.0)))
    (part,) = needle_parts(one, NAMES, "axial", 20.0)
    assert part["line"] == pytest.approx([40.0 - 6.0, 10.0, 40.0 + 6.0, 10.0])
    assert (part["name"], part["tip"], part["state"]) == ("N7", False, "NEW")
    assert needle_parts(one, NAMES, "axial", 50.0 + NEEDLE_NEAR_MM + 0.1) == []
    (tip,) = needle_parts(one, NAMES, "axial", 50.0)
    assert tip["tip"] is True
    assert tip["line"][2:] == pytest.approx([100.0, 10.0])


def test_a_needle_that_lies_in_the_plane_is_drawn_whole_and_upright() -> None:
    one = scan(needle((5.0, 0.0, 0.0), (5.0, 40.0, 30.0)))
    (part,) = needle_parts(one, NAMES, "sagittal", 6.0)
    assert part["line"] == pytest.approx([0.0, -0.0, 40.0, -30.0])
    assert needle_parts(one, NAMES, "sagittal", 9.0) == []


def test_a_backward_needle_is_clipped_too() -> None:
    one = scan(needle((0.0, 0.0, 50.0), (100.0, 0.0, 0.0)))
    (part,) = needle_parts(one, NAMES, "axial", 25.0)
    assert part["line"] == pytest.approx([44.0, 0.0, 56.0, 0.0])


def test_a_probe_and_a_doubtful_name_of_the_plan_are_told_as_such(story: Any) -> None:
    probe = SeedKindChance(kind="CRYOPROBE", probability=0.9)
    one = scan(needle((0.0, 0.0, 0.0), (0.0, 0.0, 50.0), alternatives=(probe,)))
    assert needle_parts(one, NAMES, "axial", 25.0)[0]["probe"] == 0.9
    shown = one.model_copy(update={"needles": needles(4), "plan_matched": planned()})
    names = needle_names(story.opened().state.procedure, shown)
    found = {
        part["name"]
        for at in range(-320, -220)
        for part in needle_parts(shown, names, "axial", float(at))
    }
    assert found == {"N1", "B?", "N4"}
