"""Other patients made of one: mirrored, larger or smaller, turned, with denser or thinner bone."""

# scipy.ndimage has no types
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from dosimetry_core.values import Volume
from simulators.projection.anatomy import BONE_FROM_HU

_AIR_HU = -1000


@dataclass(frozen=True, slots=True)
class Variant:
    """How a patient is changed.

    Attributes:
        mirrored: right for left.
        upside_down: feet for head.
        scale: of his width and depth.
        turn_deg: about his long axis.
        bone: factor on what bone has above 120 HU.
        noise_sigma_pixels: of a Gaussian that takes noise of the original scan away.
    """

    mirrored: bool = False
    upside_down: bool = False
    scale: float = 1.0
    turn_deg: float = 0.0
    bone: float = 1.0
    noise_sigma_pixels: float = 0.0


def changed(volume: Volume, variant: Variant) -> Volume:
    """The changed patient on a grid with the same middle.

    Args:
        volume: HU, axial; below -1000 counts as air.
        variant: how to change him.
    """
    values = np.maximum(volume.values, _AIR_HU).astype(np.float32)
    if variant.mirrored:
        values = values[:, :, ::-1]
    if variant.upside_down:
        values = values[::-1]
    if variant.noise_sigma_pixels > 0.0:
        sigma = variant.noise_sigma_pixels
        values = ndimage.gaussian_filter(values, (0.0, sigma, sigma))
    if variant.turn_deg:
        values = ndimage.rotate(
            values, variant.turn_deg, axes=(2, 1), reshape=False, order=1, cval=_AIR_HU
        )
    if variant.bone != 1.0:
        excess = np.maximum(values - BONE_FROM_HU, 0.0)
        values = values + (variant.bone - 1.0) * excess
    affine = volume.affine.copy()
    size = np.array(values.shape[:0:-1])
    for axis in (0, 1):
        middle = affine[axis, 3] + affine[axis, axis] * (size[axis] - 1) / 2.0
        affine[axis, axis] *= variant.scale
        affine[axis, 3] = middle - affine[axis, axis] * (size[axis] - 1) / 2.0
    return Volume(np.rint(values).astype(np.int16), affine)
