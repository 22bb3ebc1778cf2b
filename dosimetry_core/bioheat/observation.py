"""What thermometers and scans see of a freeze."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dosimetry_core.bioheat.isotherm import equivalent_radius_mm
from dosimetry_core.values import Vector


@dataclass(frozen=True, slots=True)
class TemperatureSeen:
    """A thermometer's reading.

    Readings of one place share the error of that place: it does not average out over them.

    Attributes:
        place_mm: (x, y, z) of the junction, LPS.
        at_s: on the clock of the simulation.
        temperature_c: as read.
        sd_c: of the thermometer, K.
        place_sd_mm: of its place, in each direction, relative to the probes.
    """

    place_mm: Vector
    at_s: float
    temperature_c: float
    sd_c: float = 1.0
    place_sd_mm: float = 1.0


@dataclass(frozen=True, slots=True)
class IceSeen:
    """Frozen volume in a scan, compared as the radius of the sphere of that volume.

    Attributes:
        volume_cc: of all ice of these probes.
        at_s: on the clock of the simulation.
        surface_sd_mm: of the whole surface, outwards or inwards.
        edge_c: temperature that the seen surface is taken to have.
    """

    volume_cc: float
    at_s: float
    surface_sd_mm: float = 1.0
    edge_c: float = 0.0


Seen = TemperatureSeen | IceSeen


def compared_value(seen: Seen) -> float:
    """What is compared: degrees Celsius, or mm of radius of ice."""
    if isinstance(seen, IceSeen):
        return equivalent_radius_mm(seen.volume_cc)
    return seen.temperature_c


def check_observations(observations: Sequence[Seen], start_s: float) -> None:
    """Refuse what cannot be compared.

    Raises:
        ValueError: there is no observation, one is not finite or lies before ``start_s``, a volume
            is negative, or a standard deviation is not above zero.
    """
    if not observations:
        raise ValueError("nothing was observed: there is nothing to correct by")
    for seen in observations:
        read = seen.volume_cc if isinstance(seen, IceSeen) else seen.temperature_c
        if not (math.isfinite(read) and math.isfinite(seen.at_s)):
            raise ValueError(f"an observation must be a finite number, not {read} at {seen.at_s} s")
        if isinstance(seen, IceSeen) and read < 0:
            raise ValueError(f"a volume of ice must be 0 or more, not {read} cm3")
        if seen.at_s < start_s:
            raise ValueError(f"an observation at {seen.at_s} s lies before {start_s} s")
        numbers = (
            (seen.surface_sd_mm,) if isinstance(seen, IceSeen) else (seen.sd_c, seen.place_sd_mm)
        )
        if not all(0 < number < math.inf for number in numbers):
            raise ValueError(f"standard deviations must be finite and above zero, not {numbers}")
