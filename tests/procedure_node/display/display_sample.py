"""A procedure with something of everything that the page can show, for tests and for looking."""

import math
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from dosimetry_core.values import (
    ConnectionState,
    ContouredStructure,
    CyclePhase,
    Evidence,
    GenerationMode,
    MeasurementValidity,
    Modality,
    Volume,
    ZoneKind,
)
from procedure_node.cycles.model import FreezeThawCycle, PhaseSpan, ProbeCycles
from procedure_node.events import (
    AlertRaised,
    Band,
    CoverageAssessed,
    CoverageFact,
    DoseBandsComputed,
    DoseComputed,
    DvhCurve,
    Extreme,
    IceFound,
    ProbeReading,
    ScanReceived,
    SeedFact,
    SeedsFound,
    StructureDose,
    StructureDoseBand,
    StructureIce,
    StructuresReceived,
    StructureSubVolumes,
    StructureSummary,
    SubVolume,
    SubVolumes,
    SubVolumesFound,
    ThermometerReading,
)
from procedure_node.protocol import TrialProtocol
from procedure_node.state import (
    AlertState,
    LinkStatus,
    NodeState,
    ProbeState,
    ProcedureState,
    RecordStatus,
    ScanState,
    SeedBatchReport,
    SensorState,
    TemperaturePoint,
)
from procedure_node.views import write_view

PROTOCOL_FILE = Path(__file__).parents[3] / "config" / "protocols" / "demonstration.toml"
PRESCRIPTION_GY = 110.0
CT_SHAPE = (41, 128, 128)
CT_SPACING_MM = (5.0, 3.2, 3.2)
CT_ORIGIN_MM = (-198.2, -204.0, -375.0)

BALLS_MM: dict[str, tuple[tuple[float, float, float], float]] = {
    "L1": ((-75.0, -40.0, -255.0), 14.0),
    "L2": ((-50.0, 12.0, -265.0), 12.0),
    "L3_CORE": ((-22.0, -72.0, -260.0), 11.0),
    "L3_PERIPHERY": ((-22.0, -72.0, -260.0), 20.0),
    "GALLBLADDER": ((-38.0, -37.0, -285.0), 8.0),
    "STOMACH": ((70.0, -30.0, -260.0), 28.0),
}
"""Centre and radius of every structure; the periphery is what lies around the core."""

WHOLE, CORE, PERIPHERY = ZoneKind.WHOLE, ZoneKind.CORE, ZoneKind.PERIPHERY
TARGETS = {
    "L1": ("L1", WHOLE),
    "L2": ("L2", WHOLE),
    "L3_CORE": ("L3", CORE),
    "L3_PERIPHERY": ("L3", PERIPHERY),
}


def contours() -> list[ContouredStructure]:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    drawn = []
    for name, ((x, y, z), radius) in BALLS_MM.items():
        radii = (radius, BALLS_MM["L3_CORE"][1]) if name == "L3_PERIPHERY" else (radius,)
        polygons = []
        for k in range(CT_SHAPE[0]):
            height = CT_ORIGIN_MM[2] + CT_SPACING_MM[0] * k - z
            for r in (math.sqrt(r**2 - height**2) for r in radii if r > abs(height)):
                circle = (x + r * np.cos(angle), y + r * np.sin(angle), np.full(60, z + height))
                polygons.append(np.column_stack(circle))
        drawn.append(ContouredStructure(name, tuple(polygons)))
    return drawn


def seeds() -> tuple[SeedFact, ...]:
    """24 in L1 and 18 around L3's core, along needles that run from front to back."""
    found = []
    for name, shell, count in (("L1", 9.0, 24), ("L3_PERIPHERY", 15.0, 18)):
        (x, y, z), _ = BALLS_MM[name]
        lesion, zone = TARGETS[name]
        for n in range(count):
            polar = math.acos(1 - 2 * (n + 0.5) / count)
            turn = math.pi * (1 + 5**0.5) * n
            offset = (
                shell * math.cos(turn) * math.sin(polar),
                shell * math.sin(turn) * math.sin(polar),
                shell * math.cos(polar),
            )
            center = (x + offset[0], y + offset[1], z + offset[2])
            found.append(
                SeedFact(
                    center_mm=center,
                    axis=(0.3, 0.9, 0.316),
                    confidence=0.97,
                    lesion=lesion,
                    zone=zone,
                )
            )
    return tuple(found)


def ct_volume() -> Volume:
    """A body of water with fat, a liver, a spine, lesions and seeds."""
    affine = np.diag([*reversed(CT_SPACING_MM), 1.0])
    affine[:3, 3] = CT_ORIGIN_MM
    blank = Volume(np.full(CT_SHAPE, -1000, dtype=np.int16), affine)
    xyz = blank.to_patient_mm(np.stack(np.indices(CT_SHAPE), axis=-1).astype(float))
    values = blank.values
    noise = np.random.default_rng(1).normal(0, 8, CT_SHAPE)
    for center, half_axes, hu in (
        ((0, -30, 0), (170, 110, 1e4), -90),
        ((0, -30, 0), (155, 96, 1e4), 45),
        ((-55, -35, -265), (95, 75, 80), 105),
        ((0, 55, 0), (24, 22, 1e4), 420),
        ((70, -30, -260), (30, 30, 40), 20),
    ):
        values[(((xyz - center) / half_axes) ** 2).sum(axis=-1) < 1] = hu
    for name in ("L1", "L2", "L3_PERIPHERY"):
        center, radius = BALLS_MM[name]
        values[np.linalg.norm(xyz - center, axis=-1) < radius] = 65
    values[ice_mask(blank)] -= 85
    noisy = np.rint(np.where(values > -500, values + noise, values)).astype(np.int16)
    for seed in seeds():
        k, j, i = np.rint(blank.to_index(np.array(seed.center_mm))).astype(int)
        noisy[k, j, i] = 2800
    return Volume(noisy, affine)


def ice_mask(ct: Volume) -> np.ndarray:
    """Ice around L2 and the core of L3."""
    xyz = ct.to_patient_mm(np.stack(np.indices(ct.values.shape), axis=-1).astype(float))
    mask = np.zeros(ct.values.shape, dtype=bool)
    for name, radii in (("L2", (15, 18, 16)), ("L3_CORE", (12, 15, 14))):
        mask |= (((xyz - BALLS_MM[name][0]) / radii) ** 2).sum(axis=-1) < 1
    return mask


def dose_volume() -> Volume:
    """A falling-off dose of every seed, near enough to one of iodine-125 for a picture."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-125.0, -120.0, -310.0)
    grid = Volume(np.zeros((50, 60, 80), dtype=np.float32), affine)
    xyz = grid.to_patient_mm(np.stack(np.indices(grid.values.shape), axis=-1).astype(float))
    for seed in seeds():
        cm = np.linalg.norm(xyz - np.array(seed.center_mm), axis=-1) / 10
        radial = np.clip(1.0 - 0.14 * (cm - 1.0), 0.0, None)
        grid.values[...] += (10.0 * radial / (cm**2 + 0.02)).astype(np.float32)
    return grid


def write_sample_view(directory: Path, ct: Volume | None = None) -> None:
    shown = ct or ct_volume()
    write_view(
        directory,
        ct=shown,
        structures=contours(),
        dose=dose_volume(),
        prescription_gy=PRESCRIPTION_GY,
        ice=Volume(ice_mask(shown), shown.affine),
        mode=GenerationMode.DEMO,
    )


def protocol() -> TrialProtocol:
    return TrialProtocol.model_validate(tomllib.loads(PROTOCOL_FILE.read_text("utf-8")))


def structures() -> StructuresReceived:
    summaries = [
        StructureSummary(name=name, role="TARGET", lesion=lesion, zone=zone, volume_cc=9.0)
        for name, (lesion, zone) in TARGETS.items()
    ]
    summaries += [
        StructureSummary(name=name, role="ORGAN", volume_cc=60.0)
        for name in ("GALLBLADDER", "STOMACH")
    ]
    return StructuresReceived(
        structure_set_uid="1.2.40",
        frame_of_reference_uid="1.2.9",
        path="structures.dcm",
        structures=tuple(summaries),
    )


def structure_dose(name: str, d90_gy: float, slope: float, **values: float) -> StructureDose:
    """A DVH that passes 90 % at ``d90_gy``; organs give D2cc and D0.1cc instead."""
    dose = np.linspace(0, 450, 300)
    volume = 100 / (1 + np.exp((dose - d90_gy) / slope) / 9)
    target = name in TARGETS
    return StructureDose(
        name=name,
        volume_cc=9.0,
        prescription_gy=PRESCRIPTION_GY if target else None,
        d90_gy=d90_gy,
        d100_gy=d90_gy * 0.7,
        v100_percent=values.get("v100_percent"),
        v150_percent=60.0 if target else None,
        v200_percent=30.0 if target else None,
        d2cc_gy=values.get("d2cc_gy"),
        d0_1cc_gy=values.get("d0_1cc_gy"),
        dvh=DvhCurve(dose_gy=tuple(dose.tolist()), volume_percent=tuple(volume.tolist())),
    )


def dose_computed(series_uid: str) -> DoseComputed:
    return DoseComputed(
        series_uid=series_uid,
        seed_models=("6711",),
        seed_count=42,
        structures=(
            structure_dose("L1", 131.0, 38.0, v100_percent=95.4),
            structure_dose("L3_PERIPHERY", 84.0, 35.0, v100_percent=82.1),
            structure_dose("GALLBLADDER", 31.0, 9.0, d2cc_gy=58.3, d0_1cc_gy=69.0),
            structure_dose("STOMACH", 2.0, 2.5, d2cc_gy=8.1, d0_1cc_gy=11.7),
        ),
    )


def dose_bands(series_uid: str) -> DoseBandsComputed:
    def band(low: float, high: float) -> Band:
        return Band(low=low, high=high)

    def of(name: str, **figures: Band) -> StructureDoseBand:
        none = dict.fromkeys(("d90_gy", "v100_percent", "d2cc_gy", "d0_1cc_gy"))
        return StructureDoseBand.model_validate({"name": name, **none, **figures})

    return DoseBandsComputed(
        series_uid=series_uid,
        position_sd_mm=1.0,
        strength_sd_percent=3.0,
        registration_sd_mm=1.0,
        structures=(
            of("L1", d90_gy=band(118.0, 141.0), v100_percent=band(88.9, 98.0)),
            of("L3_PERIPHERY", d90_gy=band(74.0, 95.0), v100_percent=band(77.4, 86.0)),
            of("GALLBLADDER", d2cc_gy=band(51.2, 66.0), d0_1cc_gy=band(61.0, 78.3)),
            of("STOMACH", d2cc_gy=band(7.8, 8.6), d0_1cc_gy=band(11.0, 12.5)),
        ),
    )


def sub_volumes(series_uid: str) -> SubVolumesFound:
    cold = SubVolume(
        volume_cc=1.36,
        share_percent=15.0,
        centroid_mm=(-52.0, -30.0, -280.0),
        extremes=(
            Extreme(
                dose_gy=58.0,
                place_mm=(-49.0, -28.0, -285.0),
                depth_mm=0.0,
                seed_distances_mm=(8.7, 11.2, 13.0),
            ),
        ),
    )
    return SubVolumesFound(
        series_uid=series_uid,
        structures=(
            StructureSubVolumes(
                name="L3_PERIPHERY",
                cold=SubVolumes(
                    level_gy=PRESCRIPTION_GY,
                    total_cc=1.61,
                    parts=(cold, cold.model_copy(update={"volume_cc": 0.21})),
                ),
                hot=None,
            ),
        ),
    )


def scan(
    number: int, at: datetime, *, view_directory: Path | None = None, analysed: bool = True
) -> ScanState:
    """The third one holds everything; those before it only show that they were there."""
    uid = f"1.2.826.{number}"
    received = ScanReceived(
        series_uid=uid,
        frame_of_reference_uid="1.2.9",
        acquired_at=at,
        image_count=41,
        spacing_mm=CT_SPACING_MM,
        directory="ct",
        content_sha256="0" * 64,
    )
    found = SeedsFound(series_uid=uid, seeds=seeds() if number >= 3 else ())
    ice = IceFound(
        series_uid=uid,
        baseline_series_uid="1.2.826.1",
        structure_set_uid="1.2.40",
        volume_cc=31.0,
        structures=(
            StructureIce(name="L2", covered_percent=100.0, minimum_margin_mm=3.2),
            StructureIce(name="L3_CORE", covered_percent=97.4, minimum_margin_mm=0.6),
        ),
    )
    return ScanState(
        series_uid=uid,
        description=("Baseline", "After needles", "After seeds, freeze 2", "Control")[number - 1],
        discovered_at=at,
        status="RECEIVED",
        received=received,
        received_at=at + timedelta(seconds=12),
        seeds=found if analysed else None,
        dose=dose_computed(uid) if analysed and number >= 3 else None,
        dose_bands=dose_bands(uid) if analysed and number >= 3 else None,
        sub_volumes=sub_volumes(uid) if analysed and number >= 3 else None,
        ice=ice if analysed and number >= 3 else None,
        view_directory=str(view_directory) if view_directory else None,
    )


def fact(
    quantity: str,
    unit: str,
    wanted: float,
    actual: float | None,
    evidence: Evidence,
    why: str = "",
    band: tuple[float, float] | None = None,
) -> CoverageFact:
    return CoverageFact(
        quantity=quantity,
        unit=unit,
        wanted=wanted,
        actual=actual,
        met=None if actual is None else actual >= wanted,
        evidence=evidence,
        unknown_reason=why,
        band=Band(low=band[0], high=band[1]) if band else None,
    )


GAP = "probe 1 has a gap in its readings during a freeze: what happened then is not known"


def coverage() -> dict[str, CoverageAssessed]:
    uid = "1.2.826.3"
    modelled, imaged, measured = Evidence.MODELLED, Evidence.IMAGED, Evidence.MEASURED
    return {
        "L1": CoverageAssessed(
            lesion="L1",
            zone=WHOLE,
            modality=Modality.SEEDS,
            verdict="COVERED",
            facts=(
                fact("D90", "Gy", 110.0, 131.4, modelled, band=(118.0, 141.0)),
                fact("V100", "%", 90.0, 95.4, modelled, band=(88.9, 98.0)),
            ),
            series_uid=uid,
        ),
        "L2": CoverageAssessed(
            lesion="L2",
            zone=WHOLE,
            modality=Modality.CRYO,
            verdict="UNKNOWN",
            facts=(
                fact("ice coverage", "%", 100.0, 100.0, imaged),
                fact("ice margin", "mm", 5.0, 5.4, imaged),
                fact("freezes done", "", 2.0, None, measured, GAP),
            ),
            unknown_reasons=(GAP,),
            series_uid=uid,
        ),
        "L3/CORE": CoverageAssessed(
            lesion="L3",
            zone=CORE,
            modality=Modality.CRYO,
            verdict="UNDER",
            facts=(
                fact("ice coverage", "%", 100.0, 97.4, imaged),
                fact("ice margin", "mm", 5.0, 0.6, imaged),
                fact("freezes done", "", 2.0, 1.0, measured),
            ),
            series_uid=uid,
        ),
        "L3/PERIPHERY": CoverageAssessed(
            lesion="L3",
            zone=PERIPHERY,
            modality=Modality.SEEDS,
            verdict="UNDER",
            facts=(
                fact("D90", "Gy", 110.0, 84.0, modelled, band=(74.0, 95.0)),
                fact("V100", "%", 90.0, 82.1, modelled, band=(77.4, 86.0)),
            ),
            series_uid=uid,
        ),
    }


def freeze_curve(start: datetime, now: datetime, coldest_c: float, gap: tuple[float, float] | None):
    """Two freezes of 10 minutes with a passive thaw of 8 between; ``gap`` in s after the start."""
    points: list[TemperaturePoint] = []
    celsius = 36.0
    seconds = int((now - start).total_seconds())
    for t in range(seconds + 1):
        freezing = t < 600 or t >= 1080
        goal, tau = (coldest_c, 28.0) if freezing else (8.0, 190.0)
        celsius += (goal - celsius) / tau
        known = None if gap and gap[0] <= t < gap[1] else round(celsius, 1)
        points.append(TemperaturePoint(utc=start + timedelta(seconds=t), temperature_c=known))
    return tuple(points)


def probe(number: int, lesion: str, zone: ZoneKind, now: datetime, gap=None) -> ProbeState:
    start = now - timedelta(seconds=1380)
    thaw, second = start + timedelta(seconds=600), start + timedelta(seconds=1080)
    freeze, passive = CyclePhase.FREEZE, CyclePhase.PASSIVE_THAW
    first_phases = [PhaseSpan(phase=freeze, started=start, ended=thaw, minimum_temperature_c=-142)]
    if gap:
        lost, back = start + timedelta(seconds=gap[0]), start + timedelta(seconds=gap[1])
        first_phases = [
            PhaseSpan(phase=freeze, started=start, ended=lost, minimum_temperature_c=-142),
            PhaseSpan(phase=CyclePhase.UNKNOWN, started=lost, ended=back),
            PhaseSpan(phase=freeze, started=back, ended=thaw, minimum_temperature_c=-142),
        ]
    cycles = (
        FreezeThawCycle(
            number=1,
            started=start,
            ended=second,
            phases=(*first_phases, PhaseSpan(phase=passive, started=thaw, ended=second)),
            minimum_temperature_c=-142.0,
            freeze_s=600.0 - (gap[1] - gap[0] if gap else 0.0),
            unknown_s=gap[1] - gap[0] if gap else 0.0,
        ),
        FreezeThawCycle(
            number=2,
            started=second,
            phases=(PhaseSpan(phase=freeze, started=second, minimum_temperature_c=-141.5),),
            minimum_temperature_c=-141.5,
            freeze_s=300.0,
        ),
    )
    curve = freeze_curve(start, now, -118.0 - 12.0 * number, gap)
    return ProbeState(
        device="console",
        probe=number,
        lesion=lesion,
        zone=zone,
        last=ProbeReading(
            device="console",
            sequence=1380,
            probe=number,
            mode="FREEZE",
            power_percent=100.0,
            tip_temperature_c=curve[-1].temperature_c,
            gas_pressure_kpa=21400.0,
            validity=MeasurementValidity.VALID,
        ),
        last_at=now - timedelta(seconds=1),
        cycles=ProbeCycles(phase=freeze, phase_since=second, cycles=cycles, last_reading_at=now),
        curve=curve,
    )


def sensor(channel: int, organ: str, now: datetime, *, silent_s: int = 1) -> SensorState:
    start = now - timedelta(seconds=1380)
    points = [
        TemperaturePoint(
            utc=start + timedelta(seconds=t),
            temperature_c=round(36.4 - 0.014 * t + math.sin(t / 90), 1),
        )
        for t in range(0, 1381 - silent_s, 2)
    ]
    return SensorState(
        device="thermometer",
        channel=channel,
        structure=organ,
        last=ThermometerReading(
            device="thermometer",
            sequence=600,
            channel=channel,
            temperature_c=points[-1].temperature_c,
            validity=MeasurementValidity.VALID,
        ),
        last_at=now - timedelta(seconds=silent_s),
        curve=tuple(points),
    )


def alert(
    condition: str, priority: str, category: str, text: str, action: str, at: datetime, **more
) -> AlertState:
    return AlertState(
        raised=AlertRaised(
            alert_id=condition,
            condition=condition,
            priority=priority,
            category=category,
            subject=more.pop("subject", "scan"),
            text=text,
            action=action,
        ),
        raised_at=at,
        **more,
    )


def alerts(now: datetime) -> dict[str, AlertState]:
    def ago(seconds: int) -> datetime:
        return now - timedelta(seconds=seconds)

    listed = (
        alert(
            "device-lost",
            "MEDIUM",
            "TECHNICAL",
            "thermometer is not connected: no byte for 14 s. Organ temperatures are not known",
            "Check the thermometer and its cable",
            ago(14),
        ),
        alert(
            "organ-over-limit",
            "HIGH",
            "PHYSIOLOGICAL",
            "GALLBLADDER is over its limit: D2cc 58.3 Gy, limit 55 Gy",
            "Place no further seed near it; review the plan",
            ago(130),
        ),
        alert(
            "target-under-covered",
            "MEDIUM",
            "PHYSIOLOGICAL",
            "L3/PERIPHERY is under-covered: D90 84.0 of 110 Gy, V100 82.1 of 90 %",
            "Treat the uncovered part before the patient leaves the room",
            ago(128),
            acknowledged_by="operator",
            acknowledged_at=ago(60),
        ),
        alert(
            "seed-count-mismatch",
            "MEDIUM",
            "PHYSIOLOGICAL",
            "L1: 23 seeds are seen, 24 are reported",
            "Check the report, and look for a seed that was lost or has moved",
            ago(1500),
            present=False,
            cleared_at=ago(126),
            cleared_reason="the condition is no longer present",
        ),
    )
    return {one.raised.alert_id: one for one in listed}


def report(key: str, count: int, at: datetime) -> SeedBatchReport:
    lesion, zone = TARGETS[key]
    return SeedBatchReport(
        at=at,
        by="operator",
        lesion=lesion,
        zone=zone,
        count=count,
        batch="B-117",
        seed_model="6711",
        strength_u=0.65,
        strength_reference_date=date(2026, 3, 1),
        needle="N1",
    )


def links(now: datetime) -> dict[str, LinkStatus]:
    up, down = ConnectionState.CONNECTED, ConnectionState.DISCONNECTED
    return {
        name: LinkStatus(role=role, state=state, reason=reason, since=now - timedelta(minutes=50))
        for name, role, state, reason in (
            ("pacs", "PACS", up, "echo answered"),
            ("console", "CONSOLE", up, "frames arrive"),
            ("thermometer", "THERMOMETER", down, "no byte for 14 s"),
            ("broker", "BROKER", up, "session present"),
            ("edc", "EDC", ConnectionState.CONNECTING, "waiting 8 s before the next try"),
        )
    }


def procedure(now: datetime, view_directory: Path | None) -> ProcedureState:
    """See the module."""

    def ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    scans = [
        scan(number, ago(minutes), view_directory=view_directory)
        for number, minutes in ((1, 50), (2, 31), (3, 2.5))
    ]
    judged = coverage()
    return ProcedureState(
        procedure_id="P-20260302-01",
        subject="CHN-014",
        study_uid="1.2.826.9",
        arm="STRATEGY",
        mode=GenerationMode.DEMO,
        protocol=protocol(),
        protocol_sha256="0" * 64,
        opened_at=ago(55),
        opened_by="operator",
        allocations={key: one.modality for key, one in judged.items()},
        finished=("L1", "L3/PERIPHERY"),
        structures=structures(),
        seed_reports=(report("L1", 24, ago(20)), report("L3_PERIPHERY", 18, ago(12))),
        scans={one.series_uid: one for one in scans},
        probes={
            "console/1": probe(1, "L2", WHOLE, now, gap=(260.0, 330.0)),
            "console/2": probe(2, "L3", CORE, now),
        },
        sensors={
            "thermometer/1": sensor(1, "GALLBLADDER", now, silent_s=14),
            "thermometer/2": sensor(2, "STOMACH", now, silent_s=14),
        },
        coverage=judged,
        coverage_at=dict.fromkeys(judged, ago(2)),
        alerts=alerts(now),
        record=RecordStatus(),
    )


def node_state(now: datetime, view_directory: Path | None = None) -> NodeState:
    """The node in the middle of a demonstration, with every verdict on the page."""
    return NodeState(
        session=1,
        room="CT-2",
        software_version="0.1.0",
        running=True,
        last_event_at=now,
        links=links(now),
        procedure=procedure(now, view_directory),
    )


def crowded(state: NodeState) -> NodeState:
    """More of everything than the page has room for: what is most urgent must still be seen."""
    procedure = state.procedure
    assert procedure is not None
    extra = {
        f"L{n}": procedure.coverage["L1" if n % 2 else "L3/CORE"].model_copy(
            update={"lesion": f"L{n}", "zone": WHOLE}
        )
        for n in range(4, 8)
    }
    organs = tuple(
        procedure.protocol.organs[0].model_copy(update={"name": name})
        for name in ("GALLBLADDER", "STOMACH", "DUODENUM", "COLON")
    )
    alerts = {
        f"{alert_id}-{n}": one.model_copy(
            update={"raised": one.raised.model_copy(update={"alert_id": f"{alert_id}-{n}"})}
        )
        for alert_id, one in procedure.alerts.items()
        for n in range(2)
    }
    more = procedure.model_copy(
        update={
            "coverage": {**procedure.coverage, **extra},
            "allocations": {
                **procedure.allocations,
                **{key: one.modality for key, one in extra.items()},
            },
            "protocol": procedure.protocol.model_copy(update={"organs": organs}),
            "alerts": alerts,
            "probes": {
                f"console/{n}": procedure.probes[f"console/{1 + n % 2}"].model_copy(
                    update={"probe": n}
                )
                for n in range(1, 5)
            },
        }
    )
    return state.model_copy(update={"procedure": more})
