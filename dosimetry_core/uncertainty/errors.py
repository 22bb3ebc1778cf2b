"""How far an implant may be from what is known of it."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class DoseErrors:
    """Standard deviations (1 sigma) of what a dose is computed from; all are independent.

    Attributes:
        registration_sd_mm: one rigid shift of all seeds against all contours, along each of x, y
            and z. It depends on how the contours came onto the scan, so there is no default; 0
            where they were drawn on the very scan in which the seeds were found.
        position_sd_mm: each seed's own place, along each axis. 1 mm is what seed finding reaches
            with 5 mm slices (``docs/seed_finding.md``); thinner slices do better.
        axis_sd_deg: each seed's own axis, about each of two directions across it. 8 degrees give
            a median angle of 9.4 degrees; seed finding reaches 7.6 to 10.6 degrees.
        calibration_sd_percent: strength of all seeds together. Every seed of an implant hangs on
            the same chain of standards and chambers, and mostly on one certificate, so nothing
            averages out. 3 % is an assumption; the certificate's own uncertainty is better.
        seed_strength_sd_percent: strength of each seed about its batch's mean; falls with the
            root of the number of seeds that matter. 2 % is an assumption: seeds are sold sorted
            into classes a few percent wide.

    Raises:
        ValueError: a value is negative or not finite.
    """

    registration_sd_mm: float
    position_sd_mm: float = 1.0
    axis_sd_deg: float = 8.0
    calibration_sd_percent: float = 3.0
    seed_strength_sd_percent: float = 2.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = float(getattr(self, field.name))
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{field.name} must be a finite number >= 0, is {value}")
