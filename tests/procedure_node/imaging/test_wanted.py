"""Which analysis a state calls for: equal states call for equal requests, and nothing else does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.tg43 import SeedModel
from dosimetry_core.values import Modality
from procedure_node.events import (
    AnalysisFailed,
    IceFound,
    ProbeAssigned,
    ScanDiscovered,
    ScanReceived,
    ScanRefused,
    SeedsReported,
    StructuresReceived,
    StructureSummary,
    TreatmentFinished,
    ViewStored,
)
from procedure_node.imaging import (
    AnalysisRequest,
    DoseErrorSizes,
    OrganStructure,
    overlooked_analyses,
    wanted_analysis,
)
from procedure_node.protocol import UNSET

VIEWS = Path("views")
HALF_LIFE_D = 59.40


@pytest.fixture
def wanted(models: dict[str, SeedModel]) -> Any:
    def ask(story: Any) -> AnalysisRequest:
        request = wanted_analysis(story.state.procedure, models, VIEWS)
        assert request is not None
        return request

    return ask


@pytest.fixture
def two_lesions(story: Any) -> Any:
    """L1 gets seeds, L2 is frozen."""
    story.opened().drawn(L1=10.0, L2=8.0)
    return story.allocated("L1", Modality.SEEDS).allocated("L2", Modality.CRYO)


def report(count: int, **changes: Any) -> SeedsReported:
    return SeedsReported.model_validate(
        {
            "lesion": "L1",
            "zone": "WHOLE",
            "count": count,
            "batch": "B1",
            "seed_model": "Amersham6711",
            "strength_u": 0.8,
            "strength_reference_date": "2026-03-02",
            **changes,
        }
    )


def on_frame(story: Any, series_uid: str, frame: str) -> Any:
    return story.tell(
        ScanDiscovered(series_uid=series_uid, description=""),
        ScanReceived(
            series_uid=series_uid,
            frame_of_reference_uid=frame,
            acquired_at=story.now,
            image_count=41,
            spacing_mm=(5.0, 0.8, 0.8),
            directory=f"spool/{series_uid}",
            content_sha256="b" * 64,
        ),
    )


def strength_of(request: AnalysisRequest) -> float:
    (batch,) = request.batches
    return batch.strength_u


def test_before_the_first_usable_scan_there_is_nothing_to_do(
    story: Any, models: dict[str, SeedModel]
) -> None:
    story.opened().drawn(L1=10.0)
    assert wanted_analysis(story.state.procedure, models, VIEWS) is None
    story.tell(ScanDiscovered(series_uid="1.1", description=""))
    story.tell(ScanRefused(series_uid="1.1", reasons=("tilted",)))
    assert wanted_analysis(story.state.procedure, models, VIEWS) is None


def test_all_that_is_known_goes_into_the_request(two_lesions: Any, wanted: Any) -> None:
    request = wanted(two_lesions.reported("L1", 3).scanned("1.1"))
    assert (request.series_uid, request.directory) == ("1.1", "spool/1.1")
    assert request.structures_path == "structures.dcm"
    assert [(t.structure, t.seeded) for t in request.targets] == [("L1", True), ("L2", False)]
    assert request.organs == (OrganStructure(structure="GALLBLADDER", limit_gy=55.0),)
    assert (request.prescription_gy, request.counted_within_mm) == (110.0, 10.0)
    assert request.errors == DoseErrorSizes(
        position_sd_mm=1.0, strength_sd_percent=3.0, registration_sd_mm=1.0
    )
    assert [(b.target.key, b.seed_model) for b in request.batches] == [("L1", "Amersham6711")]
    assert (request.batch_doubt, request.ice) == ("", None)
    assert request.view_directory == f"views/P1/{'a' * 16}"


def test_an_error_that_is_not_stated_leaves_all_of_them_out(
    story: Any, models: dict[str, SeedModel]
) -> None:
    stated = story.protocol.uncertainty.model_copy(update={"registration_sd_mm": UNSET})
    story.opened(uncertainty=stated).drawn(L1=10.0).scanned("1.1")
    request = wanted_analysis(story.state.procedure, models, VIEWS)
    assert request is not None
    assert request.errors is None


def test_an_allocated_zone_that_nobody_drew_is_no_target_yet(two_lesions: Any, wanted: Any) -> None:
    two_lesions.allocated("L3", Modality.SEEDS, "CORE").scanned("1.1")
    assert [t.structure for t in wanted(two_lesions).targets] == ["L1", "L2"]


@pytest.mark.parametrize(
    "change",
    [
        lambda story: story.reported("L1", 1),
        lambda story: story.allocated("L2", Modality.SEEDS),
        lambda story: story.drawn(L1=11.0, L3=1.0),
        lambda story: story.after(minutes=5).scanned("1.2"),
    ],
    ids=["seeds of a first batch", "an allocation", "another structure set", "a newer scan"],
)
def test_what_bears_on_the_result_changes_the_request(
    two_lesions: Any, wanted: Any, change: Any
) -> None:
    before = wanted(two_lesions.scanned("1.1"))
    assert wanted(change(two_lesions)) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda story: story.seen("1.1", L1=3),
        lambda story: story.dosed("1.1", L1=120.0),
        lambda story: story.tell(TreatmentFinished(lesion="L1", zone="WHOLE")),
        lambda story: story.read("OFF", [20.0, 20.0]),
        lambda story: story.after(minutes=40).read("OFF", [20.0]),
        lambda story: story.reported("L1", 2),
        lambda story: story.tell(ScanDiscovered(series_uid="1.2", description="arriving")),
    ],
    ids=[
        "its own seeds",
        "its own dose",
        "a finished target",
        "readings",
        "time",
        "more of the same seeds",
        "a scan that is not whole yet",
    ],
)
def test_what_does_not_bear_on_it_leaves_the_request_alone(
    two_lesions: Any, wanted: Any, change: Any
) -> None:
    before = wanted(two_lesions.reported("L1", 3).scanned("1.1"))
    assert wanted(change(two_lesions)) == before


def test_what_the_protocol_leaves_unset_is_not_known(story: Any, wanted: Any) -> None:
    seeds = story.protocol.seeds.model_copy(
        update={"prescription_gy": UNSET, "counted_within_mm": UNSET}
    )
    request = wanted(story.opened(seeds=seeds).drawn(L1=10.0).scanned("1.1"))
    assert (request.prescription_gy, request.counted_within_mm) == (None, None)


@pytest.mark.parametrize("days", [0, 7, 60, -2])
def test_strength_is_that_of_the_day_of_implantation(
    two_lesions: Any, wanted: Any, days: int
) -> None:
    """A seed may be measured for a day that is still to come."""
    measured = (two_lesions.now - timedelta(days=days)).date().isoformat()
    two_lesions.tell(report(3, strength_reference_date=measured)).scanned("1.1")
    assert strength_of(wanted(two_lesions)) == pytest.approx(0.8 * 2 ** (-days / HALF_LIFE_D))


def test_reports_of_a_target_share_their_mean_strength(two_lesions: Any, wanted: Any) -> None:
    two_lesions.tell(report(3), report(1, batch="B2", strength_u=0.4)).scanned("1.1")
    assert strength_of(wanted(two_lesions)) == pytest.approx((3 * 0.8 + 0.4) / 4)


def test_the_same_seeds_in_two_targets_have_the_same_strength(story: Any, wanted: Any) -> None:
    """However many reports they came in: else a stray seed's strength would be in doubt."""
    story.opened().drawn(L1=10.0, L2=8.0)
    for lesion, counts in (("L1", (3,)), ("L2", (1, 1, 2, 3))):
        for count in counts:
            story.tell(report(count, lesion=lesion, strength_reference_date="2026-02-20"))
    strengths = {batch.strength_u for batch in wanted(story.scanned("1.1")).batches}
    assert len(strengths) == 1


def test_what_was_taken_back_has_no_part_in_the_strength(two_lesions: Any, wanted: Any) -> None:
    two_lesions.tell(report(3), report(2, batch="B2", strength_u=0.4), report(-3)).scanned("1.1")
    assert strength_of(wanted(two_lesions)) == pytest.approx(0.4)


def test_a_target_whose_seeds_were_all_taken_back_has_none(two_lesions: Any, wanted: Any) -> None:
    two_lesions.tell(report(3), report(-3)).scanned("1.1")
    request = wanted(two_lesions)
    assert (request.batches, request.batch_doubt) == ((), "")


def test_a_report_of_the_wrong_model_can_be_put_right(two_lesions: Any, wanted: Any) -> None:
    two_lesions.tell(report(3, seed_model="Best2301"), report(-3, seed_model="Best2301"), report(3))
    request = wanted(two_lesions.scanned("1.1"))
    assert request.batch_doubt == ""
    assert [b.seed_model for b in request.batches] == ["Amersham6711"]


def test_taking_back_other_seeds_than_were_reported_is_a_doubt(
    two_lesions: Any, wanted: Any
) -> None:
    two_lesions.tell(report(3), report(-1, strength_u=0.5)).scanned("1.1")
    request = wanted(two_lesions)
    assert request.batch_doubt == (
        "L1 has 1 more seeds of batch B1 taken back than were reported with model Amersham6711 "
        "and 0.5 U"
    )


def test_two_models_in_one_target_are_a_doubt(two_lesions: Any, wanted: Any) -> None:
    two_lesions.tell(report(3), report(1, seed_model="Best2301")).scanned("1.1")
    request = wanted(two_lesions)
    assert request.batches == ()
    assert request.batch_doubt == "L1 has seeds of several models (Amersham6711, Best2301)"


def test_a_model_that_left_the_library_is_a_doubt(two_lesions: Any) -> None:
    two_lesions.reported("L1", 3).scanned("1.1")
    request = wanted_analysis(two_lesions.state.procedure, {}, VIEWS)
    assert request is not None
    assert request.batch_doubt == "L1 has seeds of model Amersham6711, which is not known"


def test_structures_of_another_frame_of_reference_are_not_used(
    two_lesions: Any, wanted: Any
) -> None:
    request = wanted(on_frame(two_lesions.reported("L1", 3), "1.1", "9.9"))
    assert (request.structures_path, request.targets, request.organs) == (None, (), ())
    assert request.batches, "what was implanted is known all the same"


def test_the_zones_of_a_lesion_are_targets_of_their_own(story: Any, wanted: Any) -> None:
    story.opened().drawn(L3_CORE=4.0, L3_PERIPHERY=6.0)
    story.allocated("L3", Modality.CRYO, "CORE").allocated("L3", Modality.SEEDS, "PERIPHERY")
    request = wanted(story.tell(report(2, lesion="L3", zone="PERIPHERY")).scanned("1.1"))
    assert [(t.target.key, t.seeded) for t in request.targets] == [
        ("L3/CORE", False),
        ("L3/PERIPHERY", True),
    ]
    assert [b.target.key for b in request.batches] == ["L3/PERIPHERY"]


def frozen(story: Any) -> Any:
    return story.after(minutes=5).read("FREEZE", [-5.0, -20.0, -60.0])


def test_ice_is_looked_for_only_after_the_first_freeze(two_lesions: Any, wanted: Any) -> None:
    assert wanted(two_lesions.scanned("1.1")).ice is None
    assert wanted(frozen(two_lesions)).ice is None, "no scan since"
    ice = wanted(two_lesions.after(minutes=5).scanned("1.2")).ice
    assert ice is not None
    assert ice.baseline.directory == "spool/1.1"
    assert [s.name for s in ice.structures] == ["L2"]


def test_the_newest_scan_before_the_first_freeze_is_the_baseline(
    two_lesions: Any, wanted: Any
) -> None:
    two_lesions.scanned("1.1").after(minutes=5).scanned("1.2")
    frozen(two_lesions).after(minutes=5).scanned("1.3").after(minutes=5).scanned("1.4")
    assert wanted(two_lesions).ice.baseline.directory == "spool/1.2"


def test_a_scan_that_could_not_be_used_is_no_baseline(two_lesions: Any, wanted: Any) -> None:
    two_lesions.scanned("1.1").after(minutes=5)
    two_lesions.tell(ScanRefused(series_uid="1.2", reasons=("tilted",)))
    frozen(two_lesions).after(minutes=5).scanned("1.3")
    assert wanted(two_lesions).ice.baseline.directory == "spool/1.1"


def test_without_a_scan_before_freezing_ice_is_looked_for_without_a_baseline(
    two_lesions: Any, wanted: Any
) -> None:
    ice = wanted(frozen(two_lesions).after(minutes=5).scanned("1.1")).ice
    assert ice is not None
    assert ice.baseline is None


def test_a_baseline_on_the_same_frame_of_reference_goes_before_a_newer_one(
    two_lesions: Any, wanted: Any
) -> None:
    """Where there is none on it, that of another frame is to be registered."""
    two_lesions.scanned("1.1").after(minutes=5)
    on_frame(two_lesions, "1.2", "9.9")
    frozen(two_lesions).after(minutes=5).scanned("1.3")
    assert wanted(two_lesions).ice.baseline.directory == "spool/1.1"
    moved = StructuresReceived(
        structure_set_uid="1.2.10",
        frame_of_reference_uid="7.7",
        path="moved.dcm",
        structures=(StructureSummary(name="STOMACH", role="ORGAN", volume_cc=1.0),),
    )
    two_lesions.after(minutes=5).tell(moved)
    on_frame(two_lesions, "1.4", "7.7")
    request = wanted(two_lesions)
    assert request.structures_path == "moved.dcm"
    assert (request.ice.baseline.directory, request.ice.baseline.same_frame) == ("spool/1.2", False)


def test_only_probes_that_froze_tell_where_to_look(two_lesions: Any, wanted: Any) -> None:
    for probe, tip_mm in ((1, (1.0, 2.0, 3.0)), (2, (4.0, 5.0, 6.0)), (3, None)):
        two_lesions.tell(
            ProbeAssigned(device="console-1", probe=probe, lesion="L2", zone="WHOLE", tip_mm=tip_mm)
        )
    two_lesions.scanned("1.1").after(minutes=5)
    two_lesions.read("FREEZE", [-20.0, -60.0], probe=1).read("FREEZE", [-20.0], probe=3)
    two_lesions.after(minutes=5).scanned("1.2")
    assert [p.tip_mm for p in wanted(two_lesions).ice.probes] == [(1.0, 2.0, 3.0)]


def test_directions_and_organs_go_with_the_search(two_lesions: Any, wanted: Any) -> None:
    two_lesions.tell(
        ProbeAssigned(
            device="console-1",
            probe=1,
            lesion="L2",
            zone="WHOLE",
            tip_mm=(1.0, 2.0, 3.0),
            direction=(0.0, 0.6, 0.8),
        )
    )
    two_lesions.scanned("1.1").after(minutes=5)
    two_lesions.read("FREEZE", [-20.0, -60.0], probe=1).after(minutes=5).scanned("1.2")
    ice = wanted(two_lesions).ice
    assert [probe.direction for probe in ice.probes] == [(0.0, 0.6, 0.8)]
    assert ice.organs == ("GALLBLADDER",)


def tips_known(request: Any) -> dict[str, bool]:
    return {s.name: s.tips_are_known for s in request.ice.structures}


def test_a_probe_that_froze_without_a_tip_leaves_its_target_without_tips(
    two_lesions: Any, wanted: Any
) -> None:
    def placed(probe: int, tip_mm: Any) -> None:
        two_lesions.tell(
            ProbeAssigned(device="console-1", probe=probe, lesion="L2", zone="WHOLE", tip_mm=tip_mm)
        )

    two_lesions.scanned("1.1").after(minutes=5)
    two_lesions.read("FREEZE", [-20.0, -60.0], probe=1).after(minutes=5).scanned("1.2")
    assert tips_known(wanted(two_lesions)) == {"L2": False}, "no probe is placed there"
    placed(1, (1.0, 2.0, 3.0))
    placed(2, None)
    assert tips_known(wanted(two_lesions)) == {"L2": True}, "the probe without a tip never froze"
    two_lesions.read("FREEZE", [-20.0], probe=2)
    assert tips_known(wanted(two_lesions)) == {"L2": False}


@pytest.fixture
def overlooked(models: dict[str, SeedModel]) -> Any:
    def ask(story: Any) -> list[str]:
        requests = overlooked_analyses(story.state.procedure, models, VIEWS)
        return [request.series_uid for request in requests]

    return ask


def pictured(story: Any, series_uid: str) -> Any:
    return story.tell(ViewStored(series_uid=series_uid, directory="views/x"))


def test_a_scan_that_was_overtaken_is_still_to_be_analysed(
    two_lesions: Any, overlooked: Any
) -> None:
    two_lesions.scanned("1.1")
    assert overlooked(two_lesions) == [], "it is the newest"
    two_lesions.after(minutes=5).scanned("1.2")
    assert overlooked(two_lesions) == ["1.1"]
    assert overlooked(pictured(two_lesions, "1.1")) == []


def test_what_failed_or_is_not_whole_is_not_tried_again_later(
    two_lesions: Any, overlooked: Any
) -> None:
    two_lesions.scanned("1.1").tell(
        AnalysisFailed(series_uid="1.1", step="READ", reason="the files are gone")
    )
    two_lesions.tell(ScanDiscovered(series_uid="1.2", description=""))
    two_lesions.after(minutes=5).scanned("1.3")
    assert overlooked(two_lesions) == []


def test_ice_over_contours_that_were_drawn_anew_is_looked_for_again(
    two_lesions: Any, overlooked: Any, wanted: Any
) -> None:
    two_lesions.scanned("1.1").after(minutes=5).read("FREEZE", [-5.0, -20.0, -60.0])
    two_lesions.after(minutes=5).scanned("1.2")
    drawn_on = wanted(two_lesions).ice.structure_set_uid
    for series_uid in ("1.1", "1.2"):
        pictured(two_lesions, series_uid)
    two_lesions.tell(
        IceFound(
            series_uid="1.2",
            baseline_series_uid="1.1",
            structure_set_uid=drawn_on,
            volume_cc=1.0,
            structures=(),
        )
    )
    pictured(two_lesions.after(minutes=5).scanned("1.3"), "1.3")
    assert overlooked(two_lesions) == []
    structures = two_lesions.state.procedure.structures
    two_lesions.tell(structures.model_copy(update={"structure_set_uid": "1.2.10"}))
    assert overlooked(two_lesions) == ["1.2"]
