"""Seed models from files (config/seed_models/*.toml)."""

from procedure_node.seed_library.load import SeedLibraryError, load_seed_models

__all__ = ["SeedLibraryError", "load_seed_models"]
