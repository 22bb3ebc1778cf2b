"""The script of the demonstration does what the demonstration says of it."""

import itertools
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.dvh import StructureDoseResult, structure_dose
from dosimetry_core.structures import contains, distance_field_mm, sample_structure
from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.values import ContouredStructure, ZoneKind
from simulators.patient import PatientCt, ScanScript, ScriptedIce, contours, scans

SCANS = scans()
STRUCTURES = {one.structure.name: one.structure for one in contours()}
FIRST_L1, ALL_L1, EARLY_L2, FULL_L2, FULL_L3, FIRST_L3, FINAL = SCANS[1:]


@pytest.fixture(scope="module")
def protocol(config_directory: Path) -> dict[str, Any]:
    file = config_directory / "protocols" / "demonstration.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _dose(
    scan: ScanScript, name: str, model: SeedModel, prescription_gy: float | None
) -> StructureDoseResult:
    implant = ImplantedSources(
        model,
        np.array([seed.pose.center_mm for seed in scan.seeds]),
        np.array([seed.pose.axis for seed in scan.seeds]),
        np.array([seed.strength_u for seed in scan.seeds]),
    )
    return structure_dose(STRUCTURES[name], [implant], prescription_gy=prescription_gy)


def _is_covered(scan: ScanScript, name: str, model: SeedModel, protocol: dict[str, Any]) -> bool:
    wanted = protocol["seeds"]
    dose = _dose(scan, name, model, wanted["prescription_gy"])
    d90_percent = 100.0 * dose.d90_gy / wanted["prescription_gy"]
    return (
        d90_percent >= wanted["d90_minimum_percent_of_prescription"]
        and (dose.v100_percent or 0.0) >= wanted["v100_minimum_percent"]
    )


def _depth_mm(points_mm: np.ndarray[Any, Any], ice: tuple[ScriptedIce, ...]) -> Any:
    return np.max([one.ellipsoid.depth_mm(points_mm) for one in ice], axis=0)


def _ice_margin_mm(structure: ContouredStructure, ice: tuple[ScriptedIce, ...]) -> float:
    """Least distance from the structure to what is not frozen, on a grid of 1 mm."""
    points = np.concatenate(structure.polygons_mm)
    lower = points.min(axis=0) - 25.0
    size = np.ceil(np.ptp(points, axis=0) + 50.0).astype(int)
    distance = distance_field_mm(
        structure,
        origin_mm=(lower[0], lower[1], lower[2]),
        spacing_mm=(1.0, 1.0, 1.0),
        shape_kji=(int(size[2]), int(size[1]), int(size[0])),
    )
    kji = np.moveaxis(np.indices(distance.values.shape), 0, -1)
    frozen = _depth_mm(distance.to_patient_mm(kji), ice) > 0.0
    return float(distance.values[~frozen].min())


def test_nothing_is_in_the_patient_at_baseline_and_seeds_never_leave() -> None:
    assert [scan.number for scan in SCANS] == list(range(8))
    assert (SCANS[0].seeds, SCANS[0].probes, SCANS[0].ice) == ((), (), ())
    for before, after in itertools.pairwise(SCANS):
        assert set(before.seeds) <= set(after.seeds)


def test_the_first_lesion_is_covered_by_all_of_its_seeds_and_not_by_the_first(
    planned_model: SeedModel, protocol: dict[str, Any]
) -> None:
    assert not _is_covered(FIRST_L1, "L1", planned_model, protocol)
    for scan in (ALL_L1, EARLY_L2, FINAL):
        assert _is_covered(scan, "L1", planned_model, protocol)


def test_the_margin_of_the_third_lesion_is_under_covered_until_the_last_needle(
    planned_model: SeedModel, protocol: dict[str, Any]
) -> None:
    late = set(FINAL.seeds) - set(FIRST_L3.seeds)

    assert {seed.needle for seed in late} == {"L3-N10"}
    assert not _is_covered(FIRST_L3, "L3_PERIPHERY", planned_model, protocol)
    assert _is_covered(FINAL, "L3_PERIPHERY", planned_model, protocol)


def test_organs_stay_below_their_limits(planned_model: SeedModel, protocol: dict[str, Any]) -> None:
    for organ in protocol["organs"]:
        dose = _dose(FINAL, organ["name"], planned_model, None)
        assert dose.d2cc_gy is not None
        assert dose.d0_1cc_gy is not None
        assert 1.0 < dose.d2cc_gy < organ["d2cc_limit_gy"]
        assert dose.d0_1cc_gy < organ["d0_1cc_limit_gy"]


@pytest.mark.parametrize(("scan", "name"), [(FULL_L2, "L2"), (FULL_L3, "L3_CORE")])
def test_full_ice_covers_its_target_with_its_margin(
    scan: ScanScript, name: str, protocol: dict[str, Any]
) -> None:
    inside = sample_structure(STRUCTURES[name], point_count=5_000).points_mm

    assert np.all(_depth_mm(inside, scan.ice) > 0.0)
    wanted_mm = protocol["cryo"]["ice_margin_minimum_mm"]
    assert _ice_margin_mm(STRUCTURES[name], scan.ice) > wanted_mm + 1.0


def test_early_ice_leaves_a_margin_to_be_frozen(protocol: dict[str, Any]) -> None:
    margin_mm = _ice_margin_mm(STRUCTURES["L2"], EARLY_L2.ice)

    assert margin_mm < protocol["cryo"]["ice_margin_minimum_mm"] - 1


def test_ice_stays_away_from_the_organs_at_risk() -> None:
    for name in ("GALLBLADDER", "STOMACH"):
        for scan in (FULL_L2, FULL_L3):
            assert not np.any(_depth_mm(np.concatenate(STRUCTURES[name].polygons_mm), scan.ice) > 0)


def test_seeds_lie_in_or_beside_their_target_and_not_in_the_frozen_core() -> None:
    for seed in FINAL.seeds:
        name = seed.lesion if seed.zone is ZoneKind.WHOLE else f"{seed.lesion}_{seed.zone}"
        target = sample_structure(STRUCTURES[name], point_count=5_000).points_mm
        nearest_mm = np.linalg.norm(target - np.array(seed.pose.center_mm), axis=1).min()
        assert nearest_mm < 3.5, seed
    centers = np.array([seed.pose.center_mm for seed in FINAL.seeds])
    assert not contains(STRUCTURES["L3_CORE"], centers).any()


def test_seeds_can_be_told_apart_in_thick_slices() -> None:
    centers = np.array([seed.pose.center_mm for seed in FINAL.seeds])
    for n, one in enumerate(FINAL.seeds):
        for other, center in zip(FINAL.seeds[:n], centers[:n], strict=True):
            apart = np.abs(centers[n] - center)
            if one.needle == other.needle:
                assert np.linalg.norm(apart) >= 8.0
            assert apart[2] >= 10.0 or np.hypot(*apart[:2]) >= 4.0


def test_needles_and_probes_reach_the_skin_without_bone_or_lung(ct: PatientCt) -> None:
    routes = [(one.pose.center_mm, one.pose.axis) for one in FINAL.seeds]
    routes += [(one.shaft.tip_mm, one.shaft.direction) for one in FULL_L2.probes]
    for tip, direction in routes:
        path = np.array(tip) - np.arange(0.0, 150.0)[:, None] * np.array(direction)
        k, j, i = np.rint(ct.volume.to_index(path)).astype(int).T
        inside = (j >= 0) & (j < 512) & (i >= 0) & (i < 512)
        hu = ct.volume.values[k[inside], j[inside], i[inside]]
        skin = int(np.flatnonzero(hu < -500)[0])
        assert 30 < skin < 120
        assert hu[:skin].max() < 250
        assert np.mean(hu[skin:] < -500) > 0.9  # the air is the room's, not a lung's


def test_strengths_are_those_of_one_batch() -> None:
    assert {seed.strength_u for seed in FINAL.seeds} == {0.65}
