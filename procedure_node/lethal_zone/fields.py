"""A temperature with how far it may be wrong, as figures and pictures take it."""

from dosimetry_core.bioheat import TemperatureBand
from dosimetry_core.values import Volume

Fields = tuple[Volume, Volume, Volume] | tuple[Volume]
"""Best alone, or best, warm (surely as cold) and cold (possibly as cold), C."""


def fields_of(best: Volume, band: TemperatureBand | None) -> Fields:
    """The best temperature with its band, where there is one."""
    return (best,) if band is None else (band.best_c, band.warm_c, band.cold_c)
