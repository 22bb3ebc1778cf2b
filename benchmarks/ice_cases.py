"""Ice put into the project's real abdominal CT, of which everything is known.

The ice is that of ``simulators.phantom``: a fall of 85 HU with a soft edge. Both scans are of the
same patient, moved against each other by a rigid shift, each with its own noise and, where asked
for, with cryoprobes of steel and the streaks that these leave.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.values import Vector, Volume
from simulators.patient import load_baseline
from simulators.phantom import IceEllipsoid, Shaft, with_ice, with_noise, with_shafts

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PLACES_MM: dict[str, Vector] = {
    "L1": (-22.0, -62.0, -267.5),
    "L2": (-108.0, 35.0, -270.0),
    "L3": (-63.5, 1.5, -290.0),
}
"""Middles of the lesions of docs/demo_patient.md, LPS mm."""

_CROP_MM = 85.0
_SHAFT_MM = 120.0
_PROBE_MM = 1.47
_METAL_HU = 900
_RAY_STEP_MM = 1.6
_ANGLES = 60


@dataclass(frozen=True, slots=True)
class Ball:
    """The ice of all probes of a case: one ellipsoid round each.

    Attributes:
        name: what it is called in the table.
        along_mm: semi-axis along the shaft.
        across_mm: semi-axis across it.
        probes_mm: where each shaft crosses the plane through the middle, across it.
    """

    name: str
    along_mm: float
    across_mm: float
    probes_mm: tuple[tuple[float, float], ...]


LARGE = Ball("large, 2 probes", 20.0, 14.0, ((-6.0, 0.0), (6.0, 0.0)))
ONE = Ball("one probe", 16.0, 12.0, ((0.0, 0.0),))
SMALL = Ball("small, hidden by 2 probes", 12.0, 7.0, ((-3.0, 0.0), (3.0, 0.0)))


@dataclass(frozen=True, slots=True)
class IceCase:
    """One pair of scans.

    Attributes:
        place: of ``PLACES_MM``.
        ball: the ice.
        slice_mm: slices of both scans.
        noise_hu: added to each scan, beside what the real CT has.
        shift_mm: how far the patient moved between them, LPS.
        streak_hu: strongest streak; 0 without.
        metal: whether the scan shows the probes.
        angle_deg: how far the shafts are turned out of the axial plane.
        seed: of the random numbers.
    """

    place: str
    ball: Ball
    slice_mm: float = 5.0
    noise_hu: float = 12.0
    shift_mm: Vector = (0.0, 0.0, 0.0)
    streak_hu: float = 0.0
    metal: bool = True
    angle_deg: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class IcePair:
    """Two scans and the truth.

    Attributes:
        scan: HU.
        baseline: HU.
        truth: where ice is half or more of what a point holds, on the scan's grid.
        tips_mm: probe tips, LPS mm.
        axes: unit vector from hub to tip of each.
        balls: the ice as solids.
    """

    scan: Volume
    baseline: Volume
    truth: Bools
    tips_mm: tuple[Vector, ...]
    axes: tuple[Vector, ...]
    balls: tuple[IceEllipsoid, ...]

    def depth_mm(self, points_mm: Floats) -> Floats:
        """Depth below the true surface of points (..., 3); negative outside."""
        return np.max([ball.depth_mm(points_mm) for ball in self.balls], axis=0)


def ice_pair(case: IceCase) -> IcePair:
    """Make the two scans of a case."""
    middle = np.array(PLACES_MM[case.place])
    baseline = _cut(case.place, case.slice_mm, (0.0, 0.0, 0.0))
    thawed = _cut(case.place, case.slice_mm, case.shift_mm)
    tilt = math.radians(case.angle_deg)
    axis = np.array([0.0, -math.cos(tilt), math.sin(tilt)])
    side, up = np.array([1.0, 0.0, 0.0]), np.array([0.0, math.sin(tilt), math.cos(tilt)])
    centers = [middle + side * a + up * b for a, b in case.ball.probes_mm]
    balls = tuple(
        IceEllipsoid(_vector(c), _vector(axis), case.ball.along_mm, case.ball.across_mm)
        for c in centers
    )
    tips = [c + axis * 0.5 * case.ball.along_mm for c in centers]
    scan = with_ice(with_noise(thawed, case.noise_hu, seed=2 * case.seed + 1), balls)
    if case.metal:
        shafts = [Shaft(_vector(t), _vector(axis), _SHAFT_MM, _PROBE_MM) for t in tips]
        shown = with_shafts(scan, shafts)
        scan = _with_streaks(shown, case.streak_hu) if case.streak_hu else shown
    kji = np.moveaxis(np.indices(scan.values.shape, dtype=np.float64), 0, -1)
    points = scan.to_patient_mm(kji.reshape(-1, 3)).reshape(kji.shape)
    pair = IcePair(
        scan,
        with_noise(baseline, case.noise_hu, seed=2 * case.seed + 2),
        np.zeros(0, np.bool_),
        tuple(_vector(t) for t in tips),
        (_vector(axis),) * len(tips),
        balls,
    )
    truth: Bools = pair.depth_mm(points) > 0.0
    return IcePair(pair.scan, pair.baseline, truth, pair.tips_mm, pair.axes, balls)


def _vector(values: Sequence[float] | Floats) -> Vector:
    x, y, z = (float(one) for one in values)
    return x, y, z


@cache
def _patient() -> Volume:
    return load_baseline().volume


def _cut(place: str, slice_mm: float, shift_mm: Vector) -> Volume:
    """The patient round a place in slices of ``slice_mm``, moved by ``shift_mm``; cubic splines."""
    whole = _patient()
    spacing = np.array([slice_mm, *whole.spacing_mm[1:]])
    low = whole.to_index(np.array(PLACES_MM[place]) - _CROP_MM)
    high = whole.to_index(np.array(PLACES_MM[place]) + _CROP_MM)
    low = np.maximum(np.ceil(low), 1.0)
    high = np.minimum(np.floor(high), np.array(whole.values.shape) - 2.0)
    shape = tuple(int(n) for n in (high - low) * whole.spacing_mm / spacing)
    affine = np.diag([spacing[2], spacing[1], spacing[0], 1.0])
    affine[:3, 3] = whole.to_patient_mm(low)
    offset = low - np.array(shift_mm)[::-1] / np.array(whole.spacing_mm)
    hu = ndimage.affine_transform(
        whole.values.astype(np.float32),
        spacing / np.array(whole.spacing_mm),
        offset,
        output_shape=shape,
        order=3,
        mode="nearest",
    )
    return Volume(np.rint(hu).astype(np.int16), affine)


def _with_streaks(scan: Volume, strongest_hu: float) -> Volume:
    """Beam hardening by metal: what filtered back projection makes of its squared path length."""
    values = scan.values.astype(np.float64)
    pixel_mm = scan.spacing_mm[1]
    coarse = pixel_mm / _RAY_STEP_MM
    streaks: dict[int, Floats] = {}
    for k in np.flatnonzero((scan.values > _METAL_HU).any(axis=(1, 2))):
        metal = (scan.values[k] > _METAL_HU).astype(np.float64)
        small = ndimage.zoom(metal, coarse, order=1)
        streak = _back_projected_square(small)
        factors = [n / m for n, m in zip(metal.shape, streak.shape, strict=True)]
        wide = ndimage.zoom(streak, factors, order=1)
        wide[ndimage.binary_dilation(metal > 0, iterations=2)] = 0.0
        streaks[int(k)] = wide
    peak = max(float(np.percentile(np.abs(one), 99.5)) for one in streaks.values())
    for k, one in streaks.items():
        values[k] += np.clip(one * strongest_hu / peak, -2.0 * strongest_hu, 2.0 * strongest_hu)
    return Volume(np.rint(np.clip(values, -1024, 3071)).astype(np.int16), scan.affine)


def _back_projected_square(metal: Floats) -> Floats:
    """Less the squared path through metal, projected, ramp filtered and projected back."""
    side = math.ceil(math.hypot(*metal.shape)) + 2
    before = [(side - n) // 2 for n in metal.shape]
    after = [side - n - b for n, b in zip(metal.shape, before, strict=True)]
    square = np.pad(metal, list(zip(before, after, strict=True)))
    ramp = np.abs(np.fft.fftfreq(2 * side))
    total = np.zeros_like(square)
    for angle in np.linspace(0.0, 180.0, _ANGLES, endpoint=False):
        path = ndimage.rotate(square, angle, reshape=False, order=1).sum(axis=0) ** 2
        row = np.fft.ifft(np.fft.fft(path, 2 * side) * ramp).real[:side]
        total -= ndimage.rotate(np.tile(row, (side, 1)), -angle, reshape=False, order=1)
    window = tuple(slice(b, b + n) for b, n in zip(before, metal.shape, strict=True))
    return total[window]
