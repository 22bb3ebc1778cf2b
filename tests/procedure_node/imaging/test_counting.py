"""A seed counts for the seeded target that it is deepest in, or nearest to within a limit."""

from typing import Any

import numpy as np
import pytest

from dosimetry_core.structures import StructureError
from dosimetry_core.values import ContouredStructure, FoundSeed
from procedure_node.imaging import TargetStructure
from procedure_node.imaging.counting import count_for_targets
from procedure_node.protocol import Target


def box(name: str, x_mm: tuple[float, float], half_mm: float = 10.0) -> ContouredStructure:
    """From ``x_mm[0]`` to ``x_mm[1]``; y within ``half_mm``; z from -10.5 to 10.5."""
    corners = [(x_mm[0], -half_mm), (x_mm[1], -half_mm), (x_mm[1], half_mm), (x_mm[0], half_mm)]
    return ContouredStructure(
        name, tuple(np.array([(x, y, z) for x, y in corners]) for z in np.arange(-10.0, 11.0))
    )


def seeds(*x_mm: float) -> list[FoundSeed]:
    return [FoundSeed((x, 0.0, 0.0), (0.0, 0.0, 1.0), 0.9) for x in x_mm]


def target(lesion: str, zone: str = "WHOLE", *, seeded: bool = True) -> TargetStructure:
    named = Target.model_validate({"lesion": lesion, "zone": zone})
    return TargetStructure(target=named, structure=named.key.replace("/", "_"), seeded=seeded)


def keys(counted: tuple[Target | None, ...]) -> list[str | None]:
    return [found and found.key for found in counted]


L1, L2 = box("L1", (-20.0, -4.0)), box("L2", (4.0, 20.0))
TWO: dict[str, ContouredStructure] = {"L1": L1, "L2": L2}


def test_a_seed_inside_counts_for_its_target() -> None:
    counted = count_for_targets(seeds(-12, 12), [target("L1"), target("L2")], TWO, within_mm=0.0)
    assert keys(counted) == ["L1", "L2"]


def test_a_seed_outside_counts_for_the_nearest_target_within_the_limit() -> None:
    counted = count_for_targets(
        seeds(-1.0, 1.0, 24.9, 25.1), [target("L1"), target("L2")], TWO, within_mm=5.0
    )
    assert keys(counted) == ["L1", "L2", "L2", None]


def test_without_a_limit_only_seeds_inside_count() -> None:
    counted = count_for_targets(seeds(-4.5, -3.5), [target("L1")], TWO, within_mm=0.0)
    assert keys(counted) == ["L1", None]


def test_where_zones_overlap_the_deepest_counts() -> None:
    """The core lies inside what is drawn as the periphery's outline."""
    structures = {"L3_CORE": box("L3_CORE", (-6.0, 6.0), 6.0), "L3": box("L3", (-20.0, 20.0))}
    counted = count_for_targets(
        seeds(0.0, 5.5, 12.0), [target("L3", "CORE"), target("L3")], structures, within_mm=5.0
    )
    assert keys(counted) == ["L3", "L3", "L3"]
    beside = {"L3_CORE": box("L3_CORE", (-6.0, 6.0)), "L3_PERIPHERY": box("P", (6.0, 20.0))}
    counted = count_for_targets(
        seeds(5.0, 7.0),
        [target("L3", "CORE"), target("L3", "PERIPHERY")],
        beside,
        within_mm=5.0,
    )
    assert keys(counted) == ["L3/CORE", "L3/PERIPHERY"]


def test_a_target_that_gets_no_seeds_is_given_none() -> None:
    counted = count_for_targets(
        seeds(-12.0, -5.0), [target("L1", seeded=False), target("L2")], TWO, within_mm=10.0
    )
    assert keys(counted) == [None, "L2"]


@pytest.mark.parametrize("targets", [[], [target("L1", seeded=False)]])
def test_without_a_seeded_target_seeds_count_for_nothing(targets: Any) -> None:
    assert count_for_targets(seeds(-12.0), targets, TWO, within_mm=10.0) == (None,)


def test_without_seeds_nothing_is_counted() -> None:
    assert count_for_targets([], [target("L1")], TWO, within_mm=10.0) == ()


def test_a_target_without_a_sound_shape_is_told() -> None:
    flat = ContouredStructure("L1", (L1.polygons_mm[0],))
    with pytest.raises(StructureError, match="L1: the plane"):
        count_for_targets(seeds(0.0), [target("L1")], {"L1": flat}, within_mm=1.0)
