"""Tissues and cryoprobes from files (config/tissues/*.toml, config/cryoprobes/*.toml)."""

from procedure_node.thermal_library.library import ThermalLibrary, load_thermal_library
from procedure_node.thermal_library.load import StatedTissue, load_cryoprobe_models, load_tissues

__all__ = [
    "StatedTissue",
    "ThermalLibrary",
    "load_cryoprobe_models",
    "load_thermal_library",
    "load_tissues",
]
