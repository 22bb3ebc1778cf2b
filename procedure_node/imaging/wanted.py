"""Which analysis the state calls for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from dosimetry_core.tg43 import SeedModel, decayed_strength_u
from dosimetry_core.values import Modality
from procedure_node.imaging.ice_request import IceRequest
from procedure_node.imaging.ice_wanted import wanted_ice
from procedure_node.imaging.placing import DIGITS, Placing, placing_of
from procedure_node.imaging.request import (
    AnalysisRequest,
    DoseErrorSizes,
    OrganStructure,
    SeedBatch,
    TargetStructure,
)
from procedure_node.imaging.wanted_identity import has_stale_identity, identity_request
from procedure_node.protocol import DoseUncertainty, Target
from procedure_node.rules import edits_of, newest_received, structure_of, targets_of
from procedure_node.state import ProcedureState, ScanState, SeedBatchReport

STRENGTH_DECIMALS = 9
"""Rounding of a mean must not make two batches of one: strengths of the same seeds are equal."""


def wanted_analysis(
    state: ProcedureState, seed_models: Mapping[str, SeedModel], views: Path
) -> AnalysisRequest | None:
    """The newest scan with all that is known now; None before the first scan."""
    scan = newest_received(state)
    return None if scan is None else _request(state, scan, seed_models, views)


def overlooked_analyses(
    state: ProcedureState, seed_models: Mapping[str, SeedModel], views: Path
) -> tuple[AnalysisRequest, ...]:
    """Earlier scans that have something to be analysed still.

    They were overtaken before they were analysed, their ice was seen over contours that have been
    drawn anew since, or people put their seeds, or those known before them, right.
    """
    newest = newest_received(state)
    uid = state.structures.structure_set_uid if state.structures else ""
    requests = [
        _request(state, scan, seed_models, views)
        for scan in state.scans.values()
        if scan is not newest
        and (
            (scan.view_directory is None and not scan.failures)
            or (scan.ice is not None and scan.ice.structure_set_uid != uid)
            or has_stale_identity(state, scan)
        )
    ]
    return tuple(request for request in requests if request is not None)


def _request(
    state: ProcedureState, scan: ScanState, seed_models: Mapping[str, SeedModel], views: Path
) -> AnalysisRequest | None:
    if scan.received is None:
        return None
    structures = state.structures
    placing = placing_of(state, scan, views)
    rules = state.protocol.seeds
    batches, doubt = _batches(state, seed_models)
    return AnalysisRequest(
        series_uid=scan.series_uid,
        directory=scan.received.directory,
        content_sha256=scan.received.content_sha256,
        structures_path=structures.path if structures and placing.are_placed else None,
        targets=tuple(t for t in _targets(state) if placing.holds(t.structure)),
        organs=tuple(o for o in _organs(state) if placing.holds(o.structure)),
        batches=batches,
        batch_doubt=doubt,
        prescription_gy=_number(rules.prescription_gy),
        errors=_errors(state.protocol.uncertainty),
        counted_within_mm=_number(rules.counted_within_mm),
        ice=_ice(state, scan, placing) if placing.are_placed else None,
        registration=placing.registration,
        carried=placing.carried,
        view_directory=str(views / state.procedure_id / scan.received.content_sha256[:DIGITS]),
        edits=edits_of(state, scan.series_uid),
        identity=identity_request(state, scan),
    )


def _number(value: float | str) -> float | None:
    return None if isinstance(value, str) else value


def _targets(state: ProcedureState) -> tuple[TargetStructure, ...]:
    found: list[TargetStructure] = []
    for key, target in targets_of(state).items():
        drawn = structure_of(state, target)
        if drawn is not None:
            seeded = state.allocations.get(key) is Modality.SEEDS
            found.append(TargetStructure(target=target, structure=drawn.name, seeded=seeded))
    return tuple(found)


def _organs(state: ProcedureState) -> tuple[OrganStructure, ...]:
    drawn = state.structures.structures if state.structures else ()
    limits_gy = {o.name: (o.d2cc_limit_gy, o.d0_1cc_limit_gy) for o in state.protocol.organs}
    return tuple(
        OrganStructure(
            structure=s.name,
            limit_gy=min(
                (limit for limit in limits_gy.get(s.name, ()) if isinstance(limit, float)),
                default=None,
            ),
        )
        for s in drawn
        if s.role == "ORGAN"
    )


def _errors(stated: DoseUncertainty) -> DoseErrorSizes | None:
    sizes = {key: _number(value) for key, value in stated}
    return None if None in sizes.values() else DoseErrorSizes.model_validate(sizes)


def _batches(
    state: ProcedureState, seed_models: Mapping[str, SeedModel]
) -> tuple[tuple[SeedBatch, ...], str]:
    """One batch for each target: its model, and the mean strength of its seeds at implantation.

    A report that takes seeds back cancels those of the same batch, model and strength. A target
    with seeds of two models has no batch, and the doubt says so.
    """
    found: list[SeedBatch] = []
    doubts: list[str] = []
    for key, target in targets_of(state).items():
        kinds = _kinds(state, target)
        doubts += [
            f"{key} has {-count} more seeds of batch {kind.batch} taken back than were reported "
            f"with model {kind.seed_model} and {kind.strength_u:g} U"
            for kind, reports in kinds.items()
            if (count := _count(reports)) < 0
        ]
        reports = [r for of_kind in kinds.values() if _count(of_kind) > 0 for r in of_kind]
        if not reports:
            continue
        models = sorted({r.seed_model for r in reports})
        if len(models) > 1:
            doubts.append(f"{key} has seeds of several models ({', '.join(models)})")
            continue
        model = seed_models.get(models[0])
        if model is None:
            doubts.append(f"{key} has seeds of model {models[0]}, which is not known")
            continue
        found.append(_batch(target, model, reports))
    return tuple(found), "; ".join(doubts)


class _Kind(NamedTuple):
    """What seeds must share for one report to take back those of another."""

    batch: str
    seed_model: str
    strength_u: float
    strength_reference_date: date


def _kinds(state: ProcedureState, target: Target) -> dict[_Kind, list[SeedBatchReport]]:
    kinds: dict[_Kind, list[SeedBatchReport]] = {}
    for r in state.seed_reports:
        if (r.lesion, r.zone) == (target.lesion, target.zone):
            kind = _Kind(r.batch, r.seed_model, r.strength_u, r.strength_reference_date)
            kinds.setdefault(kind, []).append(r)
    return kinds


def _count(reports: Sequence[SeedBatchReport]) -> int:
    return sum(r.count for r in reports)


def _batch(target: Target, model: SeedModel, reports: Sequence[SeedBatchReport]) -> SeedBatch:
    total = sum(
        r.count * _strength_at(r.strength_u, r.strength_reference_date, r.at, model)
        for r in reports
    )
    mean_u = round(total / _count(reports), STRENGTH_DECIMALS)
    return SeedBatch(target=target, seed_model=model.name, strength_u=mean_u)


def _strength_at(strength_u: float, reference: date, at: datetime, model: SeedModel) -> float:
    elapsed_d = float((at.date() - reference).days)
    return decayed_strength_u(strength_u, model.half_life_d, elapsed_d)


def _ice(state: ProcedureState, scan: ScanState, placing: Placing) -> IceRequest | None:
    """What the search for ice needs, of structures that lie in the scan."""
    targets = [(t.target, t.structure) for t in _targets(state) if placing.holds(t.structure)]
    organs = [o.structure for o in _organs(state) if placing.holds(o.structure)]
    return wanted_ice(state, scan, targets, organs)
