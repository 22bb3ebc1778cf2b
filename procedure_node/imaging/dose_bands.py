"""How sure the dose of a scan is, by the errors that the protocol states."""

from collections.abc import Mapping, Sequence

from dosimetry_core import uncertainty
from dosimetry_core.dvh import StructureDoseResult
from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.values import ContouredStructure
from procedure_node.events import Band, DoseBandsComputed, StructureDoseBand
from procedure_node.imaging.dose import THREADS
from procedure_node.imaging.request import AnalysisRequest

SAMPLES = 400
"""The ends of a band are then sure to a tenth of a standard deviation, in half the time."""


def bands_of_doses(
    request: AnalysisRequest,
    implant: Sequence[ImplantedSources],
    structures: Mapping[str, ContouredStructure],
    doses: Sequence[StructureDoseResult],
) -> DoseBandsComputed | None:
    """The bands of every structure that has a dose; None where the errors are not stated."""
    sizes = request.errors
    if sizes is None:
        return None
    bands = uncertainty.dose_bands(
        [structures[dose.name] for dose in doses],
        implant,
        doses,
        uncertainty.DoseErrors(
            registration_sd_mm=sizes.registration_sd_mm,
            position_sd_mm=sizes.position_sd_mm,
            calibration_sd_percent=sizes.strength_sd_percent,
        ),
        samples=SAMPLES,
        threads=THREADS,
    )
    return DoseBandsComputed(
        series_uid=request.series_uid,
        position_sd_mm=sizes.position_sd_mm,
        strength_sd_percent=sizes.strength_sd_percent,
        registration_sd_mm=sizes.registration_sd_mm,
        structures=tuple(
            StructureDoseBand(
                name=band.name,
                d90_gy=_as_fact(band.d90_gy),
                v100_percent=_as_fact(band.v100_percent),
                d2cc_gy=_as_fact(band.d2cc_gy),
                d0_1cc_gy=_as_fact(band.d0_1cc_gy),
            )
            for band in bands
        ),
    )


def _as_fact(band: uncertainty.Band | None) -> Band | None:
    return None if band is None else Band(low=band.low, high=band.high)
