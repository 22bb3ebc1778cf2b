"""An evaluation as JSON: figures by name, with units in the names."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dosimetry_core.dvh import StructureDoseResult
from dosimetry_core.subvolumes import SubVolumes
from dosimetry_core.uncertainty import Band, DoseBand
from dosimetry_core.values import FoundNeedle
from procedure_node.evaluation.evaluate import Delivered, Evaluation, StructureEvaluation
from procedure_node.evaluation.seeds import EvaluatedSeed

CGY_PER_GY = 100.0

_NOT_FIGURES = ("name", "prescription_gy", "error", "dvh_dose_gy", "dvh_volume_percent")


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """What ``docs/evaluating.md`` promises."""
    return {
        "generation_mode": evaluation.case.mode.value,
        "seed_model": evaluation.model.name,
        "seed_model_quality": evaluation.model.quality,
        "prescription_gy": evaluation.prescription_gy,
        "errors_1_sigma": asdict(evaluation.errors),
        "seeds": [_seed(seed) for seed in evaluation.seeds],
        "needles": [_needle(needle) for needle in evaluation.needles],
        "structures": [_structure(one, evaluation.delivered) for one in evaluation.structures],
        "delivered": _delivered(evaluation.delivered),
        "warnings": list(evaluation.warnings),
    }


def _seed(seed: EvaluatedSeed) -> dict[str, Any]:
    return {
        "center_mm": list(seed.center_mm),
        "axis": None if seed.axis is None else list(seed.axis),
        "confidence": seed.confidence,
        "strength_u": seed.strength_u,
        "origin": seed.origin,
        "needle": seed.needle or None,
    }


def _needle(needle: FoundNeedle) -> dict[str, Any]:
    return {
        **asdict(needle),
        "alternatives": {other.kind.value: other.probability for other in needle.alternatives},
    }


def _delivered(delivered: Delivered | None) -> dict[str, Any] | None:
    if delivered is None:
        return None
    return {"until": delivered.until_utc.isoformat(), "share_of_total": delivered.share}


def _structure(one: StructureEvaluation, delivered: Delivered | None) -> dict[str, Any]:
    return {
        "name": one.structure.name,
        **_figures(one.dose),
        "volume_error_cc": one.volume.error_cc,
        "numerical_error": asdict(one.dose.error),
        "band_5_to_95_percent": _bands(one.band),
        "cold": _sub_volumes(one.cold),
        "hot": _sub_volumes(one.hot),
        "before_editing": None if one.before is None else _figures(one.before),
        "in_dose_grid": None if one.in_dose_grid is None else _figures(one.in_dose_grid),
        "delivered": None
        if delivered is None
        else {
            "d90_gy": one.dose.d90_gy * delivered.share,
            "d90_rate_cgy_per_h": one.dose.d90_gy * delivered.rate_per_h * CGY_PER_GY,
        },
        "dvh": {
            "dose_gy": list(one.dose.dvh_dose_gy),
            "volume_percent": list(one.dose.dvh_volume_percent),
        },
    }


def _figures(dose: StructureDoseResult) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(dose).items() if name not in _NOT_FIGURES}


def _bands(band: DoseBand) -> dict[str, Any]:
    of: dict[str, Band | None] = {
        "d90_gy": band.d90_gy,
        "v100_percent": band.v100_percent,
    }
    return {
        name: None if value is None else {"low": value.low, "high": value.high, "sd": value.sd}
        for name, value in of.items()
    }


def _sub_volumes(found: SubVolumes) -> dict[str, Any]:
    return asdict(found)
