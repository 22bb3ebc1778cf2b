"""A treatment up to where every further scan brings figures of coverage and an alert."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.patient import SEEDS, LargePatient
from benchmarks.room import Room
from simulators.patient import seed_model
from simulators.phantom import StudyIdentity, WrittenSeries
from simulators.suite.page import PageReader

STRENGTH_U = 0.2
"""Too weak for the prescription: every target stays under-covered."""

WITHIN_S = 60.0


async def begin_treatment(
    room: Room, patient: LargePatient, identity: StudyIdentity, first: WrittenSeries
) -> Path:
    """Open a procedure, take a first scan, and say that every lesion has its seeds.

    A scan of seeds that were reported after it says nothing of their dose: the next one does.

    Returns:
        The structure set's file.
    """
    structures = room.installation.root / "structures.dcm"
    patient.write_structures(first, identity, structures)
    await room.open_procedure(patient.study_uid)
    await room.pacs.add_series((structures, *first.files))
    async with page_of(room) as page:
        await page.wait(lambda now: bool(now.target("L1")), "the structures are read", WITHIN_S)
    for lesion, count in SEEDS.items():
        await room.operator("allocate", lesion=lesion, modality="SEEDS", reason="benchmark")
        await room.operator(
            "report-seeds",
            lesion=lesion,
            count=count,
            batch="BENCHMARK",
            seed_model=seed_model(),
            strength_u=STRENGTH_U,
            strength_reference_date=datetime.now(UTC).date().isoformat(),
        )
        await room.operator("finish", lesion=lesion)
    # A scan says in whole seconds when it was taken: the next one shall be taken later than this.
    await asyncio.sleep(1.0)
    return structures


@contextlib.asynccontextmanager
async def page_of(room: Room) -> AsyncGenerator[PageReader]:
    """The node's display."""
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
        yield PageReader(room.installation.page, client)
