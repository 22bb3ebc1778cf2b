"""What seeds and ice together cover of a lesion or zone, each by its own evidence."""

from dataclasses import dataclass

import numpy as np

from dosimetry_core.values import Volume
from dosimetry_core.zoning.partition import Part, Partition

_REGION, _DOSED, _FROZEN = "region", "dosed", "frozen"


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """A treatment's reach: level fields on the region's grid, below zero inside of it.

    Attributes:
        stated: as it is seen or computed.
        least: no more than what it surely reaches.
        most: all that it may reach.
    """

    stated: Volume
    least: Volume
    most: Volume

    @classmethod
    def within(cls, field: Volume, error: float) -> "Cover":
        """A reach whose surface may be off by an error in the field's unit.

        Raises:
            ValueError: the error is below zero.
        """
        if error < 0.0:
            raise ValueError(f"an error is 0 or more, got {error:g}")
        return cls(field, _moved(field, -error), _moved(field, error))


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a region.

    Attributes:
        part: how large it is, and where.
        low_cc: the least that it may be by the errors, cm3.
        high_cc: the most.
    """

    part: Part
    low_cc: float
    high_cc: float


@dataclass(frozen=True, slots=True)
class CombinedCover:
    """What of a region dose and ice cover; ``both`` to ``neither`` add up to the region.

    Attributes:
        region_cc: its volume, cm3.
        both: in the dose and in the ice.
        dose_only: in the dose alone.
        ice_only: in the ice alone.
        neither: in none of the two.
        gaps: the connected pieces of ``neither``, largest first.
    """

    region_cc: float
    both: Share
    dose_only: Share
    ice_only: Share
    neither: Share
    gaps: tuple[Part, ...]


def dose_cover(dose_gy: Volume, prescription_gy: float, error_percent: float = 0.0) -> Cover:
    """The reach of a dose: where it is the prescription or more.

    The logarithm of the dose is the field, which near a seed is straighter than the dose itself.

    Args:
        dose_gy: total dose on the region's grid, Gy.
        prescription_gy: above zero, Gy.
        error_percent: 1 sigma of the dose, or however much of it is to be shown.

    Raises:
        ValueError: the prescription is not above zero.
    """
    if prescription_gy <= 0.0:
        raise ValueError(f"a prescription is above 0 Gy, got {prescription_gy:g} Gy")
    least = np.float32(1e-6 * prescription_gy)
    level = np.log(np.float32(prescription_gy) / np.maximum(dose_gy.values, least))
    field = Volume(level.astype(np.float32), dose_gy.affine)
    return Cover.within(field, float(np.log1p(error_percent / 100)))


def combined_cover(region: Volume, dosed: Cover | None, frozen: Cover | None) -> CombinedCover:
    """Parts of a region by what covers them.

    ``frozen`` is of one evidence: ice that is imaged and ice that is modelled are asked for apart.

    Args:
        region: level field, below zero inside, of a zone or a whole lesion.
        dosed: where the dose reaches the prescription; None where there is none.
        frozen: where the ice reaches; None where there is none.

    Raises:
        ValueError: the fields are not on one grid.
    """
    stated = _partition(region, dosed and dosed.stated, frozen and frozen.stated)
    bounds = [
        _partition(region, dose, ice)
        for dose in ([None] if dosed is None else [dosed.least, dosed.most])
        for ice in ([None] if frozen is None else [frozen.least, frozen.most])
    ]

    def share(*inside: str) -> Share:
        sides = (_REGION, *inside), tuple({_DOSED, _FROZEN} - set(inside))
        part = stated.part(*sides)
        sizes = [p.part(*sides).volume_cc for p in (stated, *bounds)]
        return Share(part=part, low_cc=min(sizes), high_cc=max(sizes))

    return CombinedCover(
        region_cc=stated.part((_REGION,)).volume_cc,
        both=share(_DOSED, _FROZEN),
        dose_only=share(_DOSED),
        ice_only=share(_FROZEN),
        neither=share(),
        gaps=stated.pieces((_REGION,), (_DOSED, _FROZEN)),
    )


def _partition(region: Volume, dosed: Volume | None, frozen: Volume | None) -> Partition:
    nowhere = Volume(np.ones(region.values.shape, dtype=np.float32), region.affine)
    return Partition(
        {
            _REGION: region,
            _DOSED: nowhere if dosed is None else dosed,
            _FROZEN: nowhere if frozen is None else frozen,
        }
    )


def _moved(field: Volume, outwards: float) -> Volume:
    return Volume(field.values - np.float32(outwards), field.affine)
