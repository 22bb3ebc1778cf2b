"""Probes of other lesions that the model leaves out are told, with how near they froze."""

from pathlib import Path
from typing import Any

import pytest

from procedure_node.events import ProbeAssigned
from procedure_node.lethal_zone import FreezeRequest, wanted_freezes
from procedure_node.lethal_zone.neighbours import neighbour_words
from procedure_node.settings import FreezeModelSettings
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import ThermalLibrary, load_thermal_library


@pytest.fixture(scope="module")
def library() -> ThermalLibrary:
    config = default_config_dir()
    return load_thermal_library(config / "tissues", config / "cryoprobes")


def placed(probe: int, lesion: str, x_mm: float, **more: Any) -> ProbeAssigned:
    told = {"tip_mm": (x_mm, 0.0, 0.0), "direction": (0.0, 0.0, 1.0), "cryoprobe": "IceRod"}
    return ProbeAssigned.model_validate(
        {"device": "console-1", "probe": probe, "lesion": lesion, "zone": "WHOLE", **told, **more}
    )


def words(story: Any, library: ThermalLibrary) -> dict[str, tuple[str, ...]]:
    found = wanted_freezes(
        story.state.procedure, story.now, library, FreezeModelSettings(), Path("views")
    )
    return {
        one.lesion: neighbour_words(one, library) for one in found if isinstance(one, FreezeRequest)
    }


def both(story: Any) -> Any:
    for tip_c in (-20.0, -90.0, -120.0):
        story.read("FREEZE", [tip_c]).read("FREEZE", [tip_c], probe=2, every_s=0.0)
    return story


def test_a_probe_within_reach_is_told_with_its_distance(story: Any, library: Any) -> None:
    story.opened().drawn(L2=2.0, L3=4.0).tell(placed(1, "L2", 0.0), placed(2, "L3", 24.0))
    told = words(both(story), library)
    line = "froze, or may have, 24 mm away meanwhile: its cold is left out"
    assert [line in one for one in told["L2"]] == [True]
    assert told["L2"][0].startswith("probe console-1/2 of another lesion")
    assert told["L3"][0].startswith("probe console-1/1 of another lesion")


def test_a_probe_beyond_reach_is_not_told(story: Any, library: Any) -> None:
    story.opened().drawn(L2=2.0, L3=4.0).tell(placed(1, "L2", 0.0), placed(2, "L3", 41.0))
    assert words(both(story), library) == {"L2": (), "L3": ()}


def test_a_freeze_that_was_over_before_is_not_told(story: Any, library: Any) -> None:
    story.opened().drawn(L2=2.0, L3=4.0).tell(placed(1, "L2", 0.0), placed(2, "L3", 24.0))
    story.read("FREEZE", [-20.0, -90.0], probe=2).read("HEAT", [-20.0, 20.0], probe=2)
    story.read("OFF", [30.0, 31.0], probe=2).read("FREEZE", [-20.0, -90.0])
    told = words(story, library)
    assert told["L2"] == ()
    assert len(told["L3"]) == 1


def test_a_probe_whose_place_is_not_told_may_be_anywhere(story: Any, library: Any) -> None:
    story.opened().drawn(L2=2.0, L3=4.0)
    story.tell(placed(1, "L2", 0.0), placed(2, "L3", 24.0, tip_mm=None))
    (line,) = words(both(story), library)["L2"]
    assert line == (
        "probe console-1/2 of another lesion froze, and where it lies was not told: whether its "
        "cold reaches here is not known"
    )
