"""Scans drawn at random: where the lesion and the table are, and how the scan is taken."""

import math
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from dosimetry_core.values import Vector, Volume
from simulators.projection.anatomy import project_anatomy
from simulators.projection.drawing import Recipe, draw_implant
from simulators.projection.geometry import FanBeam
from simulators.projection.implant import Implant
from simulators.projection.scanner import Kernel, Technique, scan
from simulators.projection.sites import soft_sites
from simulators.projection.slices import EXTENDED, HuScale, averaged
from simulators.projection.truth import SimulatedScan

LESION_SEMI_AXES_MM = (26.0, 25.0, 23.0)
THIN_MM = 1.25
_BODY_HU = -300
_FILLED = (0.97, 0.93, 0.88)
_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Setup:
    """A patient on the table with a lesion; several scans may share it.

    Attributes:
        lesion_center_mm: LPS.
        lesion_semi_axes_mm: along x, y and z.
        approach: unit vector in which needles are pushed, from the front or a side.
        axis_mm: (x, y) of the scanner's axis of rotation.
        z_first_mm: middle of the first thin slice.
        slices: how many thin slices.
        pixel_mm: of the images.
        image_center_mm: (x, y) of the images' middle from the axis.
    """

    lesion_center_mm: Vector
    lesion_semi_axes_mm: Vector
    approach: Vector
    axis_mm: tuple[float, float]
    z_first_mm: float
    slices: int
    pixel_mm: float
    image_center_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Case:
    """One scan: what is in the patient and how he is scanned.

    Attributes:
        setup: the patient on the table.
        implant: what is in him.
        technique: of the scan.
        phase: thin slices left out below the first thick one, at most.
        scale: of the HU.
    """

    setup: Setup
    implant: Implant
    technique: Technique
    phase: int
    scale: HuScale


def draw_setup(volume: Volume, seed: int, *, length_mm: float = 85.0, size: int = 512) -> Setup:
    """Draw a lesion's place, the table's position and a field of view.

    Args:
        volume: HU of the patient, axial.
        seed: of the random numbers.
        length_mm: of the scan along z; the lesion lies in its middle.
        size: rows and columns of the images.

    Raises:
        ValueError: the patient has no soft tissue that would hold the lesion.
    """
    rng = np.random.default_rng(seed)
    margin = length_mm / 2.0 + THIN_MM
    sites = next(
        (
            found
            for filled in _FILLED
            if (found := soft_sites(volume, LESION_SEMI_AXES_MM, filled=filled, z_margin_mm=margin))
        ),
        None,
    )
    if sites is None:
        raise ValueError(
            f"no soft tissue holds a lesion of {LESION_SEMI_AXES_MM} mm with {margin:.0f} mm of "
            "scan on either side"
        )
    x, y, z = (one + float(rng.uniform(-0.6, 0.6)) for one in sites[int(rng.integers(len(sites)))])
    turn = math.radians(float(rng.uniform(-70.0, 70.0)))
    tilt = float(rng.normal(scale=0.12))
    norm = math.hypot(1.0, tilt)
    slices = round(length_mm / THIN_MM)
    (left, right), (front, back) = _extent(volume)
    middle = np.array([(left + right) / 2.0, (front + back) / 2.0])
    axis = middle + rng.uniform(-1.0, 1.0, 2) * (15.0, 25.0)
    image = (middle - axis) * rng.uniform(0.3, 1.0, 2)
    width = max(right - left, back - front) + float(rng.uniform(10.0, 60.0))
    return Setup(
        (x, y, z),
        LESION_SEMI_AXES_MM,
        (math.sin(turn) / norm, math.cos(turn) / norm, tilt / norm),
        (float(axis[0]), float(axis[1])),
        z - (slices - 1) / 2.0 * THIN_MM + float(rng.uniform(-0.5, 0.5)) * THIN_MM,
        slices,
        round(min(max(width, 0.66 * 512), 0.94 * 512) / size, 4),
        (float(image[0]), float(image[1])),
    )


def draw_case(
    setup: Setup,
    recipe: Recipe | None,
    seed: int,
    *,
    dose: float = 1.0,
    kernel: Kernel | None = None,
    kilovolts: int | None = None,
    size: int = 512,
) -> Case:
    """Draw an implant and how it is scanned.

    Args:
        setup: the patient on the table.
        recipe: of the implant; none: nothing is put in.
        seed: of the random numbers.
        dose: share of the photons of a standard dose.
        kernel: none: drawn, mostly standard.
        kilovolts: none: drawn, mostly 120.
        size: rows and columns of the images.

    Raises:
        ValueError: there is no room for the implant.
    """
    rng = np.random.default_rng((seed, 1))
    kernels = (Kernel.STANDARD, Kernel.STANDARD, Kernel.SOFT, Kernel.SHARP)
    drawn_kernel = kernels[int(rng.integers(len(kernels)))]
    drawn_kilovolts = int(rng.choice((100, 120, 120, 120, 140)))
    technique = Technique(
        kilovolts=kilovolts or drawn_kilovolts,
        kernel=kernel or drawn_kernel,
        size=size,
        pixel_mm=setup.pixel_mm,
        center_mm=setup.image_center_mm,
        seed=seed,
    )
    technique = replace(technique, photons=technique.photons * dose)
    scale = EXTENDED if rng.random() < 0.25 else HuScale()
    phase = int(rng.integers(4))
    return Case(setup, _implant(setup, recipe, seed), technique, phase, scale)


def scan_case(
    volume: Volume,
    case: Case,
    slice_mm: tuple[float, ...] = (THIN_MM, 2.5, 5.0),
    *,
    origin: str,
    geometry: FanBeam | None = None,
    cache: Path | None = None,
    threads: int = 1,
) -> tuple[SimulatedScan, ...]:
    """Scan a patient once and make slices of several thicknesses of it.

    Args:
        volume: HU of the patient, axial.
        case: what is in him and how he is scanned.
        slice_mm: thicknesses, multiples of 1.25 mm.
        origin: where the patient's CT comes from, and its licence.
        geometry: of the scanner.
        cache: folder in which his line integrals are kept by content.
        threads: that work at once.

    Raises:
        ValueError: a thickness is no multiple of 1.25 mm, or the scan does not lie in the volume.
    """
    counts = [round(one / THIN_MM) for one in slice_mm]
    for one, count in zip(slice_mm, counts, strict=True):
        if count < 1 or abs(count * THIN_MM - one) > 1e-6:
            raise ValueError(f"slices are multiples of {THIN_MM} mm, got {one:g} mm")
    setup = case.setup
    anatomy = project_anatomy(
        volume,
        z_first_mm=setup.z_first_mm,
        slices=setup.slices,
        slice_mm=THIN_MM,
        axis_mm=setup.axis_mm,
        geometry=geometry,
        cache=cache,
        threads=threads,
    )
    thin = scan(anatomy, case.implant.bodies, case.technique, threads=threads)
    meta = {
        "base": origin,
        "simulator": "fan beam, polychromatic, metal by analytic chords, water beam hardening "
        "correction, filtered back-projection; thick slices averaged before HU are cut off",
        **{name: _plain(value) for name, value in asdict(case.technique).items()},
        "hu_highest": case.scale.highest,
        "phase": case.phase,
    }
    return tuple(
        SimulatedScan(
            averaged(
                thin,
                anatomy,
                case.technique,
                thin_per_slice=count,
                phase=case.phase % count,
                scale=case.scale,
            ),
            case.implant,
            {**meta, "slice_mm": count * THIN_MM},
        )
        for count in counts
    )


def _implant(setup: Setup, recipe: Recipe | None, seed: int) -> Implant:
    """A drawing that fits; each try draws anew."""
    if recipe is None:
        return Implant(setup.lesion_center_mm, setup.lesion_semi_axes_mm)

    def drawn(number: int) -> Implant:
        return draw_implant(
            recipe,
            setup.lesion_center_mm,
            setup.lesion_semi_axes_mm,
            setup.approach,
            seed * _DRAWS + number,
        )

    for number in range(_DRAWS - 1):
        with suppress(ValueError):
            return drawn(number)
    return drawn(_DRAWS - 1)


def _extent(volume: Volume) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the body ends along x and y in the middle slice, mm."""
    body = volume.values[len(volume.values) // 2] > _BODY_HU
    if not body.any():
        raise ValueError(f"the middle slice has nothing above {_BODY_HU} HU: it is no patient")
    ends: list[tuple[float, float]] = []
    for axis in (0, 1):
        index = np.flatnonzero(body.any(axis=axis))
        first, pitch = float(volume.affine[axis, 3]), float(volume.affine[axis, axis])
        ends.append((first + float(index[0]) * pitch, first + float(index[-1]) * pitch))
    return ends[0], ends[1]


def _plain(value: object) -> object:
    return value.name.lower() if isinstance(value, Kernel) else value
