"""The record's form of the modelled cold."""

from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import LethalZoneModelled
from procedure_node.record import build_record
from tests.procedure_node.modelled_cold import figure, modelled


@pytest.fixture
def told(story_of: Any, demonstration: Any) -> Any:
    return story_of(demonstration)


def rows(story: Any) -> list[dict[str, str]]:
    record = build_record(story.state.procedure)
    return [row for row in record.rows if row["redcap_repeat_instrument"] == "lethal_zone"]


def test_each_freeze_has_a_row_for_its_target(told: Any) -> None:
    told.opened().drawn(L2=2.0).allocated("L2", Modality.CRYO)
    told.tell(modelled(told), modelled(told, freezing=False, tissue="liver", grid_mm=1.0))
    told.tell(modelled(told, freeze=2), modelled(told, freeze=2, freezing=False))
    first, second = rows(told)
    assert (first["lz_freeze"], second["lz_freeze"]) == ("1", "2")
    assert first["lz_structure"] == "L2"
    assert [first[f"lz_m20{part}_percent"] for part in ("", "_low", "_high")] == [
        "96.0",
        "85.0",
        "99.0",
    ]
    assert first["lz_corrected"] == "0"
    assert first["lz_model_evidence"] == "MODELLED"


def test_an_organ_that_ice_was_in_has_a_row_too(told: Any) -> None:
    told.opened().drawn(L2=2.0)
    zone = modelled(told, freezing=False)
    frozen = zone.structures[1].model_copy(update={"ice_cc": figure(0.4, 0.0, 1.2)})
    told.tell(zone.model_copy(update={"structures": (zone.structures[0], frozen)}))
    assert [row["lz_structure"] for row in rows(told)] == ["L2", "GALLBLADDER"]
    assert rows(told)[1]["lz_spill_cc"] == "0.40"


def test_a_freeze_that_could_not_be_modelled_says_why(told: Any) -> None:
    told.opened().drawn(L2=2.0)
    told.tell(LethalZoneModelled(lesion="L2", status="UNKNOWN", reason="its tip was not told"))
    (row,) = rows(told)
    assert row["lz_m20_cc"] == "UNKNOWN"
    assert "its tip was not told" in row["lz_model_why"]
