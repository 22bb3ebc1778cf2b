"""SimpleITK behind types: optimisation of rigid and B-spline transforms between patches.

Each run is the same for the same input: the metric's samples come from a fixed seed, and one thread
adds them up. The interpreter is not held meanwhile.
"""

# SimpleITK has py.typed, but its generated code has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportAny=false

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its own short name
from numpy.typing import NDArray

from dosimetry_core.registration.filters import Bools, Floats
from dosimetry_core.registration.patches import Patch

_BINS = 32
_SAMPLING_SEED = 20
_LONGEST_STEP_MM = 4.0
_SHORTEST_STEP_MM = 0.02
_RELAXATION = 0.6
_ROUNDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Where an optimisation ended.

    Attributes:
        matrix: shape (4, 4), points of the fixed patch to the moving one's, LPS mm.
        cost: the metric, less is better.
    """

    matrix: NDArray[np.float64]
    cost: float


def fit_rigid(
    fixed: Patch,
    moving: Patch,
    start: NDArray[np.float64],
    center_mm: NDArray[np.float64],
    samples: int,
) -> Fit | None:
    """Find the rigid motion from a start; None where the patches do not overlap enough.

    Args:
        fixed: its points are moved; what is not usable in it has no say.
        moving: where they should come to lie, likewise.
        start: shape (4, 4), fixed to moving.
        center_mm: in ``fixed``; the rotation is about it.
        samples: about how many voxels of ``fixed`` are compared.
    """
    method = _method(fixed, moving, samples)
    method.SetOptimizerAsRegularStepGradientDescent(
        _LONGEST_STEP_MM,
        _SHORTEST_STEP_MM,
        _ROUNDS,
        relaxationFactor=_RELAXATION,
        gradientMagnitudeTolerance=1e-7,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    transform = sitk.Euler3DTransform()
    transform.SetCenter(center_mm.tolist())
    rotation = start[:3, :3]
    transform.SetMatrix(rotation.ravel().tolist(), 1e-3)
    transform.SetTranslation((rotation @ center_mm + start[:3, 3] - center_mm).tolist())
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(image_of(fixed.values, fixed), image_of(moving.values, moving))
    except RuntimeError:  # ITK: too few samples fall into the moving image
        return None
    return Fit(_matrix_of(transform), float(method.GetMetricValue()))


def _matrix_of(transform: Any) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    center = np.array(transform.GetCenter())
    matrix[:3, 3] = center + np.array(transform.GetTranslation()) - matrix[:3, :3] @ center
    return matrix


def _method(fixed: Patch, moving: Patch, samples: int) -> Any:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricFixedMask(_mask_of(fixed.usable, fixed))
    method.SetMetricMovingMask(_mask_of(moving.usable, moving))
    method.SetMetricSamplingStrategy(method.RANDOM)
    share = min(1.0, samples / fixed.values.size)
    method.SetMetricSamplingPercentage(share, _SAMPLING_SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetNumberOfThreads(1)
    return method


def image_of(values: Floats, patch: Patch) -> Any:
    """Values on a patch's voxels as an image of ITK."""
    image = sitk.GetImageFromArray(values)
    image.SetOrigin(patch.first_mm.tolist())
    image.SetSpacing((patch.voxel_mm,) * 3)
    return image


def _mask_of(mask: Bools, patch: Patch) -> Any:
    return image_of(cast("Floats", mask.astype(np.uint8)), patch)
