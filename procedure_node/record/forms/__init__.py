"""The forms of the record, in their order, each with what makes its rows."""

from collections.abc import Iterator, Mapping

from procedure_node.record.fields import Form
from procedure_node.record.forms.cryo import PROBE, probe_rows
from procedure_node.record.forms.deviation import DEVIATION, deviation_rows
from procedure_node.record.forms.dosimetry import DOSIMETRY, dosimetry_rows
from procedure_node.record.forms.freeze_cycle import FREEZE_CYCLE, freeze_cycle_rows
from procedure_node.record.forms.ice_ball import ICE_BALL, ice_ball_rows
from procedure_node.record.forms.lesion import LESION, lesion_rows
from procedure_node.record.forms.lesion_cycle import LESION_CYCLE, lesion_cycle_rows
from procedure_node.record.forms.lethal_zone import LETHAL_ZONE, lethal_zone_rows
from procedure_node.record.forms.people import (
    AE_PROMPT,
    ALARM,
    AUDIT,
    ae_prompt_rows,
    alarm_rows,
    audit_rows,
)
from procedure_node.record.forms.procedure import PROCEDURE, procedure_rows
from procedure_node.record.forms.registration import REGISTRATION, registration_rows
from procedure_node.record.forms.scans import CT_DOSE, ct_dose_rows
from procedure_node.record.forms.seed_identity import (
    SEED_COUNT,
    SEED_EDIT,
    SEED_HISTORY,
    seed_count_rows,
    seed_edit_rows,
    seed_history_rows,
)
from procedure_node.record.forms.seeds import SEED, SEED_BATCH, seed_batch_rows, seed_rows
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled
from procedure_node.state import ProcedureState

FORMS: tuple[Form, ...] = (
    PROCEDURE,
    LESION,
    SEED_BATCH,
    SEED,
    SEED_HISTORY,
    SEED_EDIT,
    SEED_COUNT,
    PROBE,
    FREEZE_CYCLE,
    LESION_CYCLE,
    ICE_BALL,
    LETHAL_ZONE,
    DOSIMETRY,
    REGISTRATION,
    DEVIATION,
    ALARM,
    AE_PROMPT,
    CT_DOSE,
    AUDIT,
)

FormRows = Iterator[Mapping[str, Filled]]


def filled_forms(
    procedure: ProcedureState, tokens: Tokens, software_version: str | None
) -> Iterator[tuple[Form, FormRows]]:
    """Every form with its rows, in the order of ``FORMS``."""
    yield PROCEDURE, procedure_rows(procedure, tokens, software_version)
    yield LESION, lesion_rows(procedure, tokens)
    yield SEED_BATCH, seed_batch_rows(procedure)
    yield SEED, seed_rows(procedure, tokens)
    yield SEED_HISTORY, seed_history_rows(procedure, tokens)
    yield SEED_EDIT, seed_edit_rows(procedure, tokens)
    yield SEED_COUNT, seed_count_rows(procedure)
    yield PROBE, probe_rows(procedure)
    yield FREEZE_CYCLE, freeze_cycle_rows(procedure)
    yield LESION_CYCLE, lesion_cycle_rows(procedure)
    yield ICE_BALL, ice_ball_rows(procedure, tokens)
    yield LETHAL_ZONE, lethal_zone_rows(procedure)
    yield DOSIMETRY, dosimetry_rows(procedure, tokens)
    yield REGISTRATION, registration_rows(procedure, tokens)
    yield DEVIATION, deviation_rows(procedure)
    yield ALARM, alarm_rows(procedure)
    yield AE_PROMPT, ae_prompt_rows(procedure)
    yield CT_DOSE, ct_dose_rows(procedure, tokens)
    yield AUDIT, audit_rows(procedure)
