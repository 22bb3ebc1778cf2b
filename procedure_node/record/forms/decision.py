"""What decided a lesion's treatment, and whether it succeeded: groups of the form LESION."""

from collections.abc import Mapping

from dosimetry_core.values import Modality
from procedure_node.protocol import Target
from procedure_node.record.acts import by_act
from procedure_node.record.fields import Group, choice, notes, number, text, yes_no
from procedure_node.record.provenance import Filled, Provenance, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import (
    Success,
    lesion_facts,
    proposals_of,
    technical_success,
    undrawn_organs,
)
from procedure_node.state import ProcedureState

MEASURED = Group(
    "les_size",
    "Size and what lies near",
    (
        number("les_long_axial_mm", "Longest axial diameter", "mm", 1, sdtm="TR.TRSTRESN"),
        number("les_short_axial_mm", "Width square to it", "mm", 1),
        number("les_longest_mm", "Longest diameter in space", "mm", 1),
        number("les_organ_mm", "Distance to the nearest drawn organ at risk", "mm", 1),
        text("les_organ", "That organ"),
    ),
)
DECIDED = Group(
    "les_decision",
    "What the protocol's rules proposed when it was allocated",
    (
        choice("les_proposed", "Proposed", Modality),
        text("les_rule", "Rule"),
        notes("les_because", "Facts that decided, or why nothing was proposed"),
        yes_no("les_overridden", "A person decided otherwise"),
        notes("les_reason", "The person's reason"),
    ),
)
SUCCEEDED = Group(
    "les_success",
    "Technical success by the protocol's definition",
    (
        yes_no("les_success_shown", "Shown; what is unknown is not shown"),
        notes("les_success_missing", "What is not shown"),
    ),
)


def measured(procedure: ProcedureState, target: Target) -> Filled:
    """The size of a target's lesion, and the organ that is nearest to it."""
    source = system(
        "structure set",
        known(procedure.structures_at, "there is no structure set"),
        RecordEvidence.PLANNED,
    )
    facts = lesion_facts(procedure, target.lesion)
    if facts is None:
        return Filled(source, _all(MEASURED, Unknown(f"{target.lesion} was not measured")))
    organs = [d for d in facts.distances if d.group == "ORGANS"]
    nearest = min(organs, key=lambda d: d.distance_mm, default=None)
    none_drawn = Unknown("no organ of the protocol is drawn")
    values: dict[str, Value] = {
        "les_long_axial_mm": facts.longest_axial_mm,
        "les_short_axial_mm": facts.short_axial_mm,
        "les_longest_mm": facts.longest_mm,
        "les_organ_mm": nearest.distance_mm if nearest else none_drawn,
        "les_organ": nearest.name if nearest else none_drawn,
    }
    lacking = ", ".join(undrawn_organs(procedure))
    remark = f"Not drawn, so no distance to it is known: {lacking}" if lacking else ""
    return Filled(source, values, remark)


def decided(procedure: ProcedureState, target: Target) -> Filled:
    """What was proposed and decided of a target; of one that nobody allocated, what is proposed."""
    allocated = procedure.allocated.get(target.key)
    if allocated is None:
        proposal = proposals_of(procedure).get(target.key)
        nobody = NotApplicable("nobody allocated it")
        values: dict[str, Value] = {
            **_all(DECIDED, nobody),
            "les_proposed": known(proposal and proposal.modality, "nothing is proposed"),
            "les_because": (proposal.because if proposal else "") or nobody,
            "les_rule": (proposal.rule if proposal else "") or nobody,
        }
        return Filled(_at_closing(procedure), values)
    return Filled(
        by_act(procedure, "target-allocated", target.key),
        {
            "les_proposed": known(
                allocated.proposed, allocated.because or "the rules proposed nothing"
            ),
            "les_rule": allocated.rule or NotApplicable("no rule proposed anything"),
            "les_because": allocated.because or Unknown("it was not kept"),
            "les_overridden": allocated.is_overridden,
            "les_reason": allocated.reason,
        },
    )


def succeeded(procedure: ProcedureState, target: Target) -> Filled:
    """The technical success of a target, or of a lesion over its zones."""
    success: Success | None = technical_success(procedure).get(target.key)
    source = _at_closing(procedure, RecordEvidence.JUDGED)
    if success is None:
        undefined = NotApplicable("the protocol does not define it")
        return Filled(source, _all(SUCCEEDED, undefined))
    return Filled(
        source,
        {
            "les_success_shown": success.shown,
            "les_success_missing": "\n".join(success.missing)
            or NotApplicable("all of it is shown"),
        },
    )


def _all(group: Group, value: Value) -> Mapping[str, Value]:
    return dict.fromkeys((field.name for field in group.fields), value)


def _at_closing(
    procedure: ProcedureState, evidence: RecordEvidence = RecordEvidence.LOGGED
) -> Provenance:
    at = known(procedure.closed_at, "the procedure is still open")
    return system("procedure node", at, evidence)
