"""Tissues and cryoprobes from files (config/tissues/*.toml, config/cryoprobes/*.toml)."""

from procedure_node.thermal_library.load import StatedTissue, load_cryoprobe_models, load_tissues

__all__ = ["StatedTissue", "load_cryoprobe_models", "load_tissues"]
