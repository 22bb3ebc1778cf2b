"""The sample procedure in one place: see the modules of ``sample`` for its parts."""

from tests.procedure_node.display.sample.anatomy import BALLS_MM, seeds, write_sample_view
from tests.procedure_node.display.sample.cryo import probe, sensor
from tests.procedure_node.display.sample.judged import GAP
from tests.procedure_node.display.sample.procedure import crowded, links, node_state, report
from tests.procedure_node.display.sample.scans import scan

__all__ = [
    "BALLS_MM",
    "GAP",
    "crowded",
    "links",
    "node_state",
    "probe",
    "report",
    "scan",
    "seeds",
    "sensor",
    "write_sample_view",
]
