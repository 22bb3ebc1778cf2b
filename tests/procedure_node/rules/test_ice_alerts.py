"""Alerts of imaged ice, told as a freeze that goes on."""

from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import Band, IceFound, OrganIce, ProbeAssigned, StructureIce
from procedure_node.rules.judge import judge

FREEZE_S = 600.0


def ice(
    series_uid: str,
    *,
    margin_mm: float = 6.0,
    approach_mm: float = 20.0,
    volume_cc: float = 20.0,
    structure_set_uid: str = "1.2.9",
) -> IceFound:
    return IceFound(
        series_uid=series_uid,
        baseline_series_uid=None,
        structure_set_uid=structure_set_uid,
        volume_cc=volume_cc,
        structures=(
            StructureIce(
                name="L1",
                covered_percent=100.0,
                minimum_margin_mm=margin_mm,
                covered_band=Band(low=90.0, high=100.0),
                margin_band=Band(low=margin_mm - 2.0, high=margin_mm + 2.0),
            ),
        ),
        organs=(
            OrganIce(
                name="GALLBLADDER",
                spill_cc=0.4 if approach_mm < 0 else 0.0,
                approach_mm=approach_mm,
                approach_band=Band(low=approach_mm - 2.0, high=approach_mm + 2.0),
            ),
        ),
    )


@pytest.fixture
def freezing(story: Any) -> Any:
    """L1 is to be frozen, its probe has begun, and a scan has come."""
    story.opened().drawn(L1=4.0).allocated("L1", Modality.CRYO)
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L1", zone="WHOLE"))
    return story.read("FREEZE", [-110.0] * 2).scanned("1.1")


def to(story: Any, frozen_s: float) -> Any:
    """Freeze on until so much of the freeze is known."""
    cycle = story.state.procedure.probes["console-1/1"].cycles.cycles[-1]
    left = round(frozen_s - cycle.freeze_s)
    return story.read("FREEZE", [-120.0] * left)


def judged(story: Any) -> list[Any]:
    """What follows now is journalled, and returned."""
    found = judge(story.state, story.now)
    story.tell(*found)
    return [one for one in found if one.kind.startswith("alert")]


def present(story: Any) -> dict[str, Any]:
    judged(story)
    alerts = story.state.procedure.alerts
    return {key: a.raised for key, a in alerts.items() if a.present and "ice" in key}


def test_a_short_margin_is_told_when_the_freeze_is_about_to_end(freezing: Any) -> None:
    freezing.tell(ice("1.1", margin_mm=3.1))
    assert present(to(freezing, FREEZE_S - 130.0)) == {}
    alert = present(to(freezing, FREEZE_S - 119.0))["ice-margin-short:L1"]
    assert alert.priority == "MEDIUM"
    assert alert.text == (
        "L1: the freeze is about to end, and the ice reaches only 3.1 mm (1.1 to 5.1) beyond it, "
        "5 mm are wanted"
    )


def test_it_is_told_once_and_stays_through_the_thaw_until_the_next_freeze(freezing: Any) -> None:
    to(freezing.tell(ice("1.1", margin_mm=3.1)), FREEZE_S - 60.0)
    assert "ice-margin-short:L1" in present(freezing)
    for _ in range(3):
        assert judged(freezing.read("FREEZE", [-120.0])) == []
    to(freezing, FREEZE_S).read("THAW", [-60.0, -20.0, 5.0])
    assert "ice-margin-short:L1" in present(freezing)
    freezing.read("THAW", [10.0] * 480).read("FREEZE", [-20.0, -60.0, -110.0])
    assert present(freezing) == {}, "there is time to reach it now"


def test_a_scan_that_shows_enough_ice_clears_it(freezing: Any) -> None:
    to(freezing.tell(ice("1.1", margin_mm=3.1)), FREEZE_S - 60.0)
    assert "ice-margin-short:L1" in present(freezing)
    freezing.after(seconds=1).scanned("1.2").tell(ice("1.2", margin_mm=5.2))
    assert "ice-margin-short:L1" in present(freezing), "5.2 mm is not surely more than 5 mm"
    freezing.after(seconds=1).scanned("1.3").tell(ice("1.3", margin_mm=5.6))
    assert present(freezing) == {}


def test_what_is_not_known_leaves_it_as_it_was(freezing: Any) -> None:
    assert present(to(freezing, FREEZE_S - 60.0)) == {}, "no scan shows ice"
    freezing.tell(ice("1.1", margin_mm=3.1))
    assert "ice-margin-short:L1" in present(freezing)
    freezing.drawn(L1=4.0)
    redrawn = freezing.state.procedure.structures.model_copy(update={"structure_set_uid": "1.2.10"})
    freezing.tell(redrawn)
    assert "ice-margin-short:L1" in present(freezing)


@pytest.mark.parametrize("unset", ["ice_margin_minimum_mm", "ice_margin_alert_minutes"])
def test_a_protocol_that_leaves_a_limit_unset_is_not_second_guessed(
    freezing: Any, unset: str
) -> None:
    protocol = freezing.state.procedure.protocol
    cryo = protocol.cryo.model_copy(update={unset: "unset"})
    freezing.opened(cryo=cryo).drawn(L1=4.0).allocated("L1", Modality.CRYO)
    freezing.tell(ProbeAssigned(device="console-1", probe=1, lesion="L1", zone="WHOLE"))
    freezing.read("FREEZE", [-110.0]).scanned("1.1").tell(ice("1.1", margin_mm=3.1))
    assert present(to(freezing, FREEZE_S - 10.0)) == {}


def test_ice_near_an_organ_is_told_and_higher_where_it_reaches_into_it(freezing: Any) -> None:
    assert present(freezing.tell(ice("1.1", approach_mm=5.6))) == {}
    alert = present(freezing.after(seconds=1).scanned("1.2").tell(ice("1.2", approach_mm=3.0)))
    near = alert["ice-near-organ:GALLBLADDER"]
    assert near.priority == "MEDIUM"
    assert near.text == (
        "GALLBLADDER: the ice comes to 3.0 mm (1.0 to 5.0) of it, 5 mm are to be left"
    )
    into = present(freezing.after(seconds=1).scanned("1.3").tell(ice("1.3", approach_mm=-2.0)))
    assert into["ice-near-organ:GALLBLADDER"].priority == "HIGH"
    assert "reaches into it, 0.4 cc of it are frozen" in into["ice-near-organ:GALLBLADDER"].text


def test_ice_that_wavers_about_the_distance_changes_nothing(freezing: Any) -> None:
    freezing.tell(ice("1.1", approach_mm=5.2))
    assert present(freezing) == {}
    present(freezing.after(seconds=1).scanned("1.2").tell(ice("1.2", approach_mm=4.9)))
    for n, approach_mm in enumerate((5.1, 5.3), start=3):
        freezing.after(seconds=1).scanned(f"1.{n}")
        assert judged(freezing) == [], "its ice is not known yet"
        freezing.tell(ice(f"1.{n}", approach_mm=approach_mm))
        assert judged(freezing) == []
    assert present(freezing.after(seconds=1).scanned("1.9").tell(ice("1.9", approach_mm=8.0))) == {}


def test_too_much_ice_at_one_time_is_told_and_stays_told(freezing: Any) -> None:
    assert present(freezing.tell(ice("1.1", volume_cc=249.0))) == {}
    alert = present(freezing.after(seconds=1).scanned("1.2").tell(ice("1.2", volume_cc=263.0)))
    assert alert["frozen-volume-large:ice"].text == (
        "263 cc are frozen at one time, 250 cc are the limit"
    )
    after = present(freezing.after(seconds=1).scanned("1.3").tell(ice("1.3", volume_cc=10.0)))
    assert "frozen-volume-large:ice" in after


def test_the_bands_of_the_ice_are_those_of_its_facts(freezing: Any) -> None:
    freezing.tell(ice("1.1", margin_mm=5.5))
    judged(freezing)
    facts = {f.quantity: f for f in freezing.state.procedure.coverage["L1"].facts}
    assert facts["ice margin"].band == Band(low=3.5, high=7.5)
    assert facts["ice coverage"].band == Band(low=90.0, high=100.0)


def test_the_scan_that_surely_covers_most_counts(freezing: Any) -> None:
    unsure = ice("1.2", margin_mm=8.0)
    wide = Band(low=-4.0, high=20.0)
    over = unsure.structures[0].model_copy(
        update={"covered_band": Band(low=40.0, high=100.0), "margin_band": wide}
    )
    freezing.tell(ice("1.1", margin_mm=5.5)).after(seconds=1).scanned("1.2")
    freezing.tell(unsure.model_copy(update={"structures": (over,)}))
    judged(freezing)
    coverage = freezing.state.procedure.coverage["L1"]
    assert coverage.series_uid == "1.1"
