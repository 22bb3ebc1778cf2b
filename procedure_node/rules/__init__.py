"""Pure rules: coverage and alert conditions from a state and a time."""

from procedure_node.rules.coverage import (
    assess,
    found_count,
    is_split,
    newest_received,
    parse_target,
    reported_count,
    structure_of,
    targets_of,
)
from procedure_node.rules.freeze import probes_of
from procedure_node.rules.judge import Judgement, judge

__all__ = [
    "Judgement",
    "assess",
    "found_count",
    "is_split",
    "judge",
    "newest_received",
    "parse_target",
    "probes_of",
    "reported_count",
    "structure_of",
    "targets_of",
]
