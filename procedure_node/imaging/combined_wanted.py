"""Of which lesions the state calls for a look at seeds and ice together."""

from collections.abc import Iterator, Sequence

from dosimetry_core.values import Modality
from procedure_node.imaging.between_scans import Over, over_from_frame, over_to
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
    if not drawn or state.structures is None:
        return None
    place_doubts = [doubt for name in drawn if (doubt := place_doubt(state, scan, name))]
    doubts: list[str] = []
    zone = state.lethal_zones.get(lesion)
    cold, cold_over = None, Over(None)
    if zone is not None and zone.frame_of_reference_uid is not None:
        cold_over = over_from_frame(state, zone.frame_of_reference_uid, scan, drawn[0])
    if zone is None or zone.status != "MODELLED" or zone.pictures is None:
        reason = zone.reason if zone else "no freeze of it was modelled"
        doubts.append(f"modelled ice: {reason or 'it is not known yet'}")
    elif zone.freezing:
        doubts.append("modelled ice: the freeze goes on")
    elif cold_over.doubt:
        doubts.append(
            f"modelled ice: its probes are on another frame of reference: {cold_over.doubt}"
        )
    else:
        cold = zone.pictures
    ices = tuple(_ices(state, scan, drawn, doubts))
    return CombinedRequest(
        lesion=lesion,
        analysis=analysis,
        structure_set_uid=state.structures.structure_set_uid,
        structures=tuple(drawn),
        ices=ices,
        cold=cold,
        cold_until=str(zone.modelled_until) if zone and cold else "",
        cold_carried=cold_over.carried if cold else None,
        place_doubts=tuple(dict.fromkeys(place_doubts)),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _ices(
    state: ProcedureState, scan: ScanState, drawn: Sequence[str], doubts: list[str]
) -> Iterator[ImagedIce]:
    """Ice of every scan that lies as ``scan`` or is carried to it: what thawed was frozen once.

    Ice of a scan in which it is not sure where the lesion lies is left out: the patient has moved.
    """
    for other in state.scans.values():
        ice = other.ice
        if ice is None or other.view_directory is None or not ice.volume_cc:
            continue
        over = over_to(state, other, scan, drawn[0])
        if ice.surface_error_mm is None:
            doubts.append("imaged ice whose error nobody told is left out")
        elif any(place_doubt(state, other, name) for name in drawn):
            doubts.append("imaged ice of a scan in which the lesion may lie elsewhere is left out")
        elif over.doubt:
            doubts.append(
                f"imaged ice of a scan on another frame of reference is left out: {over.doubt}"
            )
        else:
            yield ImagedIce(
                series_uid=other.series_uid,
                view_directory=other.view_directory,
                surface_error_mm=ice.surface_error_mm,
                carried=over.carried,
            )
