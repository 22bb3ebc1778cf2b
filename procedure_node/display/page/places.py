"""Where the contours lie in the newest scan, how that is known, and who has to look at it."""

from procedure_node.display.page.place_model import PlaceRow, Places, PlaceVerdict
from procedure_node.display.page.scans import scan_numbers, scan_token
from procedure_node.events import LesionRegistration, RegistrationMethod
from procedure_node.rules import newest_received
from procedure_node.state import ProcedureState, ScanState

EDITION_LENGTH = 8

_BY: dict[RegistrationMethod, str] = {
    "SAME_FRAME": "by the common frame of reference",
    "REGISTRATION_OBJECT": "by a Spatial Registration",
    "RIGID": "by the images, rigid",
    "DEFORMABLE": "by the images, deformation tried",
}


def places(state: ProcedureState) -> Places | None:
    """Of the newest scan; None where its contours were drawn on it, or nothing is told of them."""
    scan = newest_received(state)
    told = scan.registration if scan is not None else None
    if scan is None or told is None:
        return None
    drawn = state.structures.structures if state.structures else ()
    return Places(
        token=scan_token(scan.series_uid),
        scan_number=scan_numbers(state)[scan.series_uid],
        edition=told.request_sha256[:EDITION_LENGTH],
        by=_BY[told.method],
        has_pictures=told.view_directory is not None,
        targets=tuple(one.name for one in drawn if one.role == "TARGET"),
        rows=tuple(_row(scan, one) for one in told.lesions),
    )


def _row(scan: ScanState, one: LesionRegistration) -> PlaceRow:
    word = scan.registration_words.get(one.lesion)
    verdict: PlaceVerdict = one.verdict
    said = ""
    if word is not None:
        verdict = "CONFIRMED" if word.confirmed else "REFUSED"
        said = f"{verdict.lower()} by {word.by} at {word.at:%H:%M} UTC: {word.reason}"
    return PlaceRow(
        lesion=one.lesion,
        verdict=verdict,
        needs_word=word is None and one.verdict in ("DOUBTFUL", "FAILED"),
        can_confirm=one.matrix is not None,
        reasons=one.reasons,
        figures=_figures(one),
        word=said,
    )


def _figures(one: LesionRegistration) -> tuple[str, ...]:
    told: list[str] = []
    if one.apart_mm is not None:
        told.append(f"images put the lesion {one.apart_mm:.1f} mm elsewhere")
    figures = one.figures
    if figures is not None:
        if one.apart_mm is None:
            told.append(f"moved {figures.shift_mm:.1f} mm, turned {figures.turn_deg:.1f}°")
        left = figures.at_lesion_mm
        told.append(
            f"landmarks {figures.landmarks_found} of {figures.landmarks_tried}"
            + ("" if left is None else f", {left:.1f} mm left at the lesion")
        )
        told.append(f"there and back {figures.inverse_max_mm:.1f} mm")
        given = one.apart_mm is not None
        likeness = figures.similarity_before if given else figures.similarity_after
        if likeness is not None:
            told.append(f"likeness {likeness:.2f}")
    return (*told, one.note) if one.note else tuple(told)
