"""The words of each retained message, from the facts of the state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dosimetry_core.values import ZoneKind
from procedure_node.events import (
    CoverageAssessed,
    DoseBandsComputed,
    DoseComputed,
    IceFound,
    SeedsFound,
    SeedsIdentified,
    SubVolumesFound,
)
from procedure_node.messages.base import uid_token
from procedure_node.messages.seeds import (
    needle_bodies,
    seed_bodies,
    unseen_bodies,
)
from procedure_node.protocol import Target
from procedure_node.rules import FrozenNow, NeedleCount
from procedure_node.state import (
    AlertState,
    LinkStatus,
    ProcedureState,
    RecordStatus,
    ScanState,
    SeedBatchReport,
)

Content = dict[str, Any]


def link(name: str, status: LinkStatus) -> Content:
    """Fields of a ``LinkMessage``."""
    return {"link": name, **status.model_dump()}


def procedure(state: ProcedureState) -> Content:
    """Fields of a ``ProcedureMessage``."""
    return {
        "state": "OPEN" if state.closed_at is None else "CLOSED",
        "arm": state.arm,
        "protocol": state.protocol.name,
        "protocol_version": state.protocol.version,
        "protocol_sha256": state.protocol_sha256,
        "protocol_is_example": state.protocol.example,
        "opened_at": state.opened_at,
        "closed_at": state.closed_at,
        "outcome": state.outcome,
    }


def record(status: RecordStatus) -> Content:
    """Fields of a ``RecordMessage``."""
    return status.model_dump()


def coverage(assessed: CoverageAssessed, assessed_at: datetime, *, finished: bool) -> Content:
    """Fields of a ``CoverageMessage``."""
    uid = assessed.series_uid
    return {
        **assessed.model_dump(exclude={"kind", "version", "series_uid"}),
        "scan": uid_token(uid) if uid else None,
        "assessed_at": assessed_at,
        "finished": finished,
    }


def alert(state: AlertState) -> Content:
    """Fields of an ``AlertMessage``; who acknowledged it is not told."""
    return {
        **state.raised.model_dump(exclude={"kind", "version", "alert_id"}),
        "alert": state.raised.alert_id,
        "present": state.present,
        "raised_at": state.raised_at,
        "cleared_at": state.cleared_at,
        "cleared_reason": state.cleared_reason,
        "acknowledged": state.acknowledged_at is not None,
        "acknowledged_at": state.acknowledged_at,
        "escalated_at": state.escalated_at,
    }


def scan(state: ScanState) -> Content:
    """Fields of a ``ScanMessage``."""
    received = state.received
    return {
        "scan": uid_token(state.series_uid),
        "status": state.status,
        "refused": state.refused,
        "discovered_at": state.discovered_at,
        "acquired_at": received.acquired_at if received else None,
        "received_at": state.received_at,
        "image_count": received.image_count if received else None,
        "spacing_mm": received.spacing_mm if received else None,
        "seeds_found": state.seeds is not None,
        "dose_computed": state.dose is not None,
        "ice_found": state.ice is not None,
        "failures": state.failures,
    }


def seeds(
    found: SeedsFound | None,
    reports: Sequence[SeedBatchReport],
    told: SeedsIdentified | None,
    needles: Sequence[tuple[Target, Sequence[NeedleCount]]],
    needles_seen: Sequence[dict[str, Any]],
) -> Content:
    """Fields of a ``SeedsMessage``."""
    seen: dict[tuple[str, ZoneKind], int] = {}
    elsewhere = 0
    for seed in found.seeds if found else ():
        if seed.lesion is None or seed.zone is None:
            elsewhere += 1
        else:
            target = (seed.lesion, seed.zone)
            seen[target] = seen.get(target, 0) + 1
    reported: dict[tuple[str, ZoneKind], int] = {}
    for report in reports:
        target = (report.lesion, report.zone)
        reported[target] = reported.get(target, 0) + report.count
    return {
        "scan": uid_token(found.series_uid) if found else None,
        "seen": len(found.seeds) if found else None,
        "reported": sum(reported.values()),
        "elsewhere": elsewhere if found else None,
        "targets": [
            {
                "lesion": lesion,
                "zone": zone,
                "seen": seen.get((lesion, zone), 0) if found else None,
                "reported": reported.get((lesion, zone), 0),
            }
            for lesion, zone in sorted({*seen, *reported})
        ],
        "needles": [
            body
            for target, counts in needles
            for body in needle_bodies(target.lesion, target.zone, counts)
        ],
        "needles_seen": needles_seen,
        "seeds": seed_bodies(found, told),
        "unseen": unseen_bodies(told),
        "left_out": len(found.left_out) if found else 0,
        "warnings": (*(found.warnings if found else ()), *(told.warnings if told else ())),
    }


def dose(
    computed: DoseComputed, bands: DoseBandsComputed | None, sub_volumes: SubVolumesFound | None
) -> Content:
    """Fields of a ``DoseMessage``; the DVH curves stay with the display."""
    return {
        "scan": uid_token(computed.series_uid),
        "seed_models": computed.seed_models,
        "research_models": computed.research_models,
        "seed_count": computed.seed_count,
        "structures": [each.model_dump(exclude={"dvh"}) for each in computed.structures],
        "errors": bands.model_dump(include=_ERRORS) if bands else None,
        "bands": [each.model_dump() for each in bands.structures] if bands else (),
        "sub_volumes": [s.model_dump() for s in sub_volumes.structures] if sub_volumes else (),
        "warnings": computed.warnings,
    }


_ERRORS = {"position_sd_mm", "strength_sd_percent", "registration_sd_mm"}


def ice(found: IceFound) -> Content:
    """Fields of an ``IceMessage``."""
    baseline = found.baseline_series_uid
    return {
        "scan": uid_token(found.series_uid),
        "baseline_scan": uid_token(baseline) if baseline else None,
        **found.model_dump(exclude={"kind", "version", "series_uid", *_UIDS_OF_ICE}),
    }


def frozen(now: FrozenNow) -> Content:
    """Fields of a ``FrozenMessage``."""
    return {
        "volume_cc": now.volume_cc,
        "volume_band": now.band,
        "unknown_reason": now.reason,
        "at_least_cc": now.at_least_cc,
        "scan_count": now.scan_count,
    }


_UIDS_OF_ICE = ("baseline_series_uid", "structure_set_uid")
