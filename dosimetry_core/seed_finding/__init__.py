"""Iodine-125 seeds found in CT: positions, axes and how sure each is."""

from dosimetry_core.seed_finding.finding import find_seeds
from dosimetry_core.seed_finding.result import SeedFinding

__all__ = ["SeedFinding", "find_seeds"]
