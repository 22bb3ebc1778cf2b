"""What a dose-volume calculation says of one structure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StructureDoseResult:
    """Dose to one structure.

    ``D_x`` is the highest dose that at least the volume ``x`` of the structure receives, ``V_d``
    the part of the structure that receives at least ``d``: both read from the cumulative DVH, as
    AAPM TG-137 (Nath et al., Med Phys 36 (2009) 5310) reports implants. So D90 is at least the
    prescription exactly when V100 is at least 90 %.

    Attributes:
        name: the structure.
        volume_cc: its volume, cm3.
        prescription_gy: 100 % dose, Gy; None for an organ.
        d90_gy: dose to the best-dosed 90 % of the volume, Gy.
        d100_gy: least dose in the structure, its surface included, Gy.
        v100_percent: percent of the volume with at least 100 % of the prescription, or None.
        v150_percent: the same for 150 %.
        v200_percent: the same for 200 %.
        d2cc_gy: dose to the hottest 2 cm3, Gy; None if the structure is smaller.
        d0_1cc_gy: dose to the hottest 0.1 cm3, Gy; None if the structure is smaller.
        dvh_dose_gy: doses of the cumulative DVH, increasing from 0 Gy.
        dvh_volume_percent: percent of the volume that gets at least that dose.
    """

    name: str
    volume_cc: float
    prescription_gy: float | None
    d90_gy: float
    d100_gy: float
    v100_percent: float | None
    v150_percent: float | None
    v200_percent: float | None
    d2cc_gy: float | None
    d0_1cc_gy: float | None
    dvh_dose_gy: tuple[float, ...]
    dvh_volume_percent: tuple[float, ...]
