"""The patient as the rays see him: water and bone along each ray, kept from scan to scan."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Volume
from simulators.phantom import require_axial
from simulators.projection._fan import project
from simulators.projection.geometry import FanBeam
from simulators.projection.materials import DENSITY_G_CM3, Material, beam
from simulators.projection.work import each_slice

LENGTH_UNIT_MM = 0.01
"""Of stored lengths: far below the noise, and 16 bits reach 655 mm."""
BONE_FROM_HU = 120
"""Above it what a voxel has more than this is bone; contrast agent in vessels counts as such."""

_AIR_HU = -1000
_REFERENCE_KEV_BEAM = 120


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """Line integrals of one patient on one table position.

    Attributes:
        lengths: shape (slices, views, channels, 2), water and bone on each ray, in
            ``LENGTH_UNIT_MM``.
        z_mm: middle of each slice, LPS.
        slice_mm: pitch of the slices.
        axis_mm: (x, y) of the axis of rotation, LPS.
        geometry: of the scanner.
    """

    lengths: NDArray[np.uint16]
    z_mm: NDArray[np.float64]
    slice_mm: float
    axis_mm: tuple[float, float]
    geometry: FanBeam


def project_anatomy(
    volume: Volume,
    *,
    z_first_mm: float,
    slices: int,
    slice_mm: float = 1.25,
    axis_mm: tuple[float, float],
    geometry: FanBeam | None = None,
    cache: Path | None = None,
    threads: int = 1,
) -> Anatomy:
    """Project a patient, slice by slice, between his own slices interpolated along z.

    Args:
        volume: HU, axial with square pixels; padding counts as air.
        z_first_mm: middle of the first slice, LPS.
        slices: how many.
        slice_mm: their pitch.
        axis_mm: (x, y) of the axis of rotation, LPS: where the table has the patient.
        geometry: of the scanner.
        cache: folder in which the result is kept by content; none: it is not kept.
        threads: that project at once.

    Raises:
        ValueError: the volume is not axial, its pixels are not square, or a slice lies outside.
    """
    require_axial(volume)
    geometry = geometry or FanBeam()
    pitch_k, pitch_j, pitch_i = volume.spacing_mm
    if abs(pitch_j - pitch_i) > 1e-3:
        raise ValueError(f"pixels must be square, got {pitch_j:g} x {pitch_i:g} mm")
    z_mm = z_first_mm + np.arange(slices, dtype=np.float64) * slice_mm
    index = (z_mm - volume.affine[2, 3]) / pitch_k
    if index[0] < -0.5 or index[-1] > len(volume.values) - 0.5:
        raise ValueError(
            f"slices from {z_mm[0]:.1f} to {z_mm[-1]:.1f} mm do not lie in the volume, which has "
            f"{volume.affine[2, 3]:.1f} to "
            f"{volume.affine[2, 3] + pitch_k * (len(volume.values) - 1):.1f} mm"
        )
    path = None
    if cache is not None:
        key = _key(volume, z_first_mm, slices, slice_mm, axis_mm, *_paths(geometry))
        path = cache / f"anatomy-{key}.npy"
        if path.exists():
            return Anatomy(np.load(path, mmap_mode="r"), z_mm, slice_mm, axis_mm, geometry)
    lengths = np.empty((slices, geometry.views, geometry.channels, 2), np.uint16)
    x_first = float(volume.affine[0, 3]) - axis_mm[0]
    y_first = float(volume.affine[1, 3]) - axis_mm[1]

    def one(n: int) -> None:
        at = min(max(float(index[n]), 0.0), len(volume.values) - 1.0)
        low = min(int(at), len(volume.values) - 2) if len(volume.values) > 1 else 0
        part = np.float32(at - low)
        pair = volume.values[low : low + 2].astype(np.float32)
        mixed = pair[0] if len(pair) == 1 else pair[0] * (1 - part) + pair[1] * part
        image = water_and_bone(mixed)
        rows, columns = np.nonzero(image.any(axis=2))
        if not rows.size:
            lengths[n] = 0
            return
        # one pixel of air round the body, so that interpolation ends in it
        top, left = rows.min() - 1, columns.min() - 1
        cut = np.zeros((rows.max() - top + 2, columns.max() - left + 2, 2), np.float32)
        cut[1:-1, 1:-1] = image[top + 1 : rows.max() + 1, left + 1 : columns.max() + 1]
        out = np.empty((geometry.views, geometry.channels, 2), np.float32)
        project(
            cut,
            pitch_i,
            x_first + float(left) * pitch_i,
            y_first + float(top) * pitch_j,
            geometry.source_to_axis_mm,
            geometry.angles,
            geometry.fans,
            out,
        )
        lengths[n] = np.rint(np.clip(out / LENGTH_UNIT_MM, 0.0, 65535.0))

    each_slice(one, slices, threads)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{np.random.default_rng().integers(1 << 32):x}.tmp")
        with partial.open("wb") as file:
            np.save(file, lengths)
        partial.replace(path)
    return Anatomy(lengths, z_mm, slice_mm, axis_mm, geometry)


def water_and_bone(hu: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each voxel as water of some density and cortical bone: shape (rows, columns, 2).

    The two together attenuate the mean ray of a 120 kVp beam as the HU say.
    """
    dense = np.maximum(hu - BONE_FROM_HU, 0.0)
    water = np.maximum((np.minimum(hu, BONE_FROM_HU) - _AIR_HU) / 1000.0, 0.0)
    water[hu < _AIR_HU + 30] = 0.0
    return np.stack([water, dense / 1000.0 / _bone_to_water()], axis=-1).astype(np.float32)


def _bone_to_water() -> float:
    """Attenuation of bone over that of water in a beam that 200 mm of water hardened."""
    spectrum = beam(_REFERENCE_KEV_BEAM)
    water = spectrum.attenuation_mm2_g[:, Material.WATER] * 1e-3
    weights = spectrum.weights * np.exp(-200.0 * water)
    bone = spectrum.attenuation_mm2_g[:, Material.BONE] * DENSITY_G_CM3[Material.BONE] * 1e-3
    return float(weights @ bone / (weights @ water))


def _paths(geometry: FanBeam) -> tuple[float, ...]:
    """What of the geometry the line integrals depend on."""
    return (
        geometry.source_to_axis_mm,
        geometry.channels,
        geometry.channel_rad,
        geometry.views,
    )


def _key(volume: Volume, *parts: object) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(volume.values).tobytes())
    digest.update(np.ascontiguousarray(volume.affine).tobytes())
    digest.update(repr((volume.values.dtype.str, volume.values.shape, *parts)).encode())
    return digest.hexdigest()[:24]
