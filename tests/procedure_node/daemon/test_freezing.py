"""Freezes are modelled from what the console said, and journalled with all their doubts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.values import (
    ContouredStructure,
    GenerationMode,
    MeasurementValidity,
    Volume,
)
from procedure_node.core import Core
from procedure_node.daemon.freezing import FreezeModelling
from procedure_node.daemon.node import recovered_state
from procedure_node.events import (
    EventTime,
    IceFound,
    LethalZoneModelled,
    NodeStarted,
    ProbeAssigned,
    ProbeReading,
    ProcedureClosed,
    ScanDiscovered,
    ScanReceived,
    TelemetryGap,
    ViewStored,
)
from procedure_node.journal import Journal
from procedure_node.lethal_zone import FreezeRequest, ModellingDiedError, read_pictures
from procedure_node.lethal_zone.kept import KeptFreezes
from procedure_node.settings import FreezeModelSettings
from procedure_node.settings.paths import default_config_dir
from procedure_node.state import NodeState
from procedure_node.thermal_library import ThermalLibrary, load_thermal_library
from procedure_node.views import write_view

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MIDDLE_MM = (0.0, 0.0, -12.5)
GRID_MM = 4.0
READ_EVERY_S = 4.0


def ball(name: str, center: tuple[float, float, float], radius_mm: float) -> ContouredStructure:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x, y, z = center
    planes = []
    for height in np.arange(-radius_mm + 1.0, radius_mm, 2.0):
        r = np.sqrt(radius_mm**2 - height**2)
        planes.append(
            np.column_stack([x + r * np.cos(angle), y + r * np.sin(angle), np.full(40, z + height)])
        )
    return ContouredStructure(name, tuple(planes))


CONTOURS = {
    "L2": ball("L2", MIDDLE_MM, 7.0),
    "GALLBLADDER": ball("GALLBLADDER", (35.0, 0.0, -12.5), 12.0),
}


class InProcess:
    """The models without a process of their own; can be made to die, and to be slow."""

    def __init__(self, library: ThermalLibrary) -> None:
        self.kept = KeptFreezes(library, lambda _: CONTOURS, self.clock)
        self.asked: list[FreezeRequest] = []
        self.deaths = 0
        self.look_takes_s = 0.0
        self.slow_looks = 1_000_000
        self._now_s = 0.0

    def clock(self) -> float:
        if self.slow_looks:
            self.slow_looks -= 1
            self._now_s += self.look_takes_s
        return self._now_s

    async def warm_up(self) -> None:
        """Nothing to start."""

    async def model(self, request: FreezeRequest, allowed_s: float) -> LethalZoneModelled:
        self.asked.append(request)
        if self.deaths:
            self.deaths -= 1
            raise ModellingDiedError("the process that models freezes ended unexpectedly")
        return self.kept.model(request, allowed_s)


class Suite:
    """A node's core with its journal and its model, on a clock that the test moves."""

    def __init__(self, folder: Path, story: Any) -> None:
        config = default_config_dir()
        self.library = load_thermal_library(config / "tissues", config / "cryoprobes")
        self.folder, self.story = folder, story
        self.now = START
        self.worker = InProcess(self.library)

    async def start(self, *, time_scale: float = 1.0) -> None:
        self.journal = Journal.open(self.folder / "journal.sqlite")
        self.core = Core(
            self.journal,
            recovered_state(self.journal),
            mode=GenerationMode.TEST,
            project=lambda *_: (),
            clock=self.clock,
        )
        self.running = asyncio.create_task(self.core.run())
        self.modelling = FreezeModelling(
            self.core,
            self.worker,  # pyright: ignore[reportArgumentType]
            self.library,
            FreezeModelSettings(grid_mm=GRID_MM, time_scale=time_scale),
            self.folder / "views",
        )

    async def stop(self) -> None:
        self.core.stop()
        await self.running
        await self.journal.close()

    def clock(self) -> EventTime:
        return EventTime(utc=self.now, monotonic_ns=int((self.now - START).total_seconds() * 1e9))

    async def tell(self, *payloads: Any) -> None:
        for payload in payloads:
            await self.core.post(payload, time=self.clock())

    async def opened(self) -> None:
        self.story.now = START
        self.story.opened().drawn(L2=1.4)
        for event in self.story.events:
            await self.core.post(event.payload, time=event.time)
        for probe, x in ((1, -5.0), (2, 5.0)):
            await self.tell(
                ProbeAssigned(
                    device="console-1",
                    probe=probe,
                    lesion="L2",
                    zone="WHOLE",
                    tip_mm=(x, 0.0, 0.0),
                    direction=(0.0, 0.0, 1.0),
                    cryoprobe="IceRod",
                )
            )

    async def read(
        self, mode: str, for_s: float, *, power: float = 100.0, every_s: float = READ_EVERY_S
    ) -> None:
        """Readings of both probes for a while, the last at its end."""
        for _ in range(round(for_s / every_s) + 1):
            posted = [
                self.core.post(
                    ProbeReading(
                        device="console-1",
                        sequence=1,
                        probe=probe,
                        mode=mode,
                        power_percent=power,
                        tip_temperature_c=-120.0 if mode == "FREEZE" else 20.0,
                        gas_pressure_kpa=20000.0,
                        validity=MeasurementValidity.VALID,
                    ),
                    time=self.clock(),
                )
                for probe in (1, 2)
            ]
            self.now += timedelta(seconds=every_s)
        await asyncio.gather(*posted)
        self.now -= timedelta(seconds=every_s)

    async def report(self) -> LethalZoneModelled:
        await self.modelling.report()
        return self.zone

    @property
    def zone(self) -> LethalZoneModelled:
        procedure = self.core.state.procedure
        assert procedure is not None
        return procedure.lethal_zones["L2"]

    async def scan_ice(self, radius_mm: float) -> None:
        """A scan with a ball of ice around the probes, worked up."""
        axis = np.arange(-40.0, 41.0, 4.0)
        z, y, x = np.meshgrid(axis + MIDDLE_MM[2], axis, axis, indexing="ij")
        away = np.sqrt(x**2 + y**2 + (z - MIDDLE_MM[2]) ** 2)
        affine = np.diag([4.0, 4.0, 4.0, 1.0])
        affine[:3, 3] = (-40.0, -40.0, -40.0 + MIDDLE_MM[2])
        directory = self.folder / "views" / "scan"
        write_view(
            directory,
            ct=Volume(np.zeros(x.shape, np.int16), affine),
            structures=(),
            dose=None,
            prescription_gy=None,
            ice=Volume(away < radius_mm, affine),
            mode=GenerationMode.TEST,
        )
        received = ScanReceived(
            series_uid="1.5",
            frame_of_reference_uid="1.2.8",
            acquired_at=self.now,
            image_count=21,
            spacing_mm=(4.0, 4.0, 4.0),
            directory="spool",
            content_sha256="0" * 64,
        )
        found = IceFound(
            series_uid="1.5",
            baseline_series_uid="1.4",
            structure_set_uid="1.2.9",
            volume_cc=float((away < radius_mm).sum()) * 0.064,
            structures=(),
        )
        stored = ViewStored(series_uid="1.5", directory=str(directory))
        await self.tell(
            ScanDiscovered(series_uid="1.5", description="ice"), received, found, stored
        )


@pytest.fixture
async def suite(tmp_path: Path, story: Any) -> AsyncIterator[Suite]:
    made = Suite(tmp_path, story)
    await made.start()
    await made.opened()
    yield made
    await made.stop()


def within(zone: LethalZoneModelled, level_c: float) -> tuple[float, float, float]:
    (amount,) = (one.amount for one in zone.lowest_cc if one.level_c == level_c)
    assert amount.low is not None
    assert amount.high is not None
    return amount.low, amount.best, amount.high


def of_structure(zone: LethalZoneModelled, name: str) -> Any:
    return next(one for one in zone.structures if one.name == name)


async def test_a_freeze_is_modelled_as_it_goes_on_and_ends(suite: Suite) -> None:
    await suite.read("OFF", 8)
    await suite.modelling.report()
    assert suite.core.state.procedure.lethal_zones == {}

    await suite.read("FREEZE", 300)
    early = await suite.report()
    assert (early.status, early.freeze, early.freezing) == ("MODELLED", 1, True)
    assert early.modelled_until == suite.now
    await suite.read("FREEZE", 300)
    late = await suite.report()

    low, best, high = within(late, -20.0)
    assert 0 < low < best < high
    assert within(late, -40.0)[1] < best < within(late, 0.0)[1]
    assert best > 1.3 * within(early, -20.0)[1]
    lesion = of_structure(late, "L2")
    assert lesion.lethal_percent[0].amount.best > 80.0
    organ = of_structure(late, "GALLBLADDER")
    assert 1.0 < organ.ice_distance_mm.best - organ.cold_distance_mm.best < 6.0
    assert organ.ice_distance_mm.low < organ.ice_distance_mm.best
    pictures = read_pictures(Path(late.pictures or ""))
    assert pictures.lowest[0].values.min() < -60.0

    await suite.read("HEAT", 1200, every_s=5.0)
    thawed = await suite.report()
    assert (thawed.freezing, thawed.is_over) == (False, True)
    assert thawed.now_cc[0].amount.best == 0.0
    assert within(thawed, -20.0)[1] >= best
    assert suite.core.state.procedure.lethal_zone_of_freeze["L2/1"] == thawed
    asked = len(suite.worker.asked)
    await suite.report()
    assert len(suite.worker.asked) == asked, "nothing is asked for once all is warm again"

    await suite.read("FREEZE", 60)
    assert (await suite.report()).freeze == 2


async def test_half_the_power_freezes_less(suite: Suite) -> None:
    await suite.read("FREEZE", 200, power=50.0)
    weak = within(await suite.report(), 0.0)[1]
    assert 0 < weak < 4.0, "a probe at half its power makes little ice in three minutes"


async def test_a_restart_goes_through_the_freeze_again_and_comes_to_the_same(suite: Suite) -> None:
    await suite.read("FREEZE", 200)
    before = await suite.report()
    await suite.stop()
    suite.worker = InProcess(suite.library)
    await suite.start()
    await suite.tell(
        NodeStarted(session=2, software_version="0.1", room="CT1", settings_sha256="0" * 64)
    )
    assert suite.zone.status == "CATCHING_UP"
    assert suite.zone.now_cc == ()
    suite.now += timedelta(seconds=2)
    await suite.read("FREEZE", 0)
    after = await suite.report()
    assert after.status == "MODELLED"
    assert within(after, -20.0)[1] == pytest.approx(within(before, -20.0)[1], rel=0.05)


async def test_what_was_known_at_the_end_stays_after_a_restart(suite: Suite) -> None:
    await suite.read("FREEZE", 60)
    before = await suite.report()
    await suite.tell(ProcedureClosed(outcome="COMPLETED"))
    assert await suite.modelling.report()
    await suite.tell(
        NodeStarted(session=2, software_version="0.1", room="CT1", settings_sha256="0" * 64)
    )
    assert suite.zone == before


async def test_while_it_catches_up_nothing_is_told(suite: Suite) -> None:
    await suite.read("FREEZE", 400)
    suite.worker.look_takes_s = 1.0
    caught_up = await suite.modelling.report()
    assert (caught_up, suite.zone.status) == (False, "CATCHING_UP")
    assert suite.zone.lowest_cc == ()
    for _ in range(10):
        if await suite.modelling.report():
            break
    assert suite.zone.status == "MODELLED"
    assert suite.zone.grid_mm == GRID_MM, "a machine that gains on the clock keeps its detail"


async def test_a_gap_widens_the_band_by_all_that_may_have_been_done(suite: Suite) -> None:
    await suite.read("FREEZE", 200)
    known = within(await suite.report(), 0.0)
    gap = TelemetryGap(device="console-1", cause="LINK_LOST", lost_frames=None, reason="unplugged")
    suite.now += timedelta(seconds=40)
    await suite.tell(gap)
    silent = await suite.report()
    assert silent.status == "MODELLED"
    assert any("not heard now" in warning for warning in silent.warnings)
    suite.now += timedelta(seconds=10)
    await suite.read("FREEZE", 40)
    back = await suite.report()
    assert any("no readings of it for 50 s" in warning for warning in back.warnings)
    low, _, high = within(back, 0.0)
    assert low < within(silent, 0.0)[2]
    assert high - low > 1.3 * (known[2] - known[0])


async def test_a_probe_that_is_not_heard_for_long_leaves_it_unknown(suite: Suite) -> None:
    await suite.read("FREEZE", 100)
    await suite.report()
    suite.now += timedelta(seconds=90)
    zone = await suite.report()
    assert zone.status == "UNKNOWN"
    assert "has not been heard since" in zone.reason


async def test_a_slow_machine_says_so_and_computes_more_coarsely(suite: Suite) -> None:
    await suite.read("FREEZE", 300)
    suite.worker.look_takes_s, suite.worker.slow_looks = 9.0, 4
    zone = await suite.report()
    assert zone.status == "MODELLED"
    assert zone.grid_mm > GRID_MM
    assert any("this machine is slow" in warning for warning in zone.warnings)
    await suite.read("HEAT", 60)
    await suite.read("FREEZE", 8)
    assert (await suite.report()).grid_mm == GRID_MM, "the next freeze is tried in full again"


async def test_a_machine_that_cannot_keep_up_at_all_says_nothing(suite: Suite) -> None:
    await suite.read("FREEZE", 300)
    suite.worker.look_takes_s = 30.0
    for _ in range(4):
        await suite.modelling.report()
    assert suite.zone.status == "UNKNOWN"
    assert "too slow" in suite.zone.reason


async def test_imaged_ice_corrects_the_model_and_the_correction_is_told(suite: Suite) -> None:
    await suite.read("FREEZE", 300)
    before = await suite.report()
    assert before.correction is None
    await suite.scan_ice(9.0)
    await suite.read("FREEZE", 4)
    await suite.modelling.report()
    await suite.read("FREEZE", 4)
    after = await suite.report()
    assert after.correction is not None
    (seen,) = after.correction.comparisons
    assert seen.seen == "ice in scan 1"
    assert abs(seen.after - seen.observed) < abs(seen.before - seen.observed)
    assert all(wall.after_c > wall.before_c for wall in after.correction.walls)
    assert within(after, 0.0)[1] < 0.9 * within(before, 0.0)[1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"direction": None}, "this was not told: direction"),
        ({"cryoprobe": None, "tip_mm": None}, "this was not told: tip, kind"),
        ({"cryoprobe": "Unheard"}, "is not known"),
    ],
)
async def test_what_was_not_told_of_one_probe_leaves_it_unknown(
    suite: Suite, change: dict[str, Any], reason: str
) -> None:
    placed = ProbeAssigned(
        device="console-1",
        probe=2,
        lesion="L2",
        zone="WHOLE",
        tip_mm=(5.0, 0.0, 0.0),
        direction=(0.0, 0.0, 1.0),
        cryoprobe="IceRod",
    )
    await suite.tell(placed.model_copy(update=change))
    await suite.read("FREEZE", 8)
    zone = await suite.report()
    assert zone.status == "UNKNOWN"
    assert reason in zone.reason
    await suite.tell(placed)
    assert (await suite.report()).status == "MODELLED", "what is told later counts from the start"


async def test_a_killed_process_is_told_and_the_next_goes_through_it_again(suite: Suite) -> None:
    await suite.read("FREEZE", 100)
    suite.worker.deaths = 1
    assert (await suite.report()).status == "CATCHING_UP"
    assert (await suite.report()).status == "MODELLED"


async def test_a_model_faster_than_the_clock_freezes_in_less_of_it(
    tmp_path: Path, story: Any
) -> None:
    suite = Suite(tmp_path, story)
    await suite.start(time_scale=10.0)
    await suite.opened()
    await suite.read("FREEZE", 28)
    fast = within(await suite.report(), 0.0)[1]
    await suite.stop()
    assert fast > 5.0, "280 s of the model have passed"


async def test_it_runs_by_itself_and_reports_at_once_when_a_freeze_begins(
    suite: Suite,
) -> None:
    part = asyncio.create_task(suite.modelling.run())

    def known(wanted: Callable[[LethalZoneModelled], bool]) -> Callable[[NodeState], bool]:
        def check(state: NodeState) -> bool:
            zone = state.procedure.lethal_zones.get("L2") if state.procedure else None
            return zone is not None and wanted(zone)

        return check

    async with asyncio.timeout(20):
        await suite.read("FREEZE", 0)
        await suite.core.wait_for(known(lambda zone: zone.freezing))
        suite.now += timedelta(seconds=4)
        await suite.read("HEAT", 0)
        await suite.core.wait_for(known(lambda zone: not zone.freezing))
    part.cancel()
    await asyncio.wait({part})
