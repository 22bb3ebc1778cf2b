"""Dose-volume figures with a band: what seed, strength and registration errors leave open."""

from dosimetry_core.uncertainty.band import Band, DoseBand
from dosimetry_core.uncertainty.errors import DoseErrors
from dosimetry_core.uncertainty.resampling import dose_bands

__all__ = ["Band", "DoseBand", "DoseErrors", "dose_bands"]
