"""A procedure told as events, for tests of what the node makes of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode, MeasurementValidity, Modality, ZoneKind
from procedure_node.core import Core
from procedure_node.events import (
    Band,
    DoseBandsComputed,
    DoseComputed,
    DvhCurve,
    Event,
    EventTime,
    IceFound,
    LesionFacts,
    LesionsMeasured,
    Originator,
    ProbeReading,
    ProcedureOpened,
    ScanDiscovered,
    ScanReceived,
    SeedFact,
    SeedsFound,
    SeedsReported,
    StructureDistance,
    StructureDose,
    StructureDoseBand,
    StructureIce,
    StructuresReceived,
    StructureSummary,
    TargetAllocated,
)
from procedure_node.journal import Journal
from procedure_node.protocol import TrialProtocol, load_protocol
from procedure_node.state import NodeState, reduce

PROTOCOLS = Path(__file__).parents[2] / "config" / "protocols"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Story:
    """Events one after the other, and the state that they lead to."""

    def __init__(self, protocol: TrialProtocol) -> None:
        self.protocol = protocol
        self.state = NodeState()
        self.events: list[Event] = []
        self._posted = 0
        self.now = START

    def tell(
        self, *payloads: Any, by: str = "staff-7", mode: GenerationMode = GenerationMode.REAL
    ) -> "Story":
        for payload in payloads:
            event = Event(
                time=EventTime(
                    utc=self.now, monotonic_ns=int((self.now - START).total_seconds() * 1e9)
                ),
                originator=Originator(kind="PERSON", name=by),
                mode=mode,
                procedure_id=None if payload.kind in ("node-started", "link-changed") else "P1",
                payload=payload,
            )
            self.events.append(event)
            self.state = reduce(self.state, event)
        return self

    async def post_to(self, core: Core) -> None:
        """What was told since the last time, with its own times."""
        new = self.events[self._posted :]
        self._posted = len(self.events)
        for event in new:
            await core.post(
                event.payload, originator=event.originator, mode=event.mode, time=event.time
            )

    def after(self, **time: float) -> "Story":
        self.now += timedelta(**time)
        return self

    def opened(self, **changes: Any) -> "Story":
        return self.tell(
            ProcedureOpened(
                procedure_id="P1",
                subject="S-001",
                study_uid="1.2.3",
                arm="STRATEGY",
                protocol=self.protocol.model_copy(update=changes),
                protocol_sha256="0" * 64,
            )
        )

    def drawn(self, frame: str = "1.2.8", **lesions: float) -> "Story":
        """Structures ``L1=volume_cc`` ..., and the organ GALLBLADDER."""
        targets = [
            StructureSummary(
                name=name,
                role="TARGET",
                lesion=name.partition("_")[0],
                zone=ZoneKind(name.partition("_")[2] or "WHOLE"),
                volume_cc=volume,
            )
            for name, volume in lesions.items()
        ]
        organ = StructureSummary(name="GALLBLADDER", role="ORGAN", volume_cc=30.0)
        return self.tell(
            StructuresReceived(
                structure_set_uid="1.2.9",
                frame_of_reference_uid=frame,
                path="structures.dcm",
                structures=(*targets, organ),
            )
        )

    def measured(self, **lesions: tuple[float, float]) -> "Story":
        """Lesions ``L1=(longest axial diameter, distance to the gallbladder)`` ..., mm."""
        return self.tell(
            LesionsMeasured(
                structure_set_uid="1.2.9",
                lesions=tuple(
                    LesionFacts(
                        lesion=lesion,
                        volume_cc=longest_mm**3 / 2000.0,
                        volume_error_cc=0.1,
                        centroid_mm=(0.0, 0.0, 0.0),
                        longest_axial_mm=longest_mm,
                        short_axial_mm=0.8 * longest_mm,
                        longest_mm=longest_mm,
                        extents_mm=(longest_mm, longest_mm, longest_mm),
                        distances=(
                            StructureDistance(
                                name="GALLBLADDER",
                                group="ORGANS",
                                distance_mm=distance_mm,
                                place_mm=(1.0, 2.0, 3.0),
                                lies_in=False,
                            ),
                        ),
                    )
                    for lesion, (longest_mm, distance_mm) in lesions.items()
                ),
            )
        )

    def allocated(self, lesion: str, modality: Modality, zone: str = "WHOLE") -> "Story":
        return self.tell(
            TargetAllocated(
                lesion=lesion, zone=ZoneKind(zone), modality=modality, reason="suitable"
            )
        )

    def reported(self, lesion: str, count: int, zone: str = "WHOLE") -> "Story":
        return self.tell(
            SeedsReported(
                lesion=lesion,
                zone=ZoneKind(zone),
                count=count,
                batch="B1",
                seed_model="Amersham6711",
                strength_u=0.8,
                strength_reference_date=START.date(),
            )
        )

    def scanned(self, series_uid: str, acquired_at: datetime | None = None) -> "Story":
        return self.tell(
            ScanDiscovered(series_uid=series_uid, description="control scan"),
            ScanReceived(
                series_uid=series_uid,
                frame_of_reference_uid="1.2.8",
                acquired_at=acquired_at or self.now,
                image_count=41,
                spacing_mm=(5.0, 0.8, 0.8),
                directory=f"spool/{series_uid}",
                content_sha256="a" * 64,
            ),
        )

    def seen(self, series_uid: str, **counts: int) -> "Story":
        """Seeds seen: ``L1=3`` counts for lesion L1, ``stray=1`` for none."""
        seeds = [
            SeedFact(
                center_mm=(float(n), 0.0, 0.0),
                axis=(0.0, 0.0, 1.0),
                confidence=0.9,
                lesion=None if lesion == "stray" else lesion.partition("_")[0],
                zone=None if lesion == "stray" else ZoneKind(lesion.partition("_")[2] or "WHOLE"),
            )
            for lesion, count in counts.items()
            for n in range(count)
        ]
        return self.tell(SeedsFound(series_uid=series_uid, seeds=tuple(seeds)))

    def dosed(self, series_uid: str, **d90_gy: float) -> "Story":
        """Dose of structures by name: D90; V100 follows it, D2cc and D0.1cc are the same."""
        return self.tell(
            DoseComputed(
                series_uid=series_uid,
                seed_models=("Amersham6711",),
                seed_count=1,
                structures=tuple(
                    StructureDose(
                        name=name,
                        volume_cc=10.0,
                        prescription_gy=110.0,
                        d90_gy=dose,
                        d100_gy=dose / 2,
                        v100_percent=95.0 if dose >= 110.0 else 70.0,
                        v150_percent=40.0,
                        v200_percent=10.0,
                        d2cc_gy=dose,
                        d0_1cc_gy=dose,
                        dvh=DvhCurve(dose_gy=(0.0, dose), volume_percent=(100.0, 90.0)),
                    )
                    for name, dose in d90_gy.items()
                ),
            )
        )

    def banded(self, series_uid: str, **d90_gy: tuple[float, float]) -> "Story":
        """Bands of structures by name: that of D90; D2cc and D0.1cc have the same, V100 half."""
        return self.tell(
            DoseBandsComputed(
                series_uid=series_uid,
                position_sd_mm=1.0,
                strength_sd_percent=3.0,
                registration_sd_mm=1.0,
                structures=tuple(
                    StructureDoseBand(
                        name=name,
                        d90_gy=Band(low=low, high=high),
                        v100_percent=Band(low=low / 2, high=high / 2),
                        d2cc_gy=Band(low=low, high=high),
                        d0_1cc_gy=None,
                    )
                    for name, (low, high) in d90_gy.items()
                ),
            )
        )

    def iced(self, series_uid: str, name: str, covered: float, margin_mm: float) -> "Story":
        return self.tell(
            IceFound(
                series_uid=series_uid,
                baseline_series_uid="1.0",
                structure_set_uid="1.2.9",
                volume_cc=20.0,
                structures=(
                    StructureIce(name=name, covered_percent=covered, minimum_margin_mm=margin_mm),
                ),
            )
        )

    def read(
        self, mode: str, temperatures_c: Iterable[float], *, probe: int = 1, every_s: float = 1.0
    ) -> "Story":
        for temperature in temperatures_c:
            self.after(seconds=every_s).tell(
                ProbeReading.model_validate(
                    {
                        "device": "console-1",
                        "sequence": len(self.events),
                        "probe": probe,
                        "mode": mode,
                        "power_percent": 100.0 if mode == "FREEZE" else 0.0,
                        "tip_temperature_c": temperature,
                        "gas_pressure_kpa": 20000.0,
                        "validity": MeasurementValidity.VALID,
                    }
                ),
            )
        return self


@pytest.fixture
def demonstration() -> TrialProtocol:
    return load_protocol(PROTOCOLS / "demonstration.toml")


@pytest.fixture
def story(demonstration: TrialProtocol) -> Story:
    return Story(demonstration)


@pytest.fixture
def story_of() -> Callable[[TrialProtocol], Story]:
    return Story


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    """A node's core that runs, with a journal of its own and nothing in it yet."""
    journal = Journal.open(tmp_path / "journal.sqlite")
    made = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(made.run())
    yield made
    made.stop()
    await running
    await journal.close()
