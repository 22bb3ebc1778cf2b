"""How large a lesion is, and how close to it other structures lie."""

from dosimetry_core.lesions.clearance import Clearance, clearance
from dosimetry_core.lesions.size import Diameter, LesionSize, lesion_size

__all__ = ["Clearance", "Diameter", "LesionSize", "clearance", "lesion_size"]
