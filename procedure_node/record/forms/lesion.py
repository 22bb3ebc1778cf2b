"""Form LESION: each target, what it was allocated to and how far it is covered."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events import CoverageAssessed, CoverageFact
from procedure_node.protocol import Target
from procedure_node.record.acts import by_act
from procedure_node.record.fields import Form, Group, choice, notes, number, text, yes_no
from procedure_node.record.forms.decision import (
    DECIDED,
    MEASURED,
    SUCCEEDED,
    decided,
    measured,
    succeeded,
)
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, Provenance, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import is_split, parse_target, structure_of, targets_of
from procedure_node.state import ProcedureState

ALLOCATION = Group(
    "les_alloc",
    "Allocation",
    (
        text("les_lesion", "Lesion", sdtm="TR.TRLNKID"),
        choice("les_zone", "Zone of the lesion", ZoneKind),
        choice("les_modality", "Allocated to", Modality, sdtm="PR.PRTRT"),
    ),
)
CONTOUR = Group(
    "les_contour",
    "Contour",
    (
        text("les_structure", "Structure"),
        number("les_volume_cc", "Volume", "cc", 2, sdtm="TR.TRSTRESN"),
    ),
)
TREATED = Group("les_treated", "Treatment", (yes_no("les_finished", "Stated to be complete"),))
COVERAGE = Group(
    "les_cov",
    "Coverage at the end",
    (
        choice("les_verdict", "Coverage", ("COVERED", "UNDER")),
        notes("les_facts", "What the protocol wants and what is there, each with its evidence"),
        text("les_scan", "Token of the scan that it rests on"),
    ),
)
LESION = Form(
    "lesion",
    "LESION",
    repeats=True,
    groups=(ALLOCATION, CONTOUR, MEASURED, DECIDED, TREATED, COVERAGE, SUCCEEDED),
)


def lesion_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each target that was drawn, allocated, judged or finished."""
    for key, target in _targets(procedure).items():
        yield {
            ALLOCATION.name: _allocation(procedure, target),
            CONTOUR.name: _contour(procedure, target),
            MEASURED.name: measured(procedure, target),
            DECIDED.name: decided(procedure, target),
            TREATED.name: _treated(procedure, key),
            COVERAGE.name: _coverage(procedure, key, tokens),
            SUCCEEDED.name: succeeded(procedure, target),
        }


def _targets(procedure: ProcedureState) -> dict[str, Target]:
    finished = {key: parse_target(key) for key in procedure.finished}
    judged = {
        key: Target(lesion=assessed.lesion, zone=assessed.zone)
        for key, assessed in procedure.coverage.items()
    }
    return {**targets_of(procedure), **judged, **finished}


def _allocation(procedure: ProcedureState, target: Target) -> Filled:
    if is_split(procedure, target):
        return Filled(
            _logged_at_closing(procedure),
            {
                "les_lesion": target.lesion,
                "les_zone": target.zone.value,
                "les_modality": NotApplicable("its zones are allocated, not the whole"),
            },
        )
    modality = procedure.allocations.get(target.key)
    return Filled(
        by_act(procedure, "target-allocated", target.key),
        {
            "les_lesion": target.lesion,
            "les_zone": target.zone.value,
            "les_modality": Unknown("nobody allocated it") if modality is None else modality.value,
        },
    )


def _contour(procedure: ProcedureState, target: Target) -> Filled:
    source = system(
        "structure set",
        known(procedure.structures_at, "there is no structure set"),
        RecordEvidence.PLANNED,
    )
    found = structure_of(procedure, target)
    if found is not None:
        return Filled(source, {"les_structure": found.name, "les_volume_cc": found.volume_cc})
    absent = Unknown(
        "; ".join(procedure.structures_refused) or "no structure set has a contour of this target"
    )
    return Filled(source, {"les_structure": absent, "les_volume_cc": absent})


def _treated(procedure: ProcedureState, key: str) -> Filled:
    if key in procedure.finished:
        return Filled(by_act(procedure, "treatment-finished", key), {"les_finished": True})
    return Filled(_logged_at_closing(procedure), {"les_finished": False})


def _logged_at_closing(procedure: ProcedureState) -> Provenance:
    at = known(procedure.closed_at, "the procedure is still open")
    return system("procedure node", at, RecordEvidence.LOGGED)


def _coverage(procedure: ProcedureState, key: str, tokens: Tokens) -> Filled:
    assessed = procedure.coverage.get(key)
    if assessed is None:
        if is_split(procedure, parse_target(key)):
            split = NotApplicable("its zones are judged, not the whole")
            return Filled(_logged_at_closing(procedure), _no_coverage(split))
        absent = Unknown("coverage was never assessed")
        return Filled(system("rules", absent, RecordEvidence.JUDGED), _no_coverage(absent))
    values: dict[str, Value] = {
        "les_verdict": _verdict(assessed),
        "les_facts": "\n".join(_fact(fact) for fact in assessed.facts)
        or Unknown("the assessment rests on no facts"),
        "les_scan": Unknown("the assessment names no scan")
        if assessed.series_uid is None
        else tokens.of(assessed.series_uid),
    }
    at = known(procedure.coverage_at.get(key), "the assessment's time was not kept")
    return Filled(system("rules", at, RecordEvidence.JUDGED), values)


def _no_coverage(why: Value) -> dict[str, Value]:
    return {"les_verdict": why, "les_facts": why, "les_scan": why}


def _verdict(assessed: CoverageAssessed) -> Value:
    if assessed.verdict == "UNKNOWN":
        return Unknown("; ".join(assessed.unknown_reasons) or "the assessment gives no reason")
    return assessed.verdict


def _fact(fact: CoverageFact) -> str:
    reason = fact.unknown_reason or "no reason given"
    wanted = "UNKNOWN" if fact.wanted is None else f"{fact.wanted:g} {fact.unit}"
    there = "UNKNOWN" if fact.actual is None else f"{fact.actual:.4g} {fact.unit}"
    met = {True: "met", False: "not met", None: f"UNKNOWN whether met ({reason})"}[fact.met]
    return f"{fact.quantity}: {there}, wanted {wanted}: {met} [{fact.evidence.value}]"
