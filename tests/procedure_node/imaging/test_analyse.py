"""The steps of one scan's analysis: what each gives, and what a failed one leaves to the others."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.tg43 import SeedModel
from procedure_node.events import (
    AnalysisFailed,
    DoseBandsComputed,
    DoseComputed,
    IceFound,
    NeedlesFound,
    SeedsFound,
    SubVolumesFound,
    ViewStored,
)
from procedure_node.imaging import (
    AnalysisRequest,
    FrozenProbe,
    FrozenStructure,
    IceBaseline,
    IceRequest,
    SeedBatch,
    TargetStructure,
)
from procedure_node.imaging.analyse import analyse, look_for_ice
from procedure_node.imaging.last import analysed, ice, store_view, weighed
from procedure_node.imaging.reading import read_scan, scan_in
from procedure_node.protocol import Target
from procedure_node.views import ViewShelf, open_view
from simulators.phantom import IceEllipsoid, Shaft
from tests.procedure_node.imaging import small_ct

Make = Callable[..., AnalysisRequest]
BATCH = SeedBatch(target=Target(lesion="L1"), seed_model="Amersham6711", strength_u=0.8)
BALL = IceEllipsoid((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 18.0, 14.0)


def kinds(payloads: Any) -> list[str]:
    return [f"{p.kind} {p.step}" if p.kind == "analysis-failed" else p.kind for p in payloads]


def failure(payloads: Any) -> str:
    (reason,) = (p.reason for p in payloads if isinstance(p, AnalysisFailed))
    return reason


def test_seeds_are_found_counted_and_dosed(request_for: Make, models: dict[str, SeedModel]) -> None:
    analysis = analyse(request_for(batches=(BATCH,)), models)
    seeds, _, dose = analysis.payloads
    assert isinstance(seeds, SeedsFound)
    assert isinstance(dose, DoseComputed)
    found = sorted(seed.center_mm for seed in seeds.seeds)
    placed = sorted(seed.center_mm for seed in small_ct.SEEDS)
    assert np.abs(np.array(found) - np.array(placed)).max() < 0.5
    assert {(seed.lesion, seed.zone) for seed in seeds.seeds} == {("L1", "WHOLE")}
    assert seeds.warnings == ()
    assert (dose.seed_models, dose.seed_count) == (("Amersham6711",), 3)
    assert [s.name for s in dose.structures] == ["L1", "L2", "GALLBLADDER"]
    assert dose.structures[0].d90_gy > 10.0


def test_a_needle_is_told_with_the_seeds_that_lie_along_it(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    """It enters from the front through the scan's border; the seed to its left is its own."""
    tip, way = (-5.0, -9.0, -2.0), (0.0, 1.0, 0.0)
    series = small_ct.scan(tmp_path / "ct", small_ct.SEEDS, shafts=[Shaft(tip, way, 60.0, 1.27)])
    received, _ = read_scan("1.2", [str(path) for path in series.files], "UTC")
    assert received.kind == "scan-received"
    analysis = analyse(
        request_for(directory=received.directory, content_sha256=received.content_sha256), models
    )
    (found,) = (p for p in analysis.payloads if isinstance(p, NeedlesFound))
    (needle,) = found.needles
    assert needle.tip_mm == pytest.approx(tip, abs=1.0)
    assert needle.direction == pytest.approx(way, abs=0.03)
    assert (needle.needle_id, needle.status, needle.tip_is_sure) == (1, "NEW", True)
    (seeds,) = (p for p in analysis.payloads if isinstance(p, SeedsFound))
    (track,) = found.tracks
    beside = [n for n, chance in enumerate(track.chances) if chance > 0.5]
    assert [seeds.seeds[n].center_mm for n in beside] == [
        pytest.approx(small_ct.SEEDS[0].center_mm, abs=1.0)
    ]


def test_how_sure_the_dose_is_and_where_it_is_low_are_told_after_it(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    request = request_for(batches=(BATCH,), prescription_gy=20.0)
    (_, _, dose), (bands, where) = analysed(request, models).payloads, weighed(request, models)
    assert isinstance(dose, DoseComputed)
    assert isinstance(bands, DoseBandsComputed)
    assert isinstance(where, SubVolumesFound)
    of = {band.name: band for band in bands.structures}
    figures = {figure.name: figure for figure in dose.structures}
    assert of.keys() == figures.keys()
    d90, v100 = of["L1"].d90_gy, of["L1"].v100_percent
    assert d90 is not None
    assert v100 is not None
    assert d90.low < figures["L1"].d90_gy < d90.high
    assert 0.0 <= v100.low < v100.high <= 100.0
    assert (of["GALLBLADDER"].d90_gy, bands.registration_sd_mm) == (None, 1.0)

    parts = {part.name: part for part in where.structures}
    cold, hot = parts["L1"].cold, parts["L1"].hot
    assert cold is not None
    assert hot is not None
    assert cold.level_gy == 20.0 < hot.level_gy
    under = 100.0 - (figures["L1"].v100_percent or 0.0)
    assert 100.0 * cold.total_cc / figures["L1"].volume_cc == pytest.approx(under, abs=0.7)
    coldest = cold.parts[0].extremes[0]
    seeds_mm = np.array([seed.center_mm for seed in small_ct.SEEDS])
    nearest = np.linalg.norm(seeds_mm - np.array(coldest.place_mm), axis=1).min()
    assert coldest.seed_distances_mm[0] == pytest.approx(nearest, abs=0.5)
    assert parts["L2"].cold is None, "no prescription"
    assert parts["GALLBLADDER"].hot is not None, "it has a limit"


def test_without_stated_errors_no_bands_are_told(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    (where,) = weighed(request_for(batches=(BATCH,), errors=None), models)
    assert isinstance(where, SubVolumesFound)


def test_without_a_dose_there_is_nothing_to_weigh(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    assert weighed(request_for(), models) == ()


def test_research_data_of_a_seed_model_are_told_with_the_dose(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    batch = BATCH.model_copy(update={"seed_model": "BT-125-1"})
    _, _, dose = analyse(request_for(batches=(batch,)), models).payloads
    assert isinstance(dose, DoseComputed)
    assert dose.research_models == ("BT-125-1",)


def test_seeds_far_from_every_target_count_for_none(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    far = TargetStructure(target=Target(lesion="L2"), structure="L2", seeded=True)
    analysis = analyse(request_for(targets=(far,), batches=(BATCH,)), models)
    seeds, _, dose = analysis.payloads
    assert isinstance(seeds, SeedsFound)
    assert {seed.lesion for seed in seeds.seeds} == {None}
    assert "3 seeds lie where none was reported" in dose.warnings[0]


def test_an_unset_limit_counts_seeds_inside_only_and_says_so(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    (seeds, _, _) = analyse(request_for(counted_within_mm=None, batches=(BATCH,)), models).payloads
    assert isinstance(seeds, SeedsFound)
    assert len([seed for seed in seeds.seeds if seed.lesion == "L1"]) == 3
    assert "leaves seeds.counted_within_mm unset" in seeds.warnings[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "3 seeds are seen, but none was reported"),
        ({"batches": (BATCH,), "batch_doubt": "L1 has two models"}, "L1 has two models"),
    ],
)
def test_without_a_sure_batch_the_seeds_are_there_and_the_dose_is_not(
    request_for: Make, models: dict[str, SeedModel], changes: dict[str, Any], reason: str
) -> None:
    analysis = analyse(request_for(**changes), models)
    assert kinds(analysis.payloads) == ["seeds-found", "seeds-identified", "analysis-failed DOSE"]
    assert reason in failure(analysis.payloads)
    assert analysis.implant == ()


def test_without_structures_seeds_count_for_nothing(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    request = request_for(structures_path=None, targets=(), organs=(), batches=(BATCH,))
    seeds, *_, dose = analyse(request, models).payloads
    assert isinstance(seeds, SeedsFound)
    assert isinstance(dose, DoseComputed)
    assert {seed.lesion for seed in seeds.seeds} == {None}
    assert dose.structures == ()


def test_a_scan_without_seeds_gives_no_dose_to_anything(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    series = small_ct.scan(tmp_path / "bare")
    received, _ = read_scan("1.2", [str(path) for path in series.files], "UTC")
    assert received.kind == "scan-received"
    seeds, dose = analyse(
        request_for(directory=received.directory, content_sha256=received.content_sha256), models
    ).payloads
    assert isinstance(seeds, SeedsFound)
    assert isinstance(dose, DoseComputed)
    assert seeds.seeds == ()
    assert {s.d90_gy for s in dose.structures} == {0.0}


def test_a_scan_that_changed_on_disk_is_not_analysed(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    request = request_for(content_sha256="0" * 64, batches=(BATCH,))
    analysis = analyse(request, models)
    assert kinds(analysis.payloads) == ["analysis-failed READ"]
    assert look_for_ice(request, analysis) is None
    stored = store_view(request, models)
    assert isinstance(stored, AnalysisFailed)
    assert stored.reason == "the scan can no longer be read"


def test_a_structure_set_that_is_gone_stops_before_the_seeds(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    analysis = analyse(request_for(structures_path=str(tmp_path / "gone.dcm")), models)
    assert kinds(analysis.payloads) == ["analysis-failed STRUCTURES"]
    assert "the structure set cannot be used: the file cannot" in failure(analysis.payloads)


def test_a_target_without_a_sound_shape_stops_the_counting(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    flat = TargetStructure(target=Target(lesion="L9"), structure="Marker", seeded=True)
    analysis = analyse(request_for(targets=(flat,), batches=(BATCH,)), models)
    assert kinds(analysis.payloads) == ["analysis-failed SEEDS"]
    assert "Marker" in failure(analysis.payloads)


def known(name: str) -> FrozenStructure:
    return FrozenStructure(name=name, tips_are_known=True)


def unknown(name: str) -> FrozenStructure:
    return FrozenStructure(name=name, tips_are_known=False)


def frozen(request_for: Make, tmp_path: Path, **changes: Any) -> AnalysisRequest:
    """A scan with an ice ball over L1, and the one from before."""
    folders = []
    for number, ball in ((3, []), (4, [BALL])):
        series = small_ct.scan(tmp_path / f"scan-{number}", (), ball, number=number)
        received, _ = read_scan(f"1.{number}", [str(path) for path in series.files], "UTC")
        assert received.kind == "scan-received"
        folders.append(received)
    baseline, scan = folders
    asked = IceRequest(
        structure_set_uid="1.9",
        baseline=IceBaseline(
            directory=baseline.directory, sha256=baseline.content_sha256, same_frame=True
        ),
        probes=(FrozenProbe(tip_mm=(0.0, 0.0, -8.0)),),
        structures=(known("L1"), known("GALLBLADDER")),
    )
    return request_for(
        series_uid="1.4",
        directory=scan.directory,
        content_sha256=scan.content_sha256,
        ice=asked.model_copy(update=changes),
    )


def test_ice_is_told_for_each_structure_that_is_frozen(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    request = frozen(request_for, tmp_path)
    found = ice(request, models)
    assert isinstance(found, IceFound)
    assert found.series_uid == "1.4"
    before = scan_in(request.ice.baseline.directory, request.ice.baseline.sha256)
    assert found.baseline_series_uid == before.series_uid
    assert found.baseline_series_uid != analysed(request, models).scan.series_uid
    cover = {s.name: s.covered_percent for s in found.structures}
    assert cover["L1"] > 80.0
    assert cover["GALLBLADDER"] < 40.0
    assert found.volume_cc == pytest.approx(4 / 3 * np.pi * 18 * 14 * 14 / 1000, rel=0.25)


def test_ice_is_told_with_its_margin_its_organs_and_how_sure_they_are(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    """L1 is a cube of 20 mm in an ellipsoid of ice; the gallbladder's cube begins 14 mm off."""
    probe = FrozenProbe(tip_mm=(0.0, 0.0, -8.0), direction=(0.0, 0.0, -1.0))
    request = frozen(
        request_for,
        tmp_path,
        probes=(probe,),
        structures=(known("L1"),),
        organs=("GALLBLADDER", "Marker"),
    )
    found = ice(request, models)
    assert isinstance(found, IceFound)
    (target,) = found.structures
    assert target.minimum_margin_mm is not None
    assert target.minimum_margin_mm < 0.0, "its corners stick out"
    assert target.margin_band.low < target.minimum_margin_mm < target.margin_band.high
    assert sum(target.margin_percent) == pytest.approx(100.0)
    assert target.surface_cm2 == pytest.approx(24.0, rel=0.1)
    share = 1.0 - target.covered_percent / 100.0
    assert target.unfrozen_cc == pytest.approx(8.0 * share, abs=0.1)
    (organ,) = found.organs
    assert organ.name == "GALLBLADDER"
    assert organ.approach_mm == pytest.approx(0.0, abs=1.5)
    assert organ.place_mm[0] == pytest.approx(14.0, abs=1.0)
    assert any("Marker" in warning for warning in found.warnings), "it has no shape"
    assert not any("direction" in warning for warning in found.warnings)
    assert found.volume_band.low < found.volume_cc < found.volume_band.high


def test_the_mask_of_the_ice_lies_beside_the_pictures(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    request = frozen(request_for, tmp_path)
    found = ice(request, models)
    store_view(request, models)
    stored = open_view(Path(request.view_directory)).ice
    assert stored is not None
    voxel_cc = float(np.prod(stored.grid.pitch_mm)) / 1000.0
    assert (np.asarray(stored.values) != 0).sum() * voxel_cc == pytest.approx(
        found.volume_cc, rel=0.03
    )


def test_without_a_scan_from_before_freezing_ice_is_still_told(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    found = ice(frozen(request_for, tmp_path, baseline=None), models)
    assert isinstance(found, IceFound)
    assert (found.baseline_use, found.baseline_series_uid) == ("NONE", None)
    assert "no scan was taken before freezing" in found.warnings
    assert found.volume_cc > 5.0


@pytest.mark.parametrize("tips_mm", [(), ((0.0, -24.0, 0.0),)])
def test_ice_is_not_missed_where_a_probe_has_no_tip(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path, tips_mm: Any
) -> None:
    """Nobody gave the tip of the probe in L1; at the tip of another one nothing has frozen."""
    request = frozen(
        request_for,
        tmp_path,
        probes=tuple(FrozenProbe(tip_mm=tip) for tip in tips_mm),
        structures=(unknown("L1"), known("L2")),
    )
    found = ice(request, models)
    assert isinstance(found, IceFound)
    cover = {s.name: s.covered_percent for s in found.structures}
    assert cover["L1"] > 80.0
    assert cover["L2"] < 10.0
    assert "L1: a tip is not known, ice through its middle was taken" in found.warnings


def test_a_baseline_that_is_gone_leaves_ice_much_less_sure(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    sure = ice(frozen(request_for, tmp_path / "whole"), models)
    gone = IceBaseline(directory=str(tmp_path / "none"), sha256="0", same_frame=True)
    request = frozen(request_for, tmp_path, baseline=gone)
    assert kinds(analyse(request, models).payloads) == ["seeds-found", "dose-computed"]
    found = ice(request, models)
    assert isinstance(found, IceFound)
    assert (found.baseline_use, found.baseline_series_uid) == ("NONE", None)
    assert found.warnings[0].startswith("the scan from before freezing cannot be used: the files")
    assert found.surface_error_mm > 1.5 * sure.surface_error_mm
    assert sure.baseline_use == "FRAME"


def test_ice_is_not_looked_for_where_none_is_asked_for(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    assert ice(request_for(batches=(BATCH,)), models) is None


def test_pictures_are_stored_of_all_that_was_found(
    request_for: Make, models: dict[str, SeedModel]
) -> None:
    request = request_for(batches=(BATCH,))
    stored = store_view(request, models)
    assert stored == ViewStored(series_uid="1.1", directory=request.view_directory)
    view = ViewShelf().view(Path(request.view_directory))
    assert {s.name for s in view.structures} == {"L1", "L2", "GALLBLADDER", "Marker"}
    assert view.dose is not None
    assert (view.ice, view.prescription_gy, view.mode) == (None, 110.0, "DEMO")


def test_pictures_that_cannot_be_stored_are_a_failure_of_their_own(
    request_for: Make, models: dict[str, SeedModel], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    request = request_for(batches=(BATCH,), view_directory=str(tmp_path / "file" / "view"))
    failed = store_view(request, models)
    assert isinstance(failed, AnalysisFailed)
    assert (failed.step, failed.reason[:29]) == ("VIEW", "the pictures cannot be stored")


def test_seeds_are_not_looked_for_again_when_only_a_report_changed(
    request_for: Make, models: dict[str, SeedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analyse(request_for(batches=(BATCH,)), models)

    def fail(_: Any) -> None:
        raise AssertionError("the seeds were looked for again")

    monkeypatch.setattr("procedure_node.imaging.analyse.find_seeds", fail)
    stronger = BATCH.model_copy(update={"strength_u": 1.6})
    second = analyse(request_for(batches=(stronger,)), models)
    assert second.payloads[0] == first.payloads[0]
    doubled = second.payloads[2].structures[0].d90_gy
    assert doubled == pytest.approx(2 * first.payloads[2].structures[0].d90_gy)


def test_what_was_analysed_last_is_kept(
    request_for: Make, models: dict[str, SeedModel], scan_folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(scan_folder / "ct", tmp_path / "ct"))
    read_scan("1.1", [str(path) for path in copy.glob("*.dcm")], "UTC")
    request = request_for(directory=str(copy), batches=(BATCH,))
    first = analysed(request, models)
    assert analysed(request, models) is first
    assert analysed(request_for(directory=str(copy)), models) is not first
