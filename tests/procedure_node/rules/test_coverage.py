"""Coverage: what is wanted, what is there, and UNKNOWN wherever the facts are in doubt."""

from datetime import timedelta
from typing import Any

import pytest

from dosimetry_core.values import Evidence, Modality, ZoneKind
from procedure_node.events import (
    AnalysisFailed,
    Band,
    CoverageAssessed,
    LinkChanged,
    ProbeAssigned,
    ScanRefused,
    TelemetryGap,
)
from procedure_node.protocol import Target
from procedure_node.rules import assess, is_split


def verdict(story: Any, key: str = "L1") -> CoverageAssessed:
    return assess(story.state.procedure, story.now)[key]


@pytest.fixture
def seeded(story: Any) -> Any:
    """L1 is allocated to seeds; 3 are reported, seen, and give enough dose."""
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS).reported("L1", 3)
    return story.after(minutes=1).scanned("1.1").seen("1.1", L1=3).dosed("1.1", L1=120.0)


def test_enough_dose_covers(seeded: Any) -> None:
    found = verdict(seeded)
    assert found.verdict == "COVERED"
    assert [(f.quantity, f.wanted, f.actual, f.met, f.evidence) for f in found.facts] == [
        ("D90", 110.0, 120.0, True, Evidence.MODELLED),
        ("V100", 90.0, 95.0, True, Evidence.MODELLED),
    ]
    assert found.series_uid == "1.1"


def test_a_band_goes_with_the_figure_that_it_belongs_to(seeded: Any) -> None:
    seeded.banded("1.1", L1=(100.0, 140.0))
    facts = {f.quantity: f for f in assess(seeded.state.procedure, seeded.now)["L1"].facts}
    assert facts["D90"].band == Band(low=100.0, high=140.0)
    assert facts["V100"].band == Band(low=50.0, high=70.0)


def test_a_band_of_another_dose_is_none(seeded: Any) -> None:
    seeded.banded("1.1", L1=(100.0, 140.0)).dosed("1.1", L1=125.0)
    facts = assess(seeded.state.procedure, seeded.now)["L1"].facts
    assert [fact.band for fact in facts] == [None, None]


def test_too_little_dose_is_under(seeded: Any) -> None:
    found = verdict(seeded.dosed("1.1", L1=100.0))
    assert found.verdict == "UNDER"
    assert [f.met for f in found.facts] == [False, False]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: s.after(minutes=1).reported("L1", 2), "2 seeds were implanted after the newest"),
        (lambda s: s.seen("1.1", L1=2), "2 seeds are seen, 3 are reported"),
        (lambda s: s.after(minutes=31), "the newest scan is older than 30 min"),
        (lambda s: s.after(minutes=1).scanned("1.2"), "the newest scan is still being analysed"),
        (
            lambda s: s.tell(AnalysisFailed(series_uid="1.1", step="DOSE", reason="no batch")),
            "no batch",
        ),
        (lambda s: s.dosed("1.1", L9=120.0), "no dose was computed for L1"),
        (lambda s: s.drawn(L2=3.0), "L1 is not drawn in any structure set"),
        (
            lambda s: s.drawn(frame="9.9", L1=10.0),
            "drawn on another frame of reference than the newest scan",
        ),
    ],
)
def test_doubt_makes_dose_unknown_and_says_why(seeded: Any, change: Any, reason: str) -> None:
    found = verdict(change(seeded))
    assert found.verdict == "UNKNOWN"
    assert all(f.actual is None and f.met is None for f in found.facts)
    assert reason in found.unknown_reasons[0]


def test_without_a_scan_coverage_is_unknown(story: Any) -> None:
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS)
    assert verdict(story).unknown_reasons == ("there is no scan yet",)


def test_an_unset_protocol_number_is_named(story: Any) -> None:
    unset = story.protocol.seeds.model_copy(update={"v100_minimum_percent": "unset"})
    story.opened(seeds=unset).drawn(L1=10.0).allocated("L1", Modality.SEEDS).reported("L1", 3)
    story.after(minutes=1).scanned("1.1").seen("1.1", L1=3).dosed("1.1", L1=120.0)
    found = verdict(story)
    assert found.verdict == "UNKNOWN"
    assert found.unknown_reasons == ("the protocol leaves what V100 must be unset",)
    assert found.facts[1].wanted is None


@pytest.fixture
def cryo(story: Any) -> Any:
    """L2 is allocated to cryoablation by a protocol that wants two freezes of two seconds."""
    schedule = story.protocol.cryo.model_copy(update={"freeze_minutes": 2.0 / 60.0})
    return story.opened(cryo=schedule).drawn(L2=10.0).allocated("L2", Modality.CRYO)


@pytest.fixture
def frozen(cryo: Any) -> Any:
    """One probe in L2; two whole freezes, and ice over it."""
    story = cryo
    story.scanned("1.0").tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    for _ in range(2):
        story.read("FREEZE", [-50.0, -120.0, -140.0]).read("THAW", [-60.0, -20.0])
    return story.scanned("1.1").iced("1.1", "L2", 100.0, 6.0)


def test_ice_with_margin_after_two_freezes_covers(frozen: Any) -> None:
    found = verdict(frozen, "L2")
    assert found.verdict == "COVERED"
    assert [(f.quantity, f.actual, f.evidence) for f in found.facts] == [
        ("ice coverage", 100.0, Evidence.IMAGED),
        ("ice margin", 6.0, Evidence.IMAGED),
        ("freezes done", 2.0, Evidence.MEASURED),
    ]


def test_ice_that_melts_later_still_covered(frozen: Any) -> None:
    frozen.after(minutes=5).scanned("1.2").iced("1.2", "L2", 40.0, -3.0)
    found = verdict(frozen, "L2")
    assert found.verdict == "COVERED"
    assert found.series_uid == "1.1"


def test_each_freeze_is_held_against_its_own_time(frozen: Any) -> None:
    cryo = frozen.protocol.cryo.model_copy(update={"freeze_minutes": (2.0 / 60.0, 10.0)})
    protocol = frozen.protocol.model_copy(update={"cryo": cryo})
    state = frozen.state.procedure.model_copy(update={"protocol": protocol})
    assert assess(state, frozen.now)["L2"].facts[2].actual == 1.0


def test_too_thin_a_margin_is_under(frozen: Any) -> None:
    found = verdict(frozen.iced("1.1", "L2", 100.0, 2.0), "L2")
    assert found.verdict == "UNDER"


def freezes(story: Any) -> Any:
    return verdict(story, "L2").facts[2]


@pytest.mark.parametrize(
    ("freeze_c", "why"),
    [
        ([-50.0, -80.0, -90.0, -95.0], "not cold enough"),
        ([-120.0], "too short"),
    ],
)
def test_a_freeze_that_is_not_whole_does_not_count(
    cryo: Any, freeze_c: list[float], why: str
) -> None:
    cryo.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    cryo.read("FREEZE", freeze_c).read("THAW", [-60.0, -20.0])
    assert (freezes(cryo).actual, freezes(cryo).met) == (0.0, False), why


def test_every_probe_of_a_target_must_have_frozen(frozen: Any) -> None:
    frozen.tell(ProbeAssigned(device="console-1", probe=2, lesion="L2", zone="WHOLE"))
    assert (freezes(frozen).actual, freezes(frozen).met) == (0.0, False)


def test_a_running_freeze_does_not_count_yet(cryo: Any) -> None:
    story = cryo
    story.scanned("1.0").tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    story.read("FREEZE", [-50.0, -120.0, -140.0])
    assert (freezes(story).actual, freezes(story).met) == (0.0, False)


def test_a_gap_in_the_decisive_freeze_makes_the_count_unknown(cryo: Any) -> None:
    cryo.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    cryo.read("FREEZE", [-50.0, -120.0, -140.0]).read("THAW", [-60.0]).read("FREEZE", [-10.0])
    cryo.tell(
        TelemetryGap(device="console-1", cause="SILENCE", lost_frames=None, reason="nothing heard")
    )
    cryo.after(minutes=1).read("THAW", [-60.0, -20.0])
    assert freezes(cryo).met is None
    assert "gap" in freezes(cryo).unknown_reason


def test_a_gap_that_cannot_decide_is_no_doubt(cryo: Any) -> None:
    cryo.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    cryo.read("FREEZE", [-10.0])
    cryo.tell(
        TelemetryGap(device="console-1", cause="SILENCE", lost_frames=None, reason="nothing heard")
    )
    cryo.after(minutes=1).read("THAW", [-60.0, -20.0])
    assert (freezes(cryo).actual, freezes(cryo).met) == (0.0, False), "one freeze is not two"


def test_without_imaged_ice_coverage_is_unknown(cryo: Any) -> None:
    story = cryo
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    for _ in range(2):
        story.read("FREEZE", [-50.0, -120.0, -140.0]).read("THAW", [-60.0, -20.0])
    story.scanned("1.1")
    found = verdict(story, "L2")
    assert found.verdict == "UNKNOWN"
    assert found.unknown_reasons == ("no scan shows the ice yet",)


def test_zones_of_a_lesion_are_judged_apart(story: Any) -> None:
    story.opened().drawn(L3_CORE=20.0, L3_PERIPHERY=30.0)
    story.allocated("L3", Modality.CRYO, "CORE").allocated("L3", Modality.SEEDS, "PERIPHERY")
    story.reported("L3", 2, "PERIPHERY").after(minutes=1)
    story.scanned("1.1").seen("1.1", L3_PERIPHERY=2)
    story.dosed("1.1", L3_PERIPHERY=115.0, L3_CORE=40.0)
    found = assess(story.state.procedure, story.now)
    assert found["L3/PERIPHERY"].verdict == "COVERED"
    assert found["L3/CORE"].modality is Modality.CRYO
    assert found["L3/CORE"].verdict != "COVERED"


def test_a_lost_link_alone_does_not_touch_a_covered_target(seeded: Any) -> None:
    seeded.tell(LinkChanged(link="pacs", role="PACS", state="DISCONNECTED", reason="no answer"))
    assert verdict(seeded).verdict == "COVERED"


def test_a_lesion_whose_zones_are_treated_is_not_itself_a_target(story: Any) -> None:
    story.opened().drawn(L3=50.0, L3_CORE=20.0, L3_PERIPHERY=30.0)
    whole, core = Target(lesion="L3"), Target(lesion="L3", zone=ZoneKind.CORE)
    assert not is_split(story.state.procedure, whole)
    story.allocated("L3", Modality.CRYO, "CORE")
    assert is_split(story.state.procedure, whole)
    assert not is_split(story.state.procedure, core)


def test_scans_that_arrive_late_do_not_pass_for_the_newest(seeded: Any) -> None:
    earlier = seeded.now
    seeded.after(minutes=1).scanned("1.0", acquired_at=earlier.replace(year=2020))
    assert verdict(seeded).series_uid == "1.1"
    assert verdict(seeded).verdict == "COVERED"


def test_a_freeze_belongs_to_where_the_probe_was(frozen: Any) -> None:
    frozen.drawn(L2=10.0, L3_CORE=20.0).allocated("L3", Modality.CRYO, "CORE")
    frozen.after(minutes=1).tell(
        ProbeAssigned(device="console-1", probe=1, lesion="L3", zone="CORE")
    )
    assert freezes(frozen).actual == 2.0, "L2 keeps its freezes"
    assert verdict(frozen, "L3/CORE").facts[2].actual == 0.0, "L3 has none yet"


def test_ice_over_contours_that_were_drawn_anew_is_not_known(frozen: Any) -> None:
    drawn = frozen.state.procedure.structures
    frozen.tell(drawn.model_copy(update={"structure_set_uid": "1.2.10"}))
    assert "drawn anew" in verdict(frozen, "L2").unknown_reasons[0]


def test_a_scan_that_is_refused_after_all_shows_nothing(seeded: Any) -> None:
    seeded.tell(ScanRefused(series_uid="1.1", reasons=("3 images are missing",)))
    assert verdict(seeded).unknown_reasons == ("there is no scan yet",)


def test_a_count_that_is_corrected_needs_no_new_scan(seeded: Any) -> None:
    seeded.reported("L1", 2).after(minutes=1).scanned("1.2").seen("1.2", L1=3)
    seeded.dosed("1.2", L1=120.0)
    assert "3 seeds are seen, 5 are reported" in verdict(seeded).unknown_reasons
    seeded.after(minutes=1).reported("L1", -2)
    assert verdict(seeded).verdict == "COVERED"


def test_an_old_scan_is_old_however_late_it_comes(seeded: Any) -> None:
    seeded.after(minutes=31)
    seeded.scanned("1.2", acquired_at=seeded.now - timedelta(minutes=30, seconds=30))
    seeded.seen("1.2", L1=3).dosed("1.2", L1=120.0)
    assert verdict(seeded).unknown_reasons == ("the newest scan is older than 30 min",)
