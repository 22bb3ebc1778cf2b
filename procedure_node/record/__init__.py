"""The procedure record: its forms, its rows, and their way to the EDC."""

from procedure_node.record.build import ProcedureRecord, Row, build_record, content_sha256
from procedure_node.record.delivery import (
    LinkObserver,
    QueuedRecord,
    RecordQueue,
    RecordSender,
)
from procedure_node.record.dictionary import data_dictionary_csv, repeating_forms_csv
from procedure_node.record.fields import (
    MISSING_DATA_CODES,
    NOT_APPLICABLE_CODE,
    UNKNOWN_CODE,
    Field,
    FieldKind,
    Form,
    Group,
)
from procedure_node.record.forms import FORMS
from procedure_node.record.identity import Tokens, record_id_of
from procedure_node.record.provenance import RecordEvidence
from procedure_node.record.readiness import project_problems

__all__ = [
    "FORMS",
    "MISSING_DATA_CODES",
    "NOT_APPLICABLE_CODE",
    "UNKNOWN_CODE",
    "Field",
    "FieldKind",
    "Form",
    "Group",
    "LinkObserver",
    "ProcedureRecord",
    "QueuedRecord",
    "RecordEvidence",
    "RecordQueue",
    "RecordSender",
    "Row",
    "Tokens",
    "build_record",
    "content_sha256",
    "data_dictionary_csv",
    "project_problems",
    "record_id_of",
    "repeating_forms_csv",
]
