"""Freezes are modelled in a process of their own."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dosimetry_core.values import CyclePhase, ZoneKind
from procedure_node.courses import CourseSpell
from procedure_node.lethal_zone import FreezeRequest, FreezeWorker, ModellingDiedError
from procedure_node.lethal_zone.request import PlacedProbe
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import load_thermal_library

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def request(folder: Path) -> FreezeRequest:
    spell = CourseSpell(since=START, phase=CyclePhase.FREEZE, power_percent=100.0)
    probe = PlacedProbe(
        name="console-1/1",
        zone=ZoneKind.WHOLE,
        cryoprobe="IceSeed",
        tip_mm=(0.0, 0.0, 0.0),
        direction=(0.0, 0.0, 1.0),
        spells=(spell,),
    )
    return FreezeRequest(
        procedure_id="P1",
        lesion="L2",
        started=START,
        until=START + timedelta(seconds=60),
        time_scale=1.0,
        freeze=1,
        freezing=True,
        tissue="tumour",
        grid_mm=4.0,
        probes=(probe,),
        others=(),
        frame_of_reference_uid=None,
        structures_path=None,
        structures=(),
        vessels=(),
        vessel_temperature_c=37.0,
        ice=(),
        temperatures=(),
        pictures=str(folder / "cold.npz"),
    )


async def test_it_is_started_when_asked_and_started_again_when_it_was_killed(
    tmp_path: Path,
) -> None:
    config = default_config_dir()
    library = load_thermal_library(config / "tissues", config / "cryoprobes")
    before = set(multiprocessing.active_children())
    with FreezeWorker(library) as worker:
        assert set(multiprocessing.active_children()) == before
        await worker.warm_up()
        (process,) = set(multiprocessing.active_children()) - before
        assert process.pid is not None
        told = await worker.model(request(tmp_path), 60.0)
        assert (told.status, told.tissue, told.grid_mm) == ("MODELLED", "tumour", 4.0)

        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(ModellingDiedError, match="ended unexpectedly"):
            await worker.model(request(tmp_path), 60.0)
        again = await worker.model(request(tmp_path), 60.0)
        assert again.lowest_cc == told.lowest_cc
    assert set(multiprocessing.active_children()) <= before
