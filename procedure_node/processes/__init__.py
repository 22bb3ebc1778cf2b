"""What worker processes of the node have in common."""

from procedure_node.processes.child import begin_as_worker
from procedure_node.processes.ending import end_pool

__all__ = ["begin_as_worker", "end_pool"]
