"""What worker processes of the node have in common."""

from procedure_node.processes.child import begin_as_worker

__all__ = ["begin_as_worker"]
