"""What each cryoprobe did when, as the model of a freeze needs it."""

from procedure_node.courses.fold import after_gap_in, after_reading_of
from procedure_node.courses.model import CourseSpell

__all__ = ["CourseSpell", "after_gap_in", "after_reading_of"]
