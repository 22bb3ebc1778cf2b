from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dosimetry_core.values import Evidence, GenerationMode, MeasurementValidity, Modality, ZoneKind
from procedure_node.events import (
    AdverseEventPrompted,
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    AnalysisFailed,
    Band,
    CoverageAssessed,
    CoverageFact,
    DoseBandsComputed,
    DoseComputed,
    DvhCurve,
    Event,
    EventTime,
    IceFound,
    Originator,
    ProbeAssigned,
    ProbeReading,
    ProcedureClosed,
    ProcedureOpened,
    ScanDiscovered,
    ScanDoseReported,
    ScanReceived,
    ScanRefused,
    SeedFact,
    SeedsFound,
    SeedsReported,
    StructureDose,
    StructureDoseBand,
    StructureIce,
    StructuresReceived,
    StructureSubVolumes,
    StructureSummary,
    SubVolumes,
    SubVolumesFound,
    TargetAllocated,
    TreatmentFinished,
)
from procedure_node.protocol import load_protocol, protocol_sha256
from procedure_node.state import ProcedureState, replay

ROOT = Path(__file__).parents[3]
STUDY = "1.2.826.0.1.3680043.8.498.1"
BASELINE = "1.2.826.0.1.3680043.8.498.1.1"
FIRST = "1.2.826.0.1.3680043.8.498.1.2"
SECOND = "1.2.826.0.1.3680043.8.498.1.3"
REFUSED = "1.2.826.0.1.3680043.8.498.1.4"
OPENED_AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

Story = list[tuple[float, str, Any]]
"""Minutes since opening, who (a person, a device or a part of the node), what."""

_KINDS = {"operator-1": "PERSON", "physicist-1": "PERSON", "cryo-1": "DEVICE"}


def events(story: Story, mode: GenerationMode) -> Iterator[Event]:
    for minutes, who, payload in sorted(story, key=lambda told: told[0]):
        yield Event(
            time=EventTime(
                utc=OPENED_AT + timedelta(minutes=minutes), monotonic_ns=int(minutes * 6e10)
            ),
            originator=Originator.model_validate({"kind": _KINDS.get(who, "SYSTEM"), "name": who}),
            mode=mode,
            procedure_id="a1b2c3",
            payload=payload,
        )


def opening() -> Story:
    protocol = load_protocol(ROOT / "config/protocols/demonstration.toml")
    opened = ProcedureOpened(
        procedure_id="a1b2c3",
        subject="S-0042",
        study_uid=STUDY,
        arm="STRATEGY",
        protocol=protocol,
        protocol_sha256=protocol_sha256(protocol),
    )
    return [(0, "operator-1", opened)]


def received(uid: str, minutes: float) -> ScanReceived:
    return ScanReceived(
        series_uid=uid,
        frame_of_reference_uid="1.2.826.0.1.3680043.8.498.2",
        acquired_at=OPENED_AT + timedelta(minutes=minutes - 1),
        image_count=41,
        spacing_mm=(5.0, 0.8, 0.8),
        directory="scans/x",
        content_sha256="0" * 64,
    )


def structure_dose(name: str, prescription_gy: float | None) -> StructureDose:
    has = prescription_gy is not None
    return StructureDose(
        name=name,
        volume_cc=1.5,
        prescription_gy=prescription_gy,
        d90_gy=122.456,
        d100_gy=80.0,
        v100_percent=95.123 if has else None,
        v150_percent=60.0 if has else None,
        v200_percent=30.0 if has else None,
        d2cc_gy=None,
        d0_1cc_gy=150.0,
        dvh=DvhCurve(dose_gy=(0.0, 100.0), volume_percent=(100.0, 96.0)),
    )


def reading(mode: str, sequence: int, tip_c: float) -> ProbeReading:
    return ProbeReading.model_validate(
        {
            "device": "cryo-1",
            "sequence": sequence,
            "probe": 1,
            "mode": mode,
            "power_percent": 100.0,
            "tip_temperature_c": tip_c,
            "gas_pressure_kpa": 21000.0,
            "validity": MeasurementValidity.VALID,
        }
    )


def middle() -> Story:
    zone = ZoneKind.WHOLE
    seeds = (
        SeedFact(
            center_mm=(1.0, 2.0, -0.001),
            axis=(0.0, 0.0, 1.0),
            confidence=0.9,
            lesion="L1",
            zone=zone,
        ),
        SeedFact(center_mm=(-30.0, 2.0, 3.0), axis=(0.0, 0.6, 0.8), confidence=0.55),
    )
    told: Story = [
        (1, "operator-1", _allocated("L1", zone, Modality.SEEDS)),
        (1, "operator-1", _allocated("L2", ZoneKind.CORE, Modality.CRYO)),
        (2, "structures", _structures()),
        (3, "receiver", ScanDiscovered(series_uid=BASELINE, description="baseline")),
        (4, "receiver", received(BASELINE, 4)),
        (5, "physicist-1", _reported(2, "N1")),
        (6, "operator-1", _probe(1)),
        (8, "receiver", received(FIRST, 8)),
        (8.1, "seed finder", SeedsFound(series_uid=FIRST, seeds=seeds[:1])),
        (8.2, "dose", AnalysisFailed(series_uid=FIRST, step="DOSE", reason="no seed model")),
        (9, "receiver", ScanRefused(series_uid=REFUSED, reasons=("gantry tilt of 12 degrees",))),
        (10, "receiver", received(SECOND, 10)),
        (10.1, "seed finder", SeedsFound(series_uid=SECOND, seeds=seeds)),
        (
            10.2,
            "dose",
            DoseComputed(
                series_uid=SECOND,
                seed_models=("6711",),
                seed_count=2,
                structures=(structure_dose("L1", 110.0), structure_dose("STOMACH", None)),
                warnings=("one seed near no target",),
            ),
        ),
        (
            10.2,
            "TG-43 dose",
            DoseBandsComputed(
                series_uid=SECOND,
                position_sd_mm=1.0,
                strength_sd_percent=3.0,
                registration_sd_mm=1.0,
                structures=(
                    StructureDoseBand(
                        name="L1",
                        d90_gy=Band(low=111.234, high=131.9),
                        v100_percent=Band(low=90.5, high=98.0),
                        d2cc_gy=None,
                        d0_1cc_gy=None,
                    ),
                ),
            ),
        ),
        (
            10.2,
            "TG-43 dose",
            SubVolumesFound(
                series_uid=SECOND,
                structures=(
                    StructureSubVolumes(
                        name="L1",
                        cold=SubVolumes(level_gy=110.0, total_cc=0.441, parts=()),
                        hot=None,
                    ),
                ),
            ),
        ),
        (
            10.3,
            "ice finder",
            IceFound(
                series_uid=SECOND,
                baseline_series_uid=BASELINE,
                structure_set_uid="1.2.826.0.1.3680043.8.498.3",
                volume_cc=12.345,
                structures=(
                    StructureIce(name="L2_CORE", covered_percent=99.96, minimum_margin_mm=None),
                ),
            ),
        ),
        (11, "rules", _coverage("L1", zone, Modality.SEEDS, "COVERED")),
        (11, "rules", _coverage("L2", ZoneKind.CORE, Modality.CRYO, "UNKNOWN")),
        (12, "rules", _alert(f"Scan {SECOND} is old")),
        (13, "physicist-1", AlertAcknowledged(alert_id="cold-1")),
        (14, "rules", AlertCleared(alert_id="cold-1", reason="it is warm again")),
        (15, "rules", _alert("Sensor near the stomach is at 8 degC")),
        (
            16,
            "operator-1",
            AdverseEventPrompted(term="Pneumothorax", grade=2, comment="small; watched"),
        ),
        (16, "operator-1", AdverseEventPrompted(term="Bleeding", grade=0, onset=OPENED_AT)),
        (
            17,
            "physicist-1",
            ScanDoseReported(series_uid=SECOND, ctdi_vol_mgy=10.255, dlp_mgy_cm=300),
        ),
        (18, "operator-1", TreatmentFinished(lesion="L1", zone=zone)),
    ]
    for second in range(60):
        told.append((20 + second / 60, "cryo-1", reading("FREEZE", second, -2.0 * second)))
    for second in range(60, 90):
        told.append((20 + second / 60, "cryo-1", reading("THAW", second, -100.0 + second)))
    return told


def _allocated(lesion: str, zone: ZoneKind, modality: Modality) -> TargetAllocated:
    return TargetAllocated(lesion=lesion, zone=zone, modality=modality, reason="board decision")


def _structures() -> StructuresReceived:
    return StructuresReceived(
        structure_set_uid="1.2.826.0.1.3680043.8.498.3",
        frame_of_reference_uid="1.2.826.0.1.3680043.8.498.2",
        path="rt.dcm",
        structures=(
            StructureSummary(
                name="L1", role="TARGET", lesion="L1", zone=ZoneKind.WHOLE, volume_cc=7.777
            ),
            StructureSummary(name="STOMACH", role="ORGAN", volume_cc=100.0),
        ),
    )


def _reported(count: int, needle: str | None) -> SeedsReported:
    return SeedsReported(
        lesion="L1",
        zone=ZoneKind.WHOLE,
        count=count,
        batch="B77",
        seed_model="6711",
        strength_u=0.508,
        strength_reference_date=date(2026, 2, 27),
        needle=needle,
    )


def _probe(number: int) -> ProbeAssigned:
    return ProbeAssigned(device="cryo-1", probe=number, lesion="L2", zone=ZoneKind.CORE)


def _coverage(lesion: str, zone: ZoneKind, modality: Modality, verdict: Any) -> CoverageAssessed:
    unknown = verdict == "UNKNOWN"
    return CoverageAssessed(
        lesion=lesion,
        zone=zone,
        modality=modality,
        verdict=verdict,
        facts=(
            CoverageFact(
                quantity="D90",
                unit="Gy",
                wanted=110.0,
                actual=None if unknown else 122.456,
                met=None if unknown else True,
                evidence=Evidence.MODELLED,
                unknown_reason="the scan is 45 min old" if unknown else "",
            ),
        ),
        unknown_reasons=("the scan is 45 min old",) if unknown else (),
        series_uid=None if unknown else SECOND,
    )


def _alert(text: str) -> AlertRaised:
    return AlertRaised(
        alert_id="cold-1",
        condition="organ-cold",
        priority="HIGH",
        category="PHYSIOLOGICAL",
        subject="STOMACH",
        text=text,
        action="Stop freezing",
    )


def closing() -> Story:
    return [(30, "operator-1", ProcedureClosed(outcome="COMPLETED"))]


Told = Callable[..., ProcedureState]


@pytest.fixture(scope="session")
def story() -> SimpleNamespace:
    """What a procedure is told from."""
    return SimpleNamespace(
        opening=opening,
        middle=middle,
        closing=closing,
        received=received,
        opened_at=OPENED_AT,
        newest_scan=SECOND,
        uids=(STUDY, BASELINE, FIRST, SECOND, REFUSED),
    )


@pytest.fixture(scope="session")
def told() -> Told:
    """The procedure that a story leads to."""

    def state(*stories: Story, mode: GenerationMode = GenerationMode.DEMO) -> ProcedureState:
        story = [entry for part in stories for entry in part]
        procedure = replay(events(story, mode)).procedure
        assert procedure is not None
        return procedure

    return state


@pytest.fixture(scope="session")
def procedure(told: Told) -> ProcedureState:
    """A whole procedure: seeds, ice, a refused scan, alerts, an adverse event."""
    return told(opening(), middle(), closing())


@pytest.fixture(scope="session")
def bare(told: Told) -> ProcedureState:
    """A procedure that was opened and in which nothing happened."""
    return told(opening())
