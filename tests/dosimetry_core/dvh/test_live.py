"""A live implant is, after any changes, what a new computation says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dosimetry_core.dvh import (
    GridGeometry,
    LiveImplant,
    LiveStructure,
    StructureDoseResult,
    structure_dose,
)
from dosimetry_core.structures import StructureError
from dosimetry_core.tg43 import SeedModel, dose_grid_gy
from dosimetry_core.values import ContouredStructure, Source

Solid = Callable[[float, float], ContouredStructure]
GRID = GridGeometry((-20.0, -20.0, -20.0), (4.0, 4.0, 4.0), (11, 11, 11))


def source(x: float, y: float, z: float) -> Source:
    return Source((x, y, z), (0.0, 0.6, 0.8), 0.7)


def organ_beside(solid: ContouredStructure, away_mm: float) -> ContouredStructure:
    moved = tuple(polygon + np.array([away_mm, 0, 0]) for polygon in solid.polygons_mm)
    return ContouredStructure("ORGAN", moved)


@pytest.fixture
def structures(make_sphere: Solid) -> list[LiveStructure]:
    target = make_sphere(12.0, 2.5)
    return [LiveStructure(target, 100.0), LiveStructure(organ_beside(target, 26.0))]


def figures(results: tuple[StructureDoseResult, ...]) -> list[float]:
    return [
        value
        for result in results
        for name in result.error.__slots__
        for value in (getattr(result, name), getattr(result.error, name))
        if value is not None
    ]


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "move", "look"]),
        st.integers(0, 7),
        st.tuples(*[st.floats(-11, 11)] * 3),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS)
def test_any_changes_end_where_a_new_computation_does(
    model_6711: SeedModel, structures: list[LiveStructure], edits: list
) -> None:
    live = LiveImplant(structures, grid=GRID)
    held: dict[str, Source] = {"first": source(1, 2, 3)}
    live.add("first", model_6711, held["first"])
    for kind, number, place in edits:
        key, placed = str(number), source(*place)
        if kind == "look":
            live.results()
        elif kind == "add" and key not in held:
            live.add(key, model_6711, placed)
            held[key] = placed
        elif kind == "move" and key in held:
            live.move(key, placed)
            held[key] = placed
        elif kind == "remove" and key in held:
            live.remove(key)
            del held[key]
    anew = LiveImplant(structures, grid=GRID)
    for key, placed in held.items():
        anew.add(key, model_6711, placed)
    assert figures(live.results()) == pytest.approx(figures(anew.results()), rel=1e-6, abs=1e-6)
    np.testing.assert_allclose(
        live.dose_grid().values, anew.dose_grid().values, rtol=1e-5, atol=1e-3
    )


def test_it_says_what_one_computation_says(
    model_6711: SeedModel, structures: list[LiveStructure]
) -> None:
    rng = np.random.default_rng(3)
    with ThreadPoolExecutor(2) as executor:
        live = LiveImplant(structures, executor=executor, tolerance=0.005)
        for number in range(20):
            live.add(str(number), model_6711, source(*rng.uniform(-8, 8, 3)))
        results = live.results()
    implant = list(live.seeds.values())
    for one, result in zip(structures, results, strict=True):
        expected = structure_dose(one.structure, implant, prescription_gy=one.prescription_gy)
        assert figures((result,)) == pytest.approx(figures((expected,)), rel=1e-5)


def test_without_the_isodose_only_what_rests_on_it_is_left_out(
    model_6711: SeedModel, structures: list[LiveStructure]
) -> None:
    live = LiveImplant(structures)
    live.add("0", model_6711, source(0.0, 0.0, 0.0))
    (whole, organ), (quick, quick_organ) = live.results(), live.results(with_isodose=False)
    assert (quick.conformity_index, quick.external_index, quick.isodose_cc) == (None, None, None)
    assert quick.isodose_unknown == "it was not asked for"
    for name in ("d90_gy", "d100_gy", "v100_percent", "d0_1cc_gy", "homogeneity_index"):
        assert getattr(quick, name) == pytest.approx(getattr(whole, name), rel=1e-12)
    assert quick_organ == organ
    assert whole.conformity_index is not None


def test_the_grid_is_that_of_its_seeds(
    model_6711: SeedModel, structures: list[LiveStructure]
) -> None:
    live = LiveImplant(structures, grid=GRID)
    live.add("a", model_6711, source(3, 1, 2))
    live.dose_grid()
    live.add("b", model_6711, source(-5, 1, 2))
    live.remove("a")
    found = live.dose_grid()
    expected = dose_grid_gy(
        list(live.seeds.values()),
        origin_mm=GRID.origin_mm,
        spacing_mm=GRID.spacing_mm,
        shape_kji=GRID.shape_kji,
    )
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(found.affine, expected.affine)


def test_without_its_last_seed_there_is_no_dose(
    model_6711: SeedModel, structures: list[LiveStructure]
) -> None:
    live = LiveImplant(structures, grid=GRID)
    live.add("a", model_6711, source(3, 1, 2))
    assert live.results()[0].d90_gy > 0
    live.remove("a")
    assert live.results()[0].d90_gy == live.results()[0].maximum_gy == 0.0
    assert not live.dose_grid().values.any()


def test_what_cannot_be_is_refused(model_6711: SeedModel, structures: list[LiveStructure]) -> None:
    live = LiveImplant(structures)
    live.add("a", model_6711, source(0, 0, 0))
    with pytest.raises(ValueError, match="there already"):
        live.add("a", model_6711, source(1, 0, 0))
    with pytest.raises(KeyError):
        live.remove("b")
    with pytest.raises(ValueError, match="zero axis"):
        live.move("a", Source((0, 0, 0), (0, 0, 0), 1.0))
    assert list(live.seeds) == ["a"]
    with pytest.raises(ValueError, match="no grid"):
        live.dose_grid()
    with pytest.raises(ValueError, match="prescription"):
        LiveImplant([LiveStructure(structures[0].structure, 0.0)])
    with pytest.raises(StructureError, match="EMPTY"):
        LiveImplant([LiveStructure(ContouredStructure("EMPTY", ()))])
