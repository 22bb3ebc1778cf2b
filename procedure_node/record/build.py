"""The whole record of a procedure, as rows for the EDC."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from dosimetry_core.values import GenerationMode
from procedure_node.events import Fact
from procedure_node.record.fields import Form
from procedure_node.record.forms import filled_forms
from procedure_node.record.identity import Tokens, record_id_of
from procedure_node.record.provenance import Filled, written_group
from procedure_node.state import ProcedureState

Row = dict[str, str]
"""One row of a form: field names to texts, in REDCap's flat format."""

_COMPLETE = "2"
"""REDCap's code of a form that needs no more work."""


class ProcedureRecord(Fact):
    """A procedure's record, ready to be sent.

    Attributes:
        procedure_id: the node's opaque id of the procedure.
        record_id: the EDC's id of the record; begins with TEST- or DEMO- unless it is REAL.
        mode: what kind of data the record holds.
        rows: flat rows with ``record_id``, ``redcap_repeat_instrument`` and, for a form that
            repeats, ``redcap_repeat_instance``: 1, 2, ... in the form's own order, so that the same
            procedure always gives the same rows.
        content_sha256: of the rows, see ``content_sha256``.
    """

    procedure_id: str
    record_id: str
    mode: GenerationMode
    rows: tuple[Row, ...]
    content_sha256: str


def content_sha256(rows: tuple[Row, ...]) -> str:
    """SHA-256 of the rows as JSON in UTF-8 with sorted keys and no blanks."""
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def build_record(
    procedure: ProcedureState, *, software_version: str | None = None
) -> ProcedureRecord:
    """The record of ``procedure``: a pure function, so that it can be made again and compared.

    Values that are not known are UNKNOWN with their reason, never blank and never the last good
    number. DICOM UIDs are replaced by tokens, in free text too.

    The last record is kept: closing asks for it to tell that it is due, and again to queue it.
    """
    for made_of, version, record in _last:
        if made_of is procedure and version == software_version:
            return record
    record = _built(procedure, software_version)
    _last[:] = [(procedure, software_version, record)]
    return record


_last: list[tuple[ProcedureState, str | None, ProcedureRecord]] = []


def _built(procedure: ProcedureState, software_version: str | None) -> ProcedureRecord:
    record_id = record_id_of(procedure.procedure_id, procedure.mode)
    tokens = Tokens(procedure.procedure_id)
    rows = tuple(
        _row(record_id, form, instance, filled, tokens)
        for form, filled_rows in filled_forms(procedure, tokens, software_version)
        for instance, filled in enumerate(filled_rows, start=1)
    )
    return ProcedureRecord(
        procedure_id=procedure.procedure_id,
        record_id=record_id,
        mode=procedure.mode,
        rows=rows,
        content_sha256=content_sha256(rows),
    )


def _row(
    record_id: str, form: Form, instance: int, filled: Mapping[str, Filled], tokens: Tokens
) -> Row:
    return {
        "record_id": record_id,
        "redcap_repeat_instrument": form.name if form.repeats else "",
        "redcap_repeat_instance": str(instance) if form.repeats else "",
        **dict(_texts(form, filled, tokens)),
        f"{form.name}_complete": _COMPLETE,
    }


def _texts(form: Form, filled: Mapping[str, Filled], tokens: Tokens) -> Iterator[tuple[str, str]]:
    for group in form.groups:
        for name, text in written_group(group, filled[group.name]).items():
            yield name, tokens.masked(text)
