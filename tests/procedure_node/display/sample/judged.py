"""Coverage and alerts of the sample."""

from datetime import datetime, timedelta

from dosimetry_core.values import Evidence, Modality
from procedure_node.events import AlertRaised, Band, CoverageAssessed, CoverageFact
from procedure_node.state import AlertState
from tests.procedure_node.display.sample.anatomy import CORE, PERIPHERY, WHOLE


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
                fact("ice coverage", "%", 100.0, 100.0, imaged, band=(100.0, 100.0)),
                fact("ice margin", "mm", 5.0, 5.4, imaged, band=(2.6, 8.2)),
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
                fact("ice coverage", "%", 100.0, 97.4, imaged, band=(90.1, 100.0)),
                fact("ice margin", "mm", 5.0, -2.6, imaged, band=(-5.4, 0.2)),
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
