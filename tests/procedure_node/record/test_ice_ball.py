"""Rows of the form ICE_BALL: over each frozen structure, and near each organ."""

from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import Band, IceFound, OrganIce, StructureIce
from procedure_node.record.forms.ice_ball import ICE, ice_ball_rows
from procedure_node.record.identity import Tokens
from procedure_node.record.values import NotApplicable, Unknown

TARGET = StructureIce(
    name="L1",
    covered_percent=97.0,
    minimum_margin_mm=-1.5,
    covered_band=Band(low=92.0, high=99.0),
    margin_band=Band(low=-4.5, high=1.5),
    margin_percent=(4.0, 60.0, 36.0),
    unfrozen_cc=0.2,
)
ORGAN = OrganIce(
    name="GALLBLADDER", spill_cc=0.1, approach_mm=-1.0, approach_band=Band(low=-4.0, high=2.0)
)


@pytest.fixture
def rows(story_of: Any, demonstration: Any) -> Any:
    def of(**update: Any) -> list[dict[str, Any]]:
        told: dict[str, Any] = {
            "series_uid": "1.1",
            "baseline_series_uid": "1.0",
            "structure_set_uid": "1.2.9",
            "volume_cc": 12.0,
            "structures": (TARGET,),
            "surface_error_mm": 1.5,
            "baseline_use": "FRAME",
            "organs": (ORGAN,),
        }
        story = story_of(demonstration)
        story.opened().drawn(L1=4.0).allocated("L1", Modality.CRYO).scanned("1.1")
        story.tell(IceFound(**{**told, **update}))
        found = ice_ball_rows(story.state.procedure, Tokens("P1"))
        return [dict(row[ICE.name].values) for row in found]

    return of


def test_a_target_has_its_margin_and_an_organ_the_nearest_approach(rows: Any) -> None:
    target, organ = rows()
    assert (target["ice_structure"], organ["ice_structure"]) == ("L1", "GALLBLADDER")
    assert (target["ice_margin_mm"], target["ice_margin_low_mm"]) == (-1.5, -4.5)
    assert target["ice_margin_short_percent"] == 60.0
    assert (target["ice_covered_low_percent"], target["ice_unfrozen_cc"]) == (92.0, 0.2)
    assert isinstance(target["ice_approach_mm"], NotApplicable)
    assert (organ["ice_spill_cc"], organ["ice_approach_low_mm"]) == (0.1, -4.0)
    assert isinstance(organ["ice_margin_mm"], NotApplicable)
    for row in (target, organ):
        assert (row["ice_baseline_use"], row["ice_surface_error_mm"]) == ("FRAME", 1.5)
        assert set(row) == {field.name for field in ICE.fields}


def test_ice_without_a_baseline_has_none_to_name(rows: Any) -> None:
    target, _ = rows(baseline_series_uid=None, baseline_use="NONE")
    assert isinstance(target["ice_baseline"], NotApplicable)
    assert target["ice_baseline_use"] == "NONE"


def test_what_an_earlier_release_did_not_compute_is_unknown(rows: Any) -> None:
    bare = StructureIce(name="L1", covered_percent=97.0, minimum_margin_mm=None)
    (row,) = rows(structures=(bare,), organs=(), surface_error_mm=None, baseline_use=None)
    for name in ("ice_surface_error_mm", "ice_margin_mm", "ice_unfrozen_cc"):
        assert isinstance(row[name], Unknown)


def test_ice_over_nothing_still_has_a_row(rows: Any) -> None:
    (row,) = rows(structures=(), organs=())
    assert row["ice_volume_cc"] == 12.0
    assert isinstance(row["ice_structure"], NotApplicable)
