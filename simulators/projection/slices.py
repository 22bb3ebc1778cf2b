"""Thin reconstructions to the slices that a console would send."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Volume
from simulators.projection.anatomy import Anatomy
from simulators.projection.scanner import Technique


@dataclass(frozen=True, slots=True)
class HuScale:
    """What HU a console can store.

    Attributes:
        lowest: below it everything is it.
        highest: above it everything is it: 3071 with 12 bits.
    """

    lowest: int = -1024
    highest: int = 3071


EXTENDED = HuScale(highest=30_710)
"""Extended scale: metal is not cut off."""


def averaged(
    thin_hu: NDArray[np.float32],
    anatomy: Anatomy,
    technique: Technique,
    *,
    thin_per_slice: int = 1,
    phase: int = 0,
    scale: HuScale | None = None,
) -> Volume:
    """Slices that are means of thin ones, then rounded and cut off.

    Args:
        thin_hu: shape (slices, rows, columns), of ``scan``.
        anatomy: that was scanned.
        technique: that it was scanned with.
        thin_per_slice: how many thin slices make one.
        phase: thin slices left out below the first.
        scale: what can be stored.

    Returns:
        HU as int16 in LPS; an incomplete slice at the end is left out.

    Raises:
        ValueError: not one slice is complete.
    """
    count = (len(thin_hu) - phase) // thin_per_slice
    if thin_per_slice < 1 or phase < 0 or count < 1:
        raise ValueError(
            f"{len(thin_hu)} thin slices make no slice of {thin_per_slice} from number {phase} on"
        )
    scale = scale or HuScale()
    used = thin_hu[phase : phase + count * thin_per_slice]
    means = used.reshape(count, thin_per_slice, *thin_hu.shape[1:]).mean(axis=1)
    values = np.rint(np.clip(means, scale.lowest, scale.highest)).astype(np.int16)
    half = (technique.size - 1) / 2.0 * technique.pixel_mm
    first, last = phase, phase + thin_per_slice - 1
    affine = np.diag([technique.pixel_mm, technique.pixel_mm, anatomy.slice_mm * thin_per_slice, 1])
    affine[:3, 3] = [
        anatomy.axis_mm[0] + technique.center_mm[0] - half,
        anatomy.axis_mm[1] + technique.center_mm[1] - half,
        (anatomy.z_mm[first] + anatomy.z_mm[last]) / 2.0,
    ]
    return Volume(values, affine)
