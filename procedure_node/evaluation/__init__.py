"""One implant on files: seeds, dose, how sure it is, where it is low; as text, JSON and DICOM."""

from procedure_node.evaluation.as_json import as_json
from procedure_node.evaluation.as_text import as_text
from procedure_node.evaluation.case import Case, read_case
from procedure_node.evaluation.errors import UnusableError
from procedure_node.evaluation.evaluate import (
    Delivered,
    Evaluation,
    StructureEvaluation,
    evaluate,
)
from procedure_node.evaluation.export import ExportPaths, export
from procedure_node.evaluation.seeds import (
    EvaluatedSeed,
    MovedSeed,
    edited,
    found_seeds,
    planned_seeds,
)

__all__ = [
    "Case",
    "Delivered",
    "EvaluatedSeed",
    "Evaluation",
    "ExportPaths",
    "MovedSeed",
    "StructureEvaluation",
    "UnusableError",
    "as_json",
    "as_text",
    "edited",
    "evaluate",
    "export",
    "found_seeds",
    "planned_seeds",
    "read_case",
]
