"""Which model and strength each seed is given, and what is told of the dose."""

import numpy as np
import pytest

from dosimetry_core.tg43 import ImplantedSources, SeedModel, total_dose_gy
from dosimetry_core.values import ContouredStructure, FoundSeed
from procedure_node.imaging import AnalysisRequest, OrganStructure, SeedBatch, TargetStructure
from procedure_node.imaging.dose import (
    DISPLAY_MARGIN_MM,
    DoseUnknownError,
    display_grid,
    dose_to_structures,
    implant_of,
)
from procedure_node.protocol import Target

L1, L2 = Target(lesion="L1"), Target(lesion="L2")


def seeds(count: int) -> list[FoundSeed]:
    return [FoundSeed((10.0 * n, 0.0, 0.0), (0.0, 0.0, 1.0), 0.9) for n in range(count)]


def batch(target: Target, strength_u: float = 0.8, model: str = "Amersham6711") -> SeedBatch:
    return SeedBatch(target=target, seed_model=model, strength_u=strength_u)


def strengths(implant: tuple[ImplantedSources, ...]) -> list[list[float]]:
    return [sources.strengths_u.tolist() for sources in implant]


@pytest.fixture
def other(models: dict[str, SeedModel]) -> str:
    """A second seed model."""
    return next(name for name in models if name != "Amersham6711")


def test_each_seed_has_its_targets_batch(models: dict[str, SeedModel]) -> None:
    implant, warnings = implant_of(seeds(3), [L1, L2, L1], [batch(L1, 0.8), batch(L2, 0.5)], models)
    assert strengths(implant) == [[0.8, 0.5, 0.8]]
    assert implant[0].model is models["Amersham6711"]
    assert implant[0].centers_mm.tolist() == [[0, 0, 0], [10, 0, 0], [20, 0, 0]]
    assert warnings == ()


def test_seeds_are_grouped_by_model(models: dict[str, SeedModel], other: str) -> None:
    implant, _ = implant_of(seeds(3), [L1, L2, L1], [batch(L1, 0.8), batch(L2, 0.5, other)], models)
    by_model = {sources.model.name: sources for sources in implant}
    assert by_model["Amersham6711"].centers_mm[:, 0].tolist() == [0.0, 20.0]
    assert by_model[other].centers_mm[:, 0].tolist() == [10.0]
    assert by_model[other].strengths_u.tolist() == [0.5]


def test_a_stray_seed_is_given_the_only_batch_and_it_is_told(models: dict[str, SeedModel]) -> None:
    implant, warnings = implant_of(seeds(3), [L1, None, L2], [batch(L1)], models)
    assert strengths(implant) == [[0.8, 0.8, 0.8]]
    assert warnings == ("2 seeds lie where none was reported; the only batch was taken for them",)


def test_two_targets_with_the_same_seeds_are_one_batch(models: dict[str, SeedModel]) -> None:
    implant, _ = implant_of(seeds(1), [None], [batch(L1), batch(L2)], models)
    assert strengths(implant) == [[0.8]]


@pytest.mark.parametrize("counted", [None, Target(lesion="L3")])
def test_with_several_batches_a_stray_seeds_strength_is_not_known(
    models: dict[str, SeedModel], counted: Target | None
) -> None:
    with pytest.raises(DoseUnknownError, match="1 seeds lie where none was reported, and several"):
        implant_of(seeds(2), [L1, counted], [batch(L1, 0.8), batch(L2, 0.5)], models)


def test_without_a_report_the_model_is_not_known(models: dict[str, SeedModel]) -> None:
    with pytest.raises(DoseUnknownError, match="2 seeds are seen, but none was reported"):
        implant_of(seeds(2), [L1, None], [], models)


def test_without_a_seed_there_is_no_implant(models: dict[str, SeedModel]) -> None:
    assert implant_of([], [], [], models) == ((), ())
    assert implant_of([], [], [batch(L1)], models) == ((), ())


def box(name: str, center_mm: float, planes: int = 9) -> ContouredStructure:
    corners = [(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]
    square = np.array([(center_mm + x, y) for x, y in corners])
    heights = np.arange(planes) - (planes - 1) / 2
    return ContouredStructure(
        name, tuple(np.column_stack([square, np.full(4, z)]) for z in heights)
    )


@pytest.fixture
def request_of_two(request_for: object) -> AnalysisRequest:
    assert callable(request_for)
    targets = (
        TargetStructure(target=L1, structure="L1", seeded=True),
        TargetStructure(target=L2, structure="L2", seeded=False),
    )
    return request_for(targets=targets, organs=(OrganStructure(structure="ORGAN", limit_gy=None),))


def test_only_a_seeded_target_has_a_prescription(
    request_of_two: AnalysisRequest, models: dict[str, SeedModel]
) -> None:
    implant, warnings = implant_of(seeds(2), [L1, None], [batch(L1)], models)
    structures = {name: box(name, x) for name, x in (("L1", 0.0), ("L2", 15.0), ("ORGAN", 30.0))}

    told, _ = dose_to_structures(request_of_two, implant, structures, warnings)

    prescribed = {s.name: s.prescription_gy for s in told.structures}
    assert prescribed == {"L1": 110.0, "L2": None, "ORGAN": None}
    assert told.structures[1].v100_percent is None
    assert (told.seed_models, told.seed_count) == (("Amersham6711",), 2)
    assert told.warnings == warnings
    assert told.structures[0].d90_gy > told.structures[2].d90_gy > 0.0


def test_an_empty_implant_gives_no_dose(request_of_two: AnalysisRequest) -> None:
    structures = {name: box(name, 0.0) for name in ("L1", "L2", "ORGAN")}
    told, _ = dose_to_structures(request_of_two, (), structures, ())
    assert (told.seed_models, told.seed_count) == ((), 0)
    assert {(s.d90_gy, s.d100_gy) for s in told.structures} == {(0.0, 0.0)}
    assert told.structures[0].v100_percent == 0.0


def test_a_structure_without_a_sound_shape_is_left_out_by_name(
    request_of_two: AnalysisRequest, models: dict[str, SeedModel]
) -> None:
    implant, _ = implant_of(seeds(1), [L1], [batch(L1)], models)
    structures = {"L1": box("L1", 0.0), "L2": box("L2", 0.0, planes=1), "ORGAN": box("ORGAN", 9.0)}
    told, _ = dose_to_structures(request_of_two, implant, structures, ("a doubt",))
    assert [s.name for s in told.structures] == ["L1", "ORGAN"]
    assert told.warnings[0] == "a doubt"
    assert told.warnings[1].startswith("left out: L2: the plane at z = 0 mm stands alone")


def test_the_displays_grid_holds_all_seeds_and_shows_their_dose(
    models: dict[str, SeedModel],
) -> None:
    implant, _ = implant_of(seeds(3), [L1] * 3, [batch(L1)], models)
    grid = display_grid(implant)
    assert grid is not None
    last = np.array(grid.values.shape) - 1.0
    corners = grid.to_patient_mm(np.array([[0.0, 0.0, 0.0], last]))
    assert corners[0].tolist() == [-DISPLAY_MARGIN_MM] * 3
    assert (corners[1] >= [20.0 + DISPLAY_MARGIN_MM, DISPLAY_MARGIN_MM, DISPLAY_MARGIN_MM]).all()
    index = np.round(grid.to_index(np.array([10.0, 6.0, 0.0]))).astype(int)
    there = grid.to_patient_mm(index[None].astype(float))
    expected = total_dose_gy(implant, there)[0]
    assert grid.values[tuple(index)] == pytest.approx(expected, rel=0.01)


def test_without_a_seed_there_is_no_grid() -> None:
    assert display_grid(()) is None
