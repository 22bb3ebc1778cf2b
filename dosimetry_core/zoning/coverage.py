"""What seeds and ice together cover of a lesion or zone, each by its own evidence."""

from dataclasses import dataclass

import numpy as np

from dosimetry_core.values import Volume
from dosimetry_core.zoning.partition import Part, Partition

_REGION, _DOSED, _FROZEN = "region", "dosed", "frozen"


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """A treatment's reach.

    Attributes:
        field: below zero inside of it; on the region's grid.
        error: how far the surface may be off, in the field's unit: 0 where that is not known.
    """

    field: Volume
    error: float = 0.0

    def __post_init__(self) -> None:
        if self.error < 0.0:
            raise ValueError(f"an error is 0 or more, got {self.error:g}")


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
    return Cover(
        Volume(level.astype(np.float32), dose_gy.affine), error=float(np.log1p(error_percent / 100))
    )


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
    stated = _partition(region, dosed, frozen, 0.0)
    wide, narrow = _partition(region, dosed, frozen, 1.0), _partition(region, dosed, frozen, -1.0)
    mixed = (
        _partition(region, dosed, frozen, 1.0, frozen_sign=-1.0),
        _partition(region, dosed, frozen, -1.0, frozen_sign=1.0),
    )

    def share(*inside: str) -> Share:
        sides = (_REGION, *inside), tuple({_DOSED, _FROZEN} - set(inside))
        part = stated.part(*sides)
        sizes = [p.part(*sides).volume_cc for p in (stated, wide, narrow, *mixed)]
        return Share(part=part, low_cc=min(sizes), high_cc=max(sizes))

    return CombinedCover(
        region_cc=stated.part((_REGION,)).volume_cc,
        both=share(_DOSED, _FROZEN),
        dose_only=share(_DOSED),
        ice_only=share(_FROZEN),
        neither=share(),
        gaps=stated.pieces((_REGION,), (_DOSED, _FROZEN)),
    )


def _partition(
    region: Volume,
    dosed: Cover | None,
    frozen: Cover | None,
    sign: float,
    *,
    frozen_sign: float | None = None,
) -> Partition:
    """With the surfaces moved outwards (1) or inwards (-1) by their errors."""
    ice_sign = sign if frozen_sign is None else frozen_sign
    return Partition(
        {
            _REGION: region,
            _DOSED: _moved(region, dosed, sign),
            _FROZEN: _moved(region, frozen, ice_sign),
        }
    )


def _moved(region: Volume, cover: Cover | None, sign: float) -> Volume:
    if cover is None:
        return Volume(np.ones(region.values.shape, dtype=np.float32), region.affine)
    return Volume(cover.field.values - np.float32(sign * cover.error), cover.field.affine)
