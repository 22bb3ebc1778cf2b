"""Of which lesions the state calls for a look at seeds and ice together."""

from collections.abc import Iterator

from dosimetry_core.values import Modality
from procedure_node.imaging.combined_request import CombinedRequest, ImagedIce
from procedure_node.imaging.request import AnalysisRequest
from procedure_node.rules import parse_target, place_doubt, structure_of, targets_of
from procedure_node.state import ProcedureState, ScanState


def wanted_combinations(
    state: ProcedureState, analysis: AnalysisRequest
) -> tuple[CombinedRequest, ...]:
    """Lesions that are treated both ways, or zoned, once the newest scan shows a dose."""
    scan = state.scans.get(analysis.series_uid)
    if scan is None or scan.dose is None or analysis.prescription_gy is None:
        return ()
    return tuple(
        request
        for lesion in _combined_lesions(state)
        if (request := _request(state, scan, analysis, lesion)) is not None
    )


def _combined_lesions(state: ProcedureState) -> tuple[str, ...]:
    given: dict[str, set[Modality]] = {}
    for key, modality in state.allocations.items():
        given.setdefault(parse_target(key).lesion, set()).add(modality)
    return tuple(lesion for lesion, modalities in given.items() if len(modalities) > 1)


def _request(
    state: ProcedureState, scan: ScanState, analysis: AnalysisRequest, lesion: str
) -> CombinedRequest | None:
    drawn = [
        structure.name
        for target in targets_of(state).values()
        if target.lesion == lesion and (structure := structure_of(state, target)) is not None
    ]
    if not drawn:
        return None
    place_doubts = [doubt for name in drawn if (doubt := place_doubt(state, scan, name))]
    doubts: list[str] = []
    zone = state.lethal_zones.get(lesion)
    frame = scan.received.frame_of_reference_uid if scan.received else ""
    cold = None
    if zone is None or zone.status != "MODELLED" or zone.pictures is None:
        reason = zone.reason if zone else "no freeze of it was modelled"
        doubts.append(f"modelled ice: {reason or 'it is not known yet'}")
    elif zone.freezing:
        doubts.append("modelled ice: the freeze goes on")
    elif zone.frame_of_reference_uid not in (None, frame):
        doubts.append("modelled ice: its probes are on another frame of reference")
    else:
        cold = zone.pictures
    return CombinedRequest(
        lesion=lesion,
        analysis=analysis,
        structures=tuple(drawn),
        ices=tuple(_ices(state, scan)),
        cold=cold,
        cold_until=str(zone.modelled_until) if zone and cold else "",
        place_doubts=tuple(dict.fromkeys(place_doubts)),
        doubts=tuple(doubts),
    )


def _ices(state: ProcedureState, scan: ScanState) -> Iterator[ImagedIce]:
    """Ice of every scan on the frame of reference of ``scan``: what thawed was frozen once."""
    for other in state.scans.values():
        ice, received = other.ice, other.received
        if ice is None or other.view_directory is None or received is None or not ice.volume_cc:
            continue
        if scan.received is None:
            continue
        if received.frame_of_reference_uid != scan.received.frame_of_reference_uid:
            continue
        yield ImagedIce(
            series_uid=other.series_uid,
            view_directory=other.view_directory,
            surface_error_mm=ice.surface_error_mm or 0.0,
        )
