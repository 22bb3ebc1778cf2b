"""Lesion facts, decisions, combined coverage and deviations of the sample."""

from datetime import datetime, timedelta

from dosimetry_core.values import Evidence, Modality, ZoneKind
from procedure_node.events import (
    CombinedCoverage,
    CoveredPart,
    DeviationNoted,
    Gap,
    IceAndDose,
    LesionFacts,
    LesionsMeasured,
    StructureCombined,
    StructureDistance,
    TargetAllocated,
)
from procedure_node.state import DeviationState


def measured(structure_set_uid: str) -> LesionsMeasured:
    return LesionsMeasured(
        structure_set_uid=structure_set_uid,
        lesions=tuple(
            LesionFacts(
                lesion=lesion,
                volume_cc=volume_cc,
                volume_error_cc=0.2,
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
                        place_mm=(0.0, 0.0, 0.0),
                        lies_in=False,
                    ),
                ),
            )
            for lesion, volume_cc, longest_mm, distance_mm in (
                ("L1", 3.7, 20.7, 7.6),
                ("L2", 0.8, 10.1, 83.4),
                ("L3", 11.3, 33.1, 16.2),
            )
        ),
    )


def allocated() -> dict[str, TargetAllocated]:
    def one(key: str, modality: Modality, proposed: Modality, rule: str, because: str, reason: str):
        lesion, _, zone = key.partition("/")
        return TargetAllocated(
            lesion=lesion,
            zone=ZoneKind(zone or "WHOLE"),
            modality=modality,
            reason=reason,
            proposed=proposed,
            rule=rule,
            because=because,
        )

    seeds, cryo = Modality.SEEDS, Modality.CRYO
    bulky = "it is bulky: longest axial diameter 33.1 mm"
    near = (
        "distance to the nearest drawn organ at risk 7.6 mm: ice that is wide enough would reach it"
    )
    far = "distance to the nearest drawn organ at risk 83.4 mm, longest axial diameter 10.1 mm"
    return {
        "L1": one("L1", seeds, seeds, "near an organ", near, "as proposed"),
        "L2": one("L2", cryo, cryo, "small and clear of organs", far, "as proposed"),
        "L3/CORE": one("L3/CORE", cryo, cryo, "zoning of a CORE", bulky, "as proposed"),
        "L3/PERIPHERY": one(
            "L3/PERIPHERY", seeds, seeds, "zoning of a PERIPHERY", bulky, "as proposed"
        ),
    }


def _part(cc: float) -> CoveredPart:
    return CoveredPart(cc=cc, low_cc=0.8 * cc, high_cc=1.25 * cc)


def _cover(
    evidence: Evidence, level_c: float | None, parts: tuple[float, float, float, float]
) -> IceAndDose:
    both, dose, ice, neither = parts
    return IceAndDose(
        evidence=evidence,
        level_c=level_c,
        both=_part(both),
        dose_only=_part(dose),
        ice_only=_part(ice),
        neither=_part(neither),
        gaps=(Gap(cc=neither, place_mm=(-13.2, 65.1, 260.0)),),
    )


def combined(series_uid: str, structure_set_uid: str) -> dict[str, CombinedCoverage]:
    imaged, modelled = Evidence.IMAGED, Evidence.MODELLED
    told = CombinedCoverage(
        lesion="L3",
        series_uid=series_uid,
        structure_set_uid=structure_set_uid,
        request_sha256="0" * 64,
        prescription_gy=110.0,
        structures=(
            StructureCombined(
                name="L3",
                volume_cc=11.3,
                covers=(
                    _cover(imaged, None, (2.6, 6.1, 1.9, 0.7)),
                    _cover(modelled, -20.0, (1.6, 7.1, 1.5, 1.1)),
                    _cover(modelled, -40.0, (0.9, 7.8, 0.9, 1.7)),
                ),
            ),
        ),
        ice_series_uids=(series_uid,),
    )
    return {"L3": told}


def deviations(now: datetime) -> dict[str, DeviationState]:
    found = (
        (
            "cycle:L2:FREEZE_SHORT:1",
            "FREEZE",
            "L2: freeze 1 was shorter than planned: 441 s at most, 600 s wanted",
            "probe 2 was moved",
        ),
        (
            "window:verification scan",
            "WINDOW",
            "verification scan: last scan was due within 30 min of last seeds, by 12:41:10 UTC",
            "",
        ),
    )
    return {
        key: DeviationState(
            noted=DeviationNoted.model_validate({"deviation": key, "of": of, "what": what}),
            noted_at=now - timedelta(minutes=8 - 3 * n),
            reason=reason,
            explained_by="operator" if reason else None,
            explained_at=now if reason else None,
        )
        for n, (key, of, what, reason) in enumerate(found)
    }
