"""Form REGISTRATION: how the contours came to each scan, and who said what to it."""

from collections.abc import Iterator, Mapping

from procedure_node.events import LesionRegistration, RegistrationComputed
from procedure_node.record.fields import Form, Group, choice, integer, notes, number, text
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, Provenance, RecordEvidence, person, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.state import ProcedureState, RegistrationWord, ScanState

_METHODS = ("SAME_FRAME", "REGISTRATION_OBJECT", "RIGID", "DEFORMABLE")
_VERDICTS = ("ACCEPTED", "UNCHECKED", "DOUBTFUL", "FAILED")

PLACE = Group(
    "rgs_place",
    "Where the contours lie in the scan",
    (
        text("rgs_scan", "Scan token"),
        text("rgs_planning", "Token of the CT that was drawn on"),
        text("rgs_lesion", "Lesion"),
        choice("rgs_method", "By", _METHODS),
        choice("rgs_verdict", "Verdict", _VERDICTS),
        notes("rgs_reasons", "Why it is not accepted"),
        number("rgs_apart_mm", "Images apart from the given place, at the lesion", "mm", 1),
        number("rgs_shift_mm", "Shift of the lesion", "mm", 1),
        number("rgs_turn_deg", "Turn", "deg", 1),
        integer("rgs_landmarks", "Landmarks found again"),
        number("rgs_at_lesion_mm", "Left by landmarks at the lesion", "mm", 1),
        number("rgs_p90_mm", "Landmarks, 90th percentile", "mm", 1),
        number("rgs_inverse_mm", "Inverse consistency, greatest", "mm", 1),
        number("rgs_similarity", "Correlation of the images", "", 3),
        notes("rgs_note", "Deformation"),
    ),
)
WORD = Group(
    "rgs_word",
    "A person's word",
    (
        choice("rgs_said", "The contours lie right", ("CONFIRMED", "REFUSED")),
        notes("rgs_said_reason", "Why"),
    ),
)
REGISTRATION = Form("registration", "REGISTRATION", repeats=True, groups=(PLACE, WORD))


def registration_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each scan that contours were carried to, and each lesion."""
    for scan in procedure.scans.values():
        told = scan.registration
        for one in told.lesions if told else ():
            if told is not None:
                word = scan.registration_words.get(one.lesion)
                yield {PLACE.name: _place(scan, told, one, tokens), WORD.name: _word(one, word)}


def _place(
    scan: ScanState, told: RegistrationComputed, one: LesionRegistration, tokens: Tokens
) -> Filled:
    planning = told.planning_series_uid
    given = told.method in ("SAME_FRAME", "REGISTRATION_OBJECT")
    not_given = NotApplicable("the place was not given, the images told it")
    not_compared = Unknown("the images could not be compared")
    values: dict[str, Value] = {
        "rgs_scan": tokens.of(scan.series_uid),
        "rgs_planning": Unknown("it is not here") if planning is None else tokens.of(planning),
        "rgs_lesion": one.lesion,
        "rgs_method": told.method,
        "rgs_verdict": one.verdict,
        "rgs_reasons": "\n".join(one.reasons) or NotApplicable("there is no doubt"),
        "rgs_apart_mm": known(one.apart_mm, not_compared.reason) if given else not_given,
        "rgs_note": one.note or NotApplicable("no deformation was asked for"),
        **_figures(one, not_compared),
    }
    return Filled(system("registration", scan_time(scan), RecordEvidence.IMAGED), values)


def _figures(one: LesionRegistration, not_compared: Unknown) -> dict[str, Value]:
    figures = one.figures
    names = ("shift_mm", "turn_deg", "landmarks", "at_lesion_mm", "p90_mm", "inverse_mm")
    if figures is None:
        return {f"rgs_{name}": not_compared for name in (*names, "similarity")}
    few = "too few landmarks were found"
    return {
        "rgs_shift_mm": figures.shift_mm,
        "rgs_turn_deg": figures.turn_deg,
        "rgs_landmarks": figures.landmarks_found,
        "rgs_at_lesion_mm": known(figures.at_lesion_mm, few),
        "rgs_p90_mm": known(figures.p90_mm, few),
        "rgs_inverse_mm": figures.inverse_max_mm,
        "rgs_similarity": known(figures.similarity_after, "too little tissue overlaps"),
    }


def _word(one: LesionRegistration, word: RegistrationWord | None) -> Filled:
    if word is not None:
        said = "CONFIRMED" if word.confirmed else "REFUSED"
        values: dict[str, Value] = {"rgs_said": said, "rgs_said_reason": word.reason}
        return Filled(person(word.by, word.at), values)
    needed = one.verdict in ("DOUBTFUL", "FAILED")
    absent = Unknown("nobody said") if needed else NotApplicable("nobody had to")
    unsaid = Unknown("nobody said anything")
    return Filled(
        Provenance(unsaid, unsaid, RecordEvidence.STATED),
        {"rgs_said": absent, "rgs_said_reason": absent},
    )
