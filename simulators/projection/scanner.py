"""From line integrals to HU: one turn of the scanner per slice."""

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from simulators.projection._attenuate import transmit
from simulators.projection._parallel import back_project, to_parallel
from simulators.projection.anatomy import LENGTH_UNIT_MM, Anatomy
from simulators.projection.bodies import Body, as_rows
from simulators.projection.geometry import FanBeam
from simulators.projection.materials import DENSITY_G_CM3, Beam, Material, beam
from simulators.projection.work import each_slice

OUTSIDE_HU = -1024
_LEAST_PHOTONS = 1.0
_ROUND_MM = 5.0  # of air round the patient that is reconstructed
_FEW_PHOTONS = 200.0  # below it a normal distribution is no longer good for Poisson's
_FloatArray = NDArray[np.float64]


class Kernel(Enum):
    """Reconstruction kernels: (frequency of half response in lp/mm, edge enhancement)."""

    SOFT = (0.36, 0.0)
    STANDARD = (0.5, 0.0)
    SHARP = (0.65, 0.6)
    RAMP = (9.0, 0.0)


@dataclass(frozen=True, slots=True)
class Technique:
    """How a scan is taken and reconstructed.

    Attributes:
        kilovolts: of the tube: 80, 100, 120 or 140.
        photons: that a channel counts per view without an object.
        electronic_noise: standard deviation of what the electronics add, photons.
        kernel: of the reconstruction.
        size: rows and columns of the image.
        pixel_mm: their pitch.
        center_mm: (x, y) of the image's middle from the axis of rotation.
        sub_rays: that a channel behind metal is filled with.
        seed: of the noise.
    """

    kilovolts: int = 120
    photons: float = 1e5
    electronic_noise: float = 5.0
    kernel: Kernel = Kernel.STANDARD
    size: int = 512
    pixel_mm: float = 0.78
    center_mm: tuple[float, float] = (0.0, 0.0)
    sub_rays: int = 24
    seed: int = 0

    def low_dose(self, share: float = 0.25) -> "Technique":
        """The same with a share of the photons."""
        return replace(self, photons=self.photons * share)


def scan(
    anatomy: Anatomy, bodies: tuple[Body, ...], technique: Technique, *, threads: int = 1
) -> NDArray[np.float32]:
    """HU of the anatomy with bodies in it, neither rounded nor clipped.

    Args:
        anatomy: its line integrals.
        bodies: of metal or stone.
        technique: of the scan.
        threads: that work on slices at once.

    Returns:
        Shape (slices, size, size), on the anatomy's slices; -1000 outside of the field.
    """
    geometry, spectrum = anatomy.geometry, beam(technique.kilovolts)
    rows = as_rows(bodies, anatomy.axis_mm)
    samples = _sub_rays(technique.sub_rays, geometry)
    unit = np.array([1e-3, DENSITY_G_CM3[Material.BONE] * 1e-3]) * LENGTH_UNIT_MM
    logs, water = _water_table(spectrum)
    offsets = (np.arange(technique.size) - (technique.size - 1) / 2.0) * technique.pixel_mm
    x_mm = (offsets + technique.center_mm[0]).astype(np.float32)
    y_mm = (offsets + technique.center_mm[1]).astype(np.float32)
    hu = np.empty((len(anatomy.z_mm), technique.size, technique.size), np.float32)

    def one(n: int) -> None:
        signal = np.empty(anatomy.lengths.shape[1:3], np.float32)
        transmit(
            anatomy.lengths[n],
            unit,
            rows,
            float(anatomy.z_mm[n]),
            anatomy.slice_mm,
            geometry.source_to_axis_mm,
            geometry.source_to_detector_mm,
            geometry.angles,
            geometry.fans,
            samples,
            spectrum.weights,
            spectrum.attenuation_mm2_g,
            signal,
        )
        noisy = counted(signal, technique, np.random.default_rng((technique.seed, n)))
        lengths = np.interp(-np.log(noisy), logs, water)
        reach = min(geometry.reach_mm, _support_mm(anatomy, n) + _ROUND_MM)
        image = reconstruct(lengths, geometry, technique.kernel, x_mm, y_mm, reach_mm=reach)
        hu[n] = image * 1000.0 - 1000.0

    each_slice(one, len(hu), threads)
    return hu


def counted(
    signal: NDArray[np.float32], technique: Technique, rng: np.random.Generator
) -> _FloatArray:
    """The signal with quantum and electronic noise, never below one photon."""
    expected = signal.astype(np.float64) * technique.photons
    spread = np.sqrt(expected + technique.electronic_noise**2)
    photons = expected + spread * rng.standard_normal(signal.shape, dtype=np.float32)
    few = expected < _FEW_PHOTONS
    electronic = rng.normal(scale=technique.electronic_noise, size=int(few.sum()))
    photons[few] = rng.poisson(expected[few]) + electronic
    return np.maximum(photons, _LEAST_PHOTONS) / technique.photons


def reconstruct(
    lengths_mm: _FloatArray,
    geometry: FanBeam,
    kernel: Kernel,
    x_mm: NDArray[np.float32],
    y_mm: NDArray[np.float32],
    *,
    reach_mm: float | None = None,
) -> NDArray[np.float32]:
    """Sort one turn into parallel rays, filter and project back (Kak and Slaney 1988, chapter 3).

    Args:
        lengths_mm: shape (views, channels), line integrals.
        geometry: of the scanner.
        kernel: of the reconstruction.
        x_mm: of the columns, from the axis.
        y_mm: of the rows.
        reach_mm: radius of the field that is reconstructed; none: all that every view sees.

    Returns:
        Shape (rows, columns): the integrand; 0 outside of the field.
    """
    pitch = geometry.channel_pitch_mm / 2.0
    rays = 2 * math.ceil(geometry.reach_mm / pitch) + 5
    parallel = np.zeros((geometry.views // 2, rays), np.float32)
    to_parallel(
        lengths_mm.astype(np.float32),
        geometry.middle_channel,
        geometry.channel_rad,
        geometry.source_to_axis_mm,
        parallel,
    )
    response = filter_response(rays, pitch, kernel)
    size = 2 * (len(response) - 1)
    spectrum = np.asarray(fft.rfft(parallel, size, axis=1))
    filtered = np.asarray(fft.irfft(spectrum * response, size, axis=1))[:, :rays]
    image = np.zeros((len(y_mm), len(x_mm)), np.float32)
    filtered *= np.pi / len(filtered)
    back_project(
        filtered.astype(np.float32), pitch, x_mm, y_mm, reach_mm or geometry.reach_mm, image
    )
    return image


def filter_response(rays: int, pitch_mm: float, kernel: Kernel) -> NDArray[np.float32]:
    """Frequency response of the ramp filter times the kernel's window.

    Shape (n / 2 + 1,) for an ``rfft`` of length n, the first power of two above 2 ``rays``.
    """
    size = 1 << (2 * rays - 1).bit_length()
    n = np.fft.fftfreq(size, 1.0 / size)
    taps = np.zeros(size)
    taps[0] = 0.25
    odd = n % 2 == 1
    taps[odd] = -1.0 / (np.pi * n[odd]) ** 2
    ramp = np.real(np.fft.rfft(taps)) / pitch_mm
    frequency = np.fft.rfftfreq(size, pitch_mm)
    half, edge = kernel.value
    window = np.exp2(-((frequency / half) ** 2)) * (1.0 + edge * (frequency / half) ** 2)
    return (ramp * window).astype(np.float32)


def _support_mm(anatomy: Anatomy, n: int) -> float:
    """Radius of the circle round the axis that holds all of a slice that is not air."""
    seen = np.flatnonzero(anatomy.lengths[n].any(axis=(0, 2)))
    fans = np.abs(anatomy.geometry.fans[seen])
    return anatomy.geometry.source_to_axis_mm * float(np.sin(fans.max(initial=0.0)))


def _water_table(spectrum: Beam) -> tuple[_FloatArray, _FloatArray]:
    """Water-equivalent length, mm, of a logarithm of the signal; beyond 700 mm as at its end."""
    length = np.linspace(-60.0, 1400.0, 7301)
    exponent = -np.outer(length, spectrum.attenuation_mm2_g[:, Material.WATER] * 1e-3)
    return -np.log(np.exp(exponent) @ spectrum.weights), length


def _sub_rays(count: int, geometry: FanBeam) -> _FloatArray:
    """Points that fill channel, slice and focus evenly: a Halton sequence in bases 2, 3 and 5."""
    points = np.array([[_radical_inverse(n, base) for base in (2, 3, 5)] for n in range(count)])
    points += 0.5 - points.mean(axis=0)
    return (points - 0.5) * (geometry.active_share, 1.0, geometry.focal_spot_mm)


def _radical_inverse(number: int, base: int) -> float:
    value, digit = 0.0, 1.0
    while number:
        digit /= base
        value += digit * (number % base)
        number //= base
    return value
