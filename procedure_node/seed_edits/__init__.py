"""What people put right of the seeds that were found: shared by the service and ``evaluate``."""

from procedure_node.seed_edits.apply import BESIDE_MM, EditedSeed, Find, apply_edits
from procedure_node.seed_edits.model import EditAction, SeedEdit, SeedOrigin

__all__ = ["BESIDE_MM", "EditAction", "EditedSeed", "Find", "SeedEdit", "SeedOrigin", "apply_edits"]
