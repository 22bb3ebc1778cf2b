"""Which freezes are modelled, with which probes, where and since when."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from procedure_node.events import (
    LethalZoneModelled,
    ProbeAssigned,
    SensorAssigned,
    ThermometerReading,
)
from procedure_node.lethal_zone import FreezeRequest, wanted_freezes
from procedure_node.settings import FreezeModelSettings
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import ThermalLibrary, load_thermal_library


@pytest.fixture(scope="module")
def library() -> ThermalLibrary:
    config = default_config_dir()
    return load_thermal_library(config / "tissues", config / "cryoprobes")


def placed(probe: int, lesion: str = "L2", x_mm: float = 0.0, zone: str = "WHOLE") -> ProbeAssigned:
    return ProbeAssigned(
        device="console-1",
        probe=probe,
        lesion=lesion,
        zone=zone,
        tip_mm=(x_mm, 0.0, 0.0),
        direction=(0.0, 0.0, 1.0),
        cryoprobe="IceRod",
    )


def wanted(story: Any, library: ThermalLibrary) -> tuple[FreezeRequest | LethalZoneModelled, ...]:
    return wanted_freezes(
        story.state.procedure, story.now, library, FreezeModelSettings(), Path("views")
    )


def test_nothing_is_modelled_before_a_freeze(story: Any, library: ThermalLibrary) -> None:
    story.opened().drawn(L2=2.0).tell(placed(1)).read("OFF", [20.0, 20.0])
    assert wanted(story, library) == ()


def test_one_request_for_each_frozen_lesion(story: Any, library: ThermalLibrary) -> None:
    story.opened().drawn(L2=2.0, L3_CORE=4.0).tell(placed(1), placed(2, "L3", 40.0, "CORE"))
    story.read("FREEZE", [-20.0, -90.0]).read("FREEZE", [-20.0, -90.0], probe=2)
    first, second = wanted(story, library)
    assert isinstance(first, FreezeRequest)
    assert isinstance(second, FreezeRequest)
    assert (first.lesion, second.lesion) == ("L2", "L3")
    assert [probe.name for probe in first.probes] == ["console-1/1"]
    assert [probe.name for probe in first.others] == ["console-1/2"]
    assert [s.name for s in first.structures] == ["L2", "GALLBLADDER"]
    assert (first.tissue, first.freeze, first.freezing) == ("liver", 1, True)
    assert first.until <= story.now


def test_a_probe_that_is_assigned_anew_while_it_freezes_was_told_wrong(
    story: Any, library: ThermalLibrary
) -> None:
    story.opened().drawn(L2=2.0).tell(placed(1, x_mm=5.0)).after(seconds=5)
    story.read("FREEZE", [-20.0, -90.0]).tell(placed(1, x_mm=9.0)).read("FREEZE", [-95.0])
    (request,) = wanted(story, library)
    assert isinstance(request, FreezeRequest)
    assert [probe.tip_mm[0] for probe in request.probes] == [9.0]


def test_a_probe_that_is_assigned_anew_after_its_thaw_has_moved(
    story: Any, library: ThermalLibrary
) -> None:
    story.opened().drawn(L2=2.0).tell(placed(1, x_mm=5.0)).after(seconds=5)
    story.read("FREEZE", [-20.0, -90.0]).read("HEAT", [10.0, 20.0]).after(seconds=1)
    story.tell(placed(1, x_mm=9.0)).after(seconds=1).read("FREEZE", [-20.0, -90.0])
    (request,) = wanted(story, library)
    assert isinstance(request, FreezeRequest)
    assert [probe.tip_mm[0] for probe in request.probes] == [5.0, 9.0]
    assert request.freeze == 2
    assert request.probes[0].spells[-1].since <= request.probes[1].spells[0].since


def test_without_a_library_it_is_unknown(story: Any) -> None:
    story.opened().drawn(L2=2.0).tell(placed(1)).read("FREEZE", [-20.0, -90.0])
    (told,) = wanted(story, ThermalLibrary())
    assert isinstance(told, LethalZoneModelled)
    assert "no files" in told.reason


def test_a_thermometer_of_known_place_is_used_every_two_minutes(
    story: Any, library: ThermalLibrary
) -> None:
    story.opened().drawn(L2=2.0).tell(placed(1))
    story.tell(
        SensorAssigned(
            device="thermometer-1", channel=1, structure="GALLBLADDER", place_mm=(9.0, 0.0, -10.0)
        )
    )
    begun = story.now
    for _ in range(100):
        story.read("FREEZE", [-90.0])
        story.tell(
            ThermometerReading(
                device="thermometer-1",
                sequence=1,
                channel=1,
                temperature_c=20.0,
                validity="VALID",
            )
        ).after(seconds=3)
    (request,) = wanted(story, library)
    assert isinstance(request, FreezeRequest)
    ages_s = [(seen.at - begun) / timedelta(seconds=1) for seen in request.temperatures]
    assert len(ages_s) == int((story.now - begun).total_seconds() // 120)
    assert all(120 * n <= age < 120 * n + 10 for n, age in enumerate(ages_s, start=1))
