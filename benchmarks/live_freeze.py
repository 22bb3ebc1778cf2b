"""What the service's own process spends on modelling a freeze while it goes on.

``python -m benchmarks.bioheat live``: four probes, ten minutes, a report every 15 s with all its
figures, pictures and bands, then the catching up after a restart, and a correction by a scan.
"""

import resource
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from dosimetry_core.values import (
    ContouredStructure,
    CyclePhase,
    GenerationMode,
    Volume,
    ZoneKind,
)
from procedure_node.courses import CourseSpell
from procedure_node.events import LethalZoneModelled
from procedure_node.lethal_zone.kept import KeptFreezes
from procedure_node.lethal_zone.request import (
    FreezeRequest,
    NamedStructure,
    PlacedProbe,
    SeenIce,
)
from procedure_node.lethal_zone.warm_up import warm_up
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import load_thermal_library
from procedure_node.views import write_view

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
REPORT_S = 15
FREEZE_S = 600
CENTERS = {"L2": (0.0, 0.0, -12.5), "GALLBLADDER": (45.0, 0.0, -12.5), "STOMACH": (0.0, 60.0, 0.0)}


def contours(_: str) -> Mapping[str, ContouredStructure]:
    """A lesion and two organs, balls in planes 2.5 mm apart."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    drawn: dict[str, ContouredStructure] = {}
    for name, (x, y, z) in CENTERS.items():
        radius = 14.0 if name == "L2" else 22.0
        heights = np.arange(-radius + 1.0, radius, 2.5)
        radii = np.sqrt(radius**2 - heights**2)
        drawn[name] = ContouredStructure(
            name,
            tuple(
                np.column_stack([x + r * np.cos(angle), y + r * np.sin(angle), np.full(60, z + h)])
                for r, h in zip(radii, heights, strict=True)
            ),
        )
    return drawn


def request(elapsed_s: float, folder: Path, ice: tuple[SeenIce, ...] = ()) -> FreezeRequest:
    """Four IceRod probes at full power."""
    spells = (CourseSpell(since=START, phase=CyclePhase.FREEZE, power_percent=100.0),)
    places = ((-7.0, -7.0), (7.0, -7.0), (-7.0, 7.0), (7.0, 7.0))
    probes = tuple(
        PlacedProbe(
            name=f"console-1/{number}",
            zone=ZoneKind.WHOLE,
            cryoprobe="IceRod",
            tip_mm=(x, y, 0.0),
            direction=(0.0, 0.0, 1.0),
            spells=spells,
        )
        for number, (x, y) in enumerate(places, start=1)
    )
    return FreezeRequest(
        procedure_id="P1",
        lesion="L2",
        started=START,
        until=START + timedelta(seconds=elapsed_s),
        time_scale=1.0,
        freeze=1,
        freezing=True,
        tissue="liver",
        grid_mm=1.0,
        probes=probes,
        others=(),
        frame_of_reference_uid="1.2",
        structures_path="structures.dcm",
        structures=tuple(NamedStructure(name=name, is_target=name == "L2") for name in CENTERS),
        vessels=(),
        vessel_temperature_c=37.0,
        ice=ice,
        temperatures=(),
        pictures=str(folder / "cold.npz"),
    )


def imaged_ice(folder: Path) -> SeenIce:
    """A scan at the end of the freeze with a ball of ice of 16 mm radius."""
    axis = np.arange(-40.0, 41.0, 1.0)
    z, y, x = np.meshgrid(axis - 12.5, axis, axis, indexing="ij")
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = (-40.0, -40.0, -52.5)
    write_view(
        folder / "scan",
        ct=Volume(np.zeros(x.shape, np.int16), affine),
        structures=(),
        dose=None,
        prescription_gy=None,
        ice=Volume(x**2 + y**2 + (z + 12.5) ** 2 < 16.0**2, affine),
        mode=GenerationMode.TEST,
    )
    return SeenIce(
        label="ice in scan 1",
        series_uid="1.5",
        at=START + timedelta(seconds=FREEZE_S),
        view_directory=str(folder / "scan"),
        surface_error_mm=1.5,
    )


def live() -> None:
    """Measure and print."""
    config = default_config_dir()
    library = load_thermal_library(config / "tissues", config / "cryoprobes")
    warm_up(library)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        kept = KeptFreezes(library, contours)
        spent: list[float] = []
        last: LethalZoneModelled | None = None
        for elapsed_s in range(REPORT_S, FREEZE_S + 1, REPORT_S):
            began = time.process_time()
            last = kept.model(request(elapsed_s, folder), 1e9)
            spent.append(time.process_time() - began)
        assert last is not None
        print(f"ten minutes of freezing, {len(spent)} reports, grid {last.grid_mm:.1f} mm")
        print(f"CPU s for each minute of freezing {sum(spent) * 60.0 / FREEZE_S:>16.2f}")
        print(f"CPU s of one report, median and worst {np.median(spent):>9.2f}{max(spent):>9.2f}")
        began = time.process_time()
        KeptFreezes(library, contours).model(request(FREEZE_S, folder), 1e9)
        print(f"CPU s to catch up with it after a restart {time.process_time() - began:>8.2f}")
        began = time.process_time()
        seen = (imaged_ice(folder),)
        told = kept.model(request(FREEZE_S, folder, seen), 1e9)
        print(f"CPU s to correct it by a scan {time.process_time() - began:>20.2f}")
        print(f"corrected: {told.correction is not None}")
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory of the process, MB {peak_mb:>19.0f}")
