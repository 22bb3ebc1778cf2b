"""What a dose-volume calculation says of one structure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FigureErrors:
    """Numerical error bars of the figures of a ``StructureDoseResult``, by the same names.

    The value that infinitely many points would give is within the bar some 95 times in 100. The
    bars of the least and the greatest dose are one-sided (the true least dose is not higher than
    the one found) and a judgement: a search can miss a place. The errors of contours, seed
    positions, strengths and of TG-43 itself are not in them.

    A bar is None where its figure is.
    """

    d90_gy: float
    d95_gy: float
    d100_gy: float
    v100_percent: float | None
    v150_percent: float | None
    v200_percent: float | None
    v90_percent: float | None
    d2cc_gy: float | None
    d1cc_gy: float | None
    d0_1cc_gy: float | None
    mean_gy: float
    maximum_gy: float
    conformity_index: float | None
    external_index: float | None
    homogeneity_index: float | None


@dataclass(frozen=True, slots=True)
class StructureDoseResult:
    """Dose to one structure.

    ``D_x`` is the highest dose that at least the volume ``x`` of the structure receives, ``V_d``
    the part of the structure that receives at least ``d``: both read from the cumulative DVH, as
    AAPM TG-43U1 (Rivard et al., Med Phys 31 (2004) 633) and TG-137 (Nath et al., Med Phys 36 (2009)
    5310) report implants. So D90 is at least the prescription exactly when V100 is at least 90 %.

    With TV the volume of the target, TV_p the part of it that gets at least the prescription, and
    V_p the volume of the prescription isodose (see ``isodose_cc``):

    - conformity index CI = (TV_p / TV) (TV_p / V_p), from 0 to 1: the conformation number of van 't
      Riet et al., Int J Radiat Oncol Biol Phys 37 (1997) 731; also COIN of Baltas et al., Int J
      Radiat Oncol Biol Phys 40 (1998) 515, where no critical organ is counted;
    - external index EI = (V_p - TV_p) / TV: Saw and Suntharalingam, Int J Radiat Oncol Biol Phys 20
      (1991) 135;
    - homogeneity index HI = (V100 - V150) / V100 of the target, from 0 to 1: Wu, Ulin and Sternick,
      Med Phys 15 (1988) 104 ("dose homogeneity index", there of the whole isodose volumes).

    Attributes:
        name: the structure.
        volume_cc: its volume, cm3.
        prescription_gy: 100 % dose, Gy; None for an organ.
        d90_gy: dose to the best-dosed 90 % of the volume, Gy.
        d95_gy: the same for 95 %.
        d100_gy: least dose in the structure, its surface included, Gy.
        v100_percent: percent of the volume with at least 100 % of the prescription, or None.
        v150_percent: the same for 150 %.
        v200_percent: the same for 200 %.
        v90_percent: the same for 90 %.
        d2cc_gy: dose to the hottest 2 cm3, Gy; None if the structure is smaller.
        d1cc_gy: dose to the hottest 1 cm3, Gy; None if the structure is smaller.
        d0_1cc_gy: dose to the hottest 0.1 cm3, Gy; None if the structure is smaller.
        mean_gy: mean dose, Gy.
        maximum_gy: greatest dose in the structure, its surface included, Gy. With a seed inside it
            is the dose at the surface of a capsule, which says nothing of the plan.
        isodose_cc: volume of the prescription isodose of this target, cm3: of its connected parts
            that have some of the target in them, whatever lies in them; what is nearer to another
            target is not counted. None for an organ, or where it is not known.
        isodose_unknown: why it is not known; empty where it is, and for an organ.
        conformity_index: CI, or None as ``isodose_cc``, and if nothing gets the prescription.
        external_index: EI, or None as ``isodose_cc``.
        homogeneity_index: HI, or None without a prescription or where V100 is zero.
        error: the numerical error bars of all of these.
        dvh_dose_gy: doses of the cumulative DVH, increasing from 0 Gy.
        dvh_volume_percent: percent of the volume that gets at least that dose.
    """

    name: str
    volume_cc: float
    prescription_gy: float | None
    d90_gy: float
    d95_gy: float
    d100_gy: float
    v100_percent: float | None
    v150_percent: float | None
    v200_percent: float | None
    v90_percent: float | None
    d2cc_gy: float | None
    d1cc_gy: float | None
    d0_1cc_gy: float | None
    mean_gy: float
    maximum_gy: float
    isodose_cc: float | None
    isodose_unknown: str
    conformity_index: float | None
    external_index: float | None
    homogeneity_index: float | None
    error: FigureErrors
    dvh_dose_gy: tuple[float, ...]
    dvh_volume_percent: tuple[float, ...]

    @property
    def minimum_gy(self) -> float:
        """Least dose in the structure, Gy: D100 by another name."""
        return self.d100_gy
