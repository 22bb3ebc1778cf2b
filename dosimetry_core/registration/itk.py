"""SimpleITK behind types: optimisation of rigid and B-spline transforms between patches.

Each run is the same for the same input: the metric's samples come from a fixed seed, and a
fixed number of threads adds them up in a fixed order. The interpreter is not held meanwhile.
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
_THREADS = 2
_SAMPLING_SEED = 20
_LONGEST_STEP = 0.5  # of a voxel; what begins farther off takes more of them
_SHORTEST_STEP = 0.01
_RELAXATION = 0.6
_ROUNDS = 60
_MESH = 3  # cells of the B-spline along each side of the region: coarse, not to follow noise
_SPLINE_ROUNDS = 15


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
    # Slopes between voxels, not those of a blurred image: faster, and nearer to the truth here.
    method.MetricUseMovingImageGradientFilterOff()
    method.SetOptimizerAsRegularStepGradientDescent(
        _LONGEST_STEP * fixed.voxel_mm,
        _SHORTEST_STEP * fixed.voxel_mm,
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


def fit_bspline(
    fixed: Patch,
    moving: Patch,
    matrix: NDArray[np.float64],
    samples: int,
    node_mm: float,
) -> NDArray[np.float64] | None:
    """Find a cubic B-spline deformation of the fixed patch, before a rigid motion.

    Args:
        fixed: its points are displaced and then moved.
        moving: where they should come to lie.
        matrix: shape (4, 4), the rigid motion, which stays.
        samples: about how many voxels of ``fixed`` are compared.
        node_mm: distance at which the displacement is given, along x, y and z.

    Returns:
        Displacements (k, j, i, 3), (x, y, z) mm, from the patch's first voxel on; None where the
        patches do not overlap enough.
    """
    image = image_of(fixed.values, fixed)
    method = _method(fixed, moving, samples)
    rigid = sitk.AffineTransform(3)
    rigid.SetMatrix(matrix[:3, :3].ravel().tolist())
    rigid.SetTranslation(matrix[:3, 3].tolist())
    method.SetMovingInitialTransform(rigid)
    spline = sitk.BSplineTransformInitializer(image, [_MESH] * 3, order=3)
    method.SetInitialTransform(spline, inPlace=True)
    method.SetOptimizerAsLBFGS2(
        solutionAccuracy=1e-4,
        numberOfIterations=_SPLINE_ROUNDS,
        deltaConvergenceTolerance=1e-3,
        lineSearchMaximumEvaluations=6,
    )
    try:
        method.Execute(image, image_of(moving.values, moving))
    except RuntimeError:  # ITK: too few samples fall into the moving image
        return None
    length_mm = (np.array(fixed.values.shape[::-1]) - 1) * fixed.voxel_mm
    count = (np.floor(length_mm / node_mm).astype(int) + 1).tolist()
    field = sitk.TransformToDisplacementField(
        spline, sitk.sitkVectorFloat64, count, fixed.first_mm.tolist(), (node_mm,) * 3
    )
    return np.asarray(sitk.GetArrayFromImage(field), dtype=np.float64)


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
    method.SetNumberOfThreads(_THREADS)
    return method


def image_of(values: Floats, patch: Patch) -> Any:
    """Values on a patch's voxels as an image of ITK."""
    image = sitk.GetImageFromArray(values)
    image.SetOrigin(patch.first_mm.tolist())
    image.SetSpacing((patch.voxel_mm,) * 3)
    return image


def _mask_of(mask: Bools, patch: Patch) -> Any:
    return image_of(cast("Floats", mask.astype(np.uint8)), patch)
