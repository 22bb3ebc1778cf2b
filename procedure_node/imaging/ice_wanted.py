"""What the state knows that the search for ice needs."""

from collections.abc import Sequence
from datetime import datetime

from dosimetry_core.values import CyclePhase, Modality
from procedure_node.imaging.ice_request import (
    FrozenProbe,
    FrozenStructure,
    IceBaseline,
    IceRequest,
)
from procedure_node.protocol import Target
from procedure_node.state import ProbeState, ProcedureState, ScanState


def wanted_ice(
    state: ProcedureState,
    scan: ScanState,
    targets: Sequence[tuple[Target, str]],
    organs: Sequence[str],
) -> IceRequest | None:
    """What the search for ice in a scan needs; None before the first freeze.

    Args:
        state: with structures.
        scan: a received scan.
        targets: each target and the structure that is drawn for it, as they lie in the scan.
        organs: structures at risk that lie in the scan.
    """
    starts = [
        probe.cycles.cycles[0].started for probe in state.probes.values() if probe.cycles.cycles
    ]
    if not starts or scan.discovered_at <= min(starts) or state.structures is None:
        return None
    frozen = tuple(
        FrozenStructure(name=structure, tips_are_known=_tips_are_known(state, target))
        for target, structure in targets
        if state.allocations.get(target.key) is Modality.CRYO
    )
    return IceRequest(
        structure_set_uid=state.structures.structure_set_uid,
        baseline=_baseline(state, scan, min(starts)),
        probes=tuple(
            FrozenProbe(tip_mm=p.tip_mm, direction=p.direction)
            for p in state.probes.values()
            if p.tip_mm is not None and _has_frozen(p)
        ),
        structures=frozen,
        organs=tuple(organs),
    )


def _baseline(state: ProcedureState, scan: ScanState, first: datetime) -> IceBaseline | None:
    """The newest scan from before freezing, one on the scan's frame of reference if there is any.

    One of another frame has to be registered by its images.
    """
    if scan.received is None:
        return None
    frame = scan.received.frame_of_reference_uid
    before = [
        (s.received.frame_of_reference_uid == frame, s.discovered_at, s.received)
        for s in state.scans.values()
        if s.received is not None and s.discovered_at <= first
    ]
    if not before:
        return None
    same_frame, _, received = max(before, key=lambda one: one[:2])
    return IceBaseline(
        directory=received.directory, sha256=received.content_sha256, same_frame=same_frame
    )


def _tips_are_known(state: ProcedureState, target: Target) -> bool:
    """Whether every probe that can have frozen in a target has a tip; not where none is placed."""
    placed = [
        p for p in state.probes.values() if (p.lesion, p.zone) == (target.lesion, target.zone)
    ]
    return bool(placed) and all(p.tip_mm is not None or not _has_frozen(p) for p in placed)


def _has_frozen(probe: ProbeState) -> bool:
    return any(s.phase is CyclePhase.FREEZE for c in probe.cycles.cycles for s in c.phases)
