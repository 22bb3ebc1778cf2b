"""How much was frozen over the procedure: what was ice in any scan, in one frame."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from dosimetry_core.values import CyclePhase
from procedure_node.events import Band, Fact, RigidMatrix
from procedure_node.rules.freeze import lesions_of_probes
from procedure_node.rules.registration import (
    is_drawn_on,
    place_doubt,
    registration_method,
)
from procedure_node.rules.targets import structure_of, targets_of
from procedure_node.state import ProcedureState, ScanState


class LesionCarrying(Fact):
    """How the surroundings of a lesion lie in a scan.

    ``center_mm`` is its middle in the frame that the lesions are drawn in, ``matrix`` takes that
    frame to the scan's.
    """

    lesion: str
    center_mm: tuple[float, float, float]
    matrix: RigidMatrix


class IceOfScan(Fact):
    """Ice that one scan showed; its mask lies beside the scan's picture data.

    ``carrying`` is empty where the scan lies in the frame that the lesions are drawn in. Both that
    and the pictures are left out where there is nothing to join.
    """

    series_uid: str
    view_directory: str | None
    volume_cc: float
    volume_band: Band | None
    surface_error_mm: float | None
    carrying: tuple[LesionCarrying, ...] = ()


class FrozenTotalRequest(Fact):
    """The ice that is to be joined; two equal requests have equal results."""

    ices: tuple[IceOfScan, ...]

    @property
    def sha256(self) -> str:
        """Over all of it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class FrozenNow(NamedTuple):
    """What is known of the total at this moment.

    Attributes:
        volume_cc: None where it is not known.
        band: None where it, or the error of a surface, is not known.
        reason: why it is not known; empty where it is.
        at_least_cc: what scans showed, together where they are joined and else the most of one;
            None before any showed its ice.
        scan_count: scans that showed ice.
    """

    volume_cc: float | None
    band: Band | None
    reason: str
    at_least_cc: float | None
    scan_count: int


def wanted_frozen_total(state: ProcedureState) -> tuple[FrozenTotalRequest | None, str]:
    """What is to be joined; or None, and why the total is not known (empty before a freeze)."""
    scans = _scans(state)
    if scans is None:
        return None, ""
    if not scans:
        return None, "no scan was taken since the first freeze"
    doubts = [doubt for scan in scans if (doubt := _ice_doubt(state, scan))]
    frozen = [scan for scan in scans if scan.ice is not None and scan.ice.volume_cc > 0]
    joined = len(frozen) > 1
    if joined:
        doubts += [doubt for scan in frozen for doubt in _joining_doubts(state, scan)]
    if doubts:
        return None, "; ".join(dict.fromkeys(doubts))
    ices = tuple(_ice(state, scan, joined=joined) for scan in frozen)
    return FrozenTotalRequest(ices=ices), ""


def frozen_now(state: ProcedureState) -> FrozenNow | None:
    """How much was frozen so far; None before the first freeze."""
    scans = _scans(state)
    if scans is None:
        return None
    volumes = [scan.ice.volume_cc for scan in scans if scan.ice is not None]
    least_cc, count = max(volumes, default=None), sum(volume > 0 for volume in volumes)
    request, reason = wanted_frozen_total(state)
    told = state.frozen_total
    if request is None:
        return FrozenNow(None, None, reason, least_cc, count)
    if told is None or told.request_sha256 != request.sha256:
        return FrozenNow(None, None, "it is being put together", least_cc, count)
    if told.volume_cc is not None and _froze_on(state, scans):
        reason = "probes froze, or may have, after the newest scan"
        return FrozenNow(None, None, reason, told.volume_cc, count)
    return FrozenNow(told.volume_cc, told.volume_band, told.reason, least_cc, count)


def _scans(state: ProcedureState) -> list[ScanState] | None:
    """Scans that could show ice; None before the first freeze."""
    starts = [
        probe.cycles.cycles[0].started for probe in state.probes.values() if probe.cycles.cycles
    ]
    if not starts:
        return None
    return [
        scan
        for scan in state.scans.values()
        if scan.received is not None and scan.discovered_at > min(starts)
    ]


def _froze_on(state: ProcedureState, scans: list[ScanState]) -> bool:
    """Whether ice may have grown since the newest of the scans was taken."""
    newest = max(scan.discovered_at for scan in scans)
    return any(
        span.phase in (CyclePhase.FREEZE, CyclePhase.UNKNOWN)
        and (span.ended is None or span.ended > newest)
        for probe in state.probes.values()
        for cycle in probe.cycles.cycles
        for span in cycle.phases
    )


def _ice_doubt(state: ProcedureState, scan: ScanState) -> str:
    """Why it is not known what ice a scan shows; empty where it is known."""
    if scan.ice is not None:
        return ""
    failure = scan.failures.get("ICE") or scan.failures.get("READ")
    if failure:
        return f"the ice of a scan is not known: {failure}"
    if state.structures is None:
        return "a scan was not searched for ice: nothing is drawn"
    return "a scan is still searched for ice"


def _joining_doubts(state: ProcedureState, scan: ScanState) -> Iterator[str]:
    """Why the ice of a scan cannot be laid over that of another."""
    if scan.ice is not None and scan.ice.surface_error_mm is None:
        yield "nobody told the error of the ice in a scan"
    if scan.view_directory is None:
        yield "the pictures of a scan are not stored yet"
    drawn = _drawn(state)
    if not drawn:
        yield "no lesion that was frozen is drawn: where its ice lies cannot be compared"
    for name in drawn:
        if doubt := place_doubt(state, scan, name):
            yield f"scans cannot be laid over each other: {doubt}"
    if scan.registration is not None and any(one.deformed for one in scan.registration.lesions):
        yield "a scan is carried by a deformation: volumes are joined over rigid motions only"


def _drawn(state: ProcedureState) -> list[str]:
    """What is drawn of the lesions that probes are or were in."""
    frozen = lesions_of_probes(state)
    return [
        structure.name
        for target in targets_of(state).values()
        if target.lesion in frozen and (structure := structure_of(state, target)) is not None
    ]


def _ice(state: ProcedureState, scan: ScanState, *, joined: bool) -> IceOfScan:
    assert scan.ice is not None
    lies_as_drawn = is_drawn_on(state, scan) or registration_method(state, scan) == "SAME_FRAME"
    carried = joined and not lies_as_drawn
    told = scan.registration.lesions if scan.registration and carried else ()
    return IceOfScan(
        series_uid=scan.series_uid,
        view_directory=scan.view_directory if joined else None,
        volume_cc=scan.ice.volume_cc,
        volume_band=scan.ice.volume_band,
        surface_error_mm=scan.ice.surface_error_mm,
        carrying=tuple(
            LesionCarrying(lesion=one.lesion, center_mm=one.center_mm, matrix=one.matrix)
            for one in told
            if one.matrix is not None
        ),
    )
