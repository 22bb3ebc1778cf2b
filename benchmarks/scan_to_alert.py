"""From the last image of a scan on disk to the coverage alert at an MQTT subscriber.

A whole node runs as a process; scans of 512 x 512 x 100 voxels with 60 seeds come to it, by C-MOVE
as it fetches them from an archive, and by C-STORE as a scanner pushes them. Three lesions are
reported finished and under-covered, so that each scan brings an alert with figures of its own.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread  # pyright: ignore[reportUnknownVariableType] (untyped path)

from benchmarks.figures import Figure, Outcome, Peer
from benchmarks.node import running_node
from benchmarks.patient import LargePatient, large_patient
from benchmarks.room import POLL_S, SETTLE_POLLS, Room, opened_room
from benchmarks.treatment import STRENGTH_U, begin_treatment
from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.tg43 import ImplantedSources
from drivers.dicom import WatchSettings, read_ct_series, read_structure_set, send_images
from procedure_node.events import AlertRaised, DoseComputed, ScanReceived
from procedure_node.imaging import (
    AnalysisRequest,
    DoseErrorSizes,
    OrganStructure,
    TargetStructure,
)
from procedure_node.imaging.dose import dose_to_structures
from procedure_node.imaging.dose_bands import bands_of_doses
from procedure_node.imaging.sub_volumes import sub_volumes_of_doses
from procedure_node.journal import read_entries
from procedure_node.messages import uid_token
from procedure_node.protocol import Target
from procedure_node.seed_library import load_seed_models
from procedure_node.settings.paths import default_config_dir
from simulators.patient import seed_model
from simulators.phantom import WrittenSeries

BUDGET_MS = 1000.0
PRESCRIPTION_GY = 110.0
WITHIN_S = 60.0
ALERTS = ("/alert/target-under-covered%3A", "/alert/coverage-unknown%3A")
"""A target's coverage is not known where a seed was not found."""


_WAITS = (
    f"a series is fetched once it has not grown in {SETTLE_POLLS} questions to the archive "
    f"({POLL_S:g} s apart here, 2 s by default), before its first image is on disk: that wait is "
    f"in no figure; a push has ended when no image came for {WatchSettings().settle_s:g} s"
)
_TOGETHER = (
    "seeds and dose are journalled together, so the journal cannot part them: see the CPU times, "
    "measured on the same scan without a node"
)

STAGES = ("read and check the images", "seeds and dose", "coverage and alert", "to MQTT")


def run(*, quick: bool) -> Outcome:
    """Measure."""
    patient = large_patient(quick=quick)
    return asyncio.run(_measure(patient, moves=1 if quick else 7, pushes=0 if quick else 3))


async def _measure(patient: LargePatient, moves: int, pushes: int) -> Outcome:
    async with opened_room() as room:
        identity = patient.identity(room.installation.run_seed)

        async def written(number: int) -> WrittenSeries:
            directory = room.installation.root / "scans" / str(number)
            return await asyncio.to_thread(patient.write, identity, number, directory)

        async with running_node(room.installation) as node:
            first = await written(0)
            structures = await begin_treatment(room, patient, identity, first)
            moved = [
                await _one_scan(room, await written(1 + number), _to_archive)
                for number in range(moves)
            ]
            pushed = [
                await _one_scan(room, await written(1 + moves + number), _to_node)
                for number in range(pushes)
            ]
            peak_mb = node.peak_mb
        alone = await asyncio.to_thread(_alone, first, structures, 1 if moves == 1 else 5)
    slices = patient.volume.values.shape[0]
    totals = [sum(stages) for stages in moved]
    return Outcome(
        (
            Figure(
                f"{slices} images fetched by C-MOVE: last on disk -> alert",
                "ms",
                totals,
                BUDGET_MS,
                peak_mb=peak_mb,
            ),
            *(
                Figure(f"  {stage}", "ms", [stages[n] for stages in moved])
                for n, stage in enumerate(STAGES)
            ),
            *_pushed(pushed),
            *alone,
        ),
        (_WAITS, _TOGETHER),
    )


def _pushed(stages_ms: Sequence[Sequence[float]]) -> list[Figure]:
    if not stages_ms:
        return []
    settle_ms = WatchSettings().settle_s * 1000
    totals_ms = [sum(stages) for stages in stages_ms]
    return [
        Figure("pushed by C-STORE: last on disk -> alert", "ms", totals_ms),
        Figure(
            f"  without the wait of {settle_ms:.0f} ms for the push to have ended",
            "ms",
            [total - settle_ms for total in totals_ms],
            BUDGET_MS,
        ),
    ]


async def _one_scan(
    room: Room, scan: WrittenSeries, bring: Callable[[Room, WrittenSeries], Any]
) -> tuple[float, ...]:
    """Bring a scan; returns the length of each of ``STAGES``, ms."""
    await bring(room, scan)
    token = uid_token(scan.series_uid)
    dose = await room.heard.first(
        lambda message: message.topic.endswith("/dose") and message.body.get("scan") == token,
        WITHIN_S,
    )
    alert = await room.heard.first(
        lambda message: (
            any(topic in message.topic for topic in ALERTS)
            and message.body["seq"] > dose.body["seq"]
        ),
        WITHIN_S,
    )
    files = (room.spool / scan.series_uid).glob("*.dcm")
    instants = [max(path.stat().st_ctime for path in files), *_journalled(room, scan.series_uid)]
    instants.append(alert.at_s)
    return tuple((later - earlier) * 1000 for earlier, later in pairwise(instants))


async def _to_archive(room: Room, scan: WrittenSeries) -> None:
    await room.pacs.add_series(scan.files)


async def _to_node(room: Room, scan: WrittenSeries) -> None:
    await send_images(room.node_peer, "CTSIM", scan.files)


def _journalled(room: Room, series_uid: str) -> list[float]:
    """When the scan was received, its dose computed and the next alert raised, wall clock s."""
    instants: dict[type, float] = {}
    for entry in read_entries(room.installation.journal):
        match entry.event.payload:
            case ScanReceived(series_uid=uid) | DoseComputed(series_uid=uid):
                is_stage = uid == series_uid
            case AlertRaised():
                is_stage = DoseComputed in instants
            case _:
                is_stage = False
        if is_stage:
            kind = type(entry.event.payload)
            instants.setdefault(kind, entry.event.time.utc.timestamp())
    return [instants[kind] for kind in (ScanReceived, DoseComputed, AlertRaised)]


def _alone(scan: WrittenSeries, structures: Path, repeats: int) -> list[Figure]:
    """The stages in this process, in CPU seconds of all its threads."""
    models = load_seed_models(default_config_dir() / "seed_models")
    series = read_ct_series(scan.files)
    contours = {one.name: one for one in read_structure_set(structures).structures}
    seeds = find_seeds(series.volume).seeds
    implant = ImplantedSources(
        model=models[seed_model()],
        centers_mm=np.array([seed.center_mm for seed in seeds]),
        axes=np.array([seed.axis for seed in seeds]),
        strengths_u=np.full(len(seeds), STRENGTH_U),
    )
    request = _request(scan.series_uid, tuple(contours))
    _, doses = dose_to_structures(request, (implant,), contours, ())
    bands_of_doses(request, (implant,), contours, doses)
    sub_volumes_of_doses(request, (implant,), contours, doses)
    work: dict[str, Callable[[], object]] = {
        "read": lambda: read_ct_series(scan.files),
        "pydicom": lambda: [dcmread(path).pixel_array for path in scan.files],
        "seeds": lambda: find_seeds(series.volume),
        "dose": lambda: dose_to_structures(request, (implant,), contours, ()),
        "bands": lambda: bands_of_doses(request, (implant,), contours, doses),
        "where": lambda: sub_volumes_of_doses(request, (implant,), contours, doses),
    }
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(repeats):
        for name, step in work.items():
            began = time.process_time()
            step()
            spent[name].append((time.process_time() - began) * 1000)
    peer = Peer("pydicom's pixel_array", spent["pydicom"])
    return [
        Figure(f"  CPU: read and check {len(scan.files)} images", "ms", spent["read"], peer=peer),
        Figure(f"  CPU: find {len(seeds)} seeds", "ms", spent["seeds"]),
        Figure(f"  CPU: dose to {len(contours)} structures", "ms", spent["dose"]),
        Figure("  CPU: how sure it is (after the alert)", "ms", spent["bands"]),
        Figure("  CPU: where it is low or high (after the alert)", "ms", spent["where"]),
    ]


def _request(series_uid: str, names: Sequence[str]) -> AnalysisRequest:
    return AnalysisRequest(
        series_uid=series_uid,
        directory="",
        content_sha256="",
        structures_path=None,
        targets=tuple(
            TargetStructure(target=Target(lesion=name), structure=name, seeded=True)
            for name in names
            if name.startswith("L")
        ),
        organs=tuple(
            OrganStructure(structure=name, limit_gy=None)
            for name in names
            if not name.startswith("L")
        ),
        batches=(),
        batch_doubt="",
        prescription_gy=PRESCRIPTION_GY,
        errors=DoseErrorSizes(position_sd_mm=1.0, strength_sd_percent=3.0, registration_sd_mm=1.0),
        counted_within_mm=None,
        ice=None,
        view_directory="",
    )
