"""Rows of freeze-thaw cycles, of a probe and of a lesion, made of a story of readings."""

from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import ProbeAssigned, ProcedureClosed
from procedure_node.protocol import load_protocol
from procedure_node.record import Row, build_record
from tests.procedure_node.conftest import PROTOCOLS, Story


@pytest.fixture
def told() -> Any:
    """Two probes in L2 that have not been heard yet."""
    story = Story(load_protocol(PROTOCOLS / "demonstration.toml"))
    story.opened().drawn(L2=10.0).allocated("L2", Modality.CRYO)
    for probe in (1, 2):
        story.tell(ProbeAssigned(device="console-1", probe=probe, lesion="L2", zone="WHOLE"))
    return story


def both(story: Any, mode: str, *tips_c: float) -> Any:
    for tip_c in tips_c:
        story.read(mode, [tip_c]).read(mode, [tip_c - 1.0], probe=2, every_s=0.0)
    return story


def rows(story: Any, form: str) -> list[Row]:
    record = build_record(story.state.procedure)
    return [row for row in record.rows if row["redcap_repeat_instrument"] == form]


def test_a_probes_cycle_has_its_facts(told: Any) -> None:
    both(told, "OFF", 36.0)
    both(told, "FREEZE", 20.0, -40.0, -100.0, -140.0, -140.0)
    both(told, "THAW", -60.0, -10.0, 4.0)
    both(told, "OFF", 22.0).tell(ProcedureClosed(outcome="COMPLETED"))
    first, second = rows(told, "freeze_cycle")
    assert (first["fc_probe"], second["fc_probe"]) == ("1", "2")
    assert (first["fc_freeze_s"], first["fc_passive_thaw_s"]) == ("5.0", "3.0")
    assert (first["fc_start_unknown_s"], first["fc_known_percent"]) == ("0.0", "100.0")
    assert (first["fc_power_percent"], first["fc_cooling_c_per_min"]) == ("100", "3600")
    assert (first["fc_to40_s"], first["fc_to_target_s"]) == ("1.0", "2.0")
    assert (first["fc_thaw_max_c"], first["fc_thawed_to_0"], first["fc_thawed_to_20"]) == (
        "4.0",
        "1",
        "0",
    )


def test_a_gap_says_how_much_is_known_and_hides_how_warm_it_got(told: Any) -> None:
    both(told, "OFF", 36.0)
    both(told, "FREEZE", *[-120.0] * 10)
    both(told, "THAW", -60.0, -50.0)
    both(told.after(seconds=29), "OFF", 30.0)
    [first, _] = rows(told, "freeze_cycle")
    assert (first["fc_unknown_s"], first["fc_known_percent"]) == ("30.0", "26.8")
    assert first["fc_thawed_to_0"] == "UNKNOWN"
    assert "a gap hides how warm the thaw got" in first["fc_cycle_why"]
    assert "30.0 s of the cycle are UNKNOWN" in first["fc_cycle_why"]


def test_a_lesions_cycle_is_held_against_the_schedule(told: Any) -> None:
    both(told, "OFF", 36.0)
    both(told, "FREEZE", *[-120.0] * 500)
    both(told, "THAW", *[-10.0] * 100)
    both(told, "FREEZE", *[-120.0] * 10)
    first, second = rows(told, "lesion_cycle")
    assert (first["lc_lesion"], first["lc_probes"]) == ("L2", "console-1/1, console-1/2")
    assert (first["lc_freeze_s"], first["lc_passive_thaw_s"]) == ("500.0", "100.0")
    assert (first["lc_wanted_freeze_s"], first["lc_wanted_thaw_s"]) == ("600", "480")
    assert first["lc_deviations"].splitlines() == [
        "freeze too short: 500 s known of 600 s",
        "frozen again before the thaw was over: 100 s known of 480 s",
    ]
    assert first["lc_min_c"] == "-121.0"
    assert second["lc_deviations"] == "NOT_APPLICABLE"
    assert second["lc_wanted_thaw_s"] == "NOT_APPLICABLE"
    assert second["lc_end_utc"] == "UNKNOWN"
