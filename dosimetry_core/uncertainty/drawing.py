"""Implants as they may be, drawn at random around the implant as it is known."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.uncertainty.errors import DoseErrors

FloatArray = NDArray[np.float64]


def draw_implant(
    implant: Sequence[ImplantedSources], errors: DoseErrors, rng: np.random.Generator
) -> tuple[ImplantedSources, ...]:
    """One implant that the known one may be.

    Places and axes get normal errors, strengths log-normal ones (they stay above zero). A seed
    whose axis is not known gets any axis, each as likely as any other.
    """
    shift_mm = rng.normal(scale=errors.registration_sd_mm, size=3)
    calibration = rng.normal(scale=errors.calibration_sd_percent / 100.0)
    return tuple(_drawn(sources, errors, shift_mm, calibration, rng) for sources in implant)


def drawn_axes(
    axes: FloatArray | None, count: int, sd_deg: float, rng: np.random.Generator
) -> FloatArray:
    """Unit axes (count, 3), each tilted by a normal angle about both directions across it.

    Args:
        axes: unit vectors (count, 3); None where the seeds' axes are not known.
        count: number of seeds.
        sd_deg: standard deviation of either angle.
        rng: where the errors come from.
    """
    drawn = rng.normal(size=(count, 3))
    if axes is None:
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    drawn *= math.radians(sd_deg)
    across = drawn - np.sum(drawn * axes, axis=1, keepdims=True) * axes
    angle = np.linalg.norm(across, axis=1, keepdims=True)
    return np.cos(angle) * axes + np.sinc(angle / np.pi) * across


def _drawn(
    sources: ImplantedSources,
    errors: DoseErrors,
    shift_mm: FloatArray,
    calibration: float,
    rng: np.random.Generator,
) -> ImplantedSources:
    centers = sources.centers_mm
    count = sources.strengths_u.size
    own: FloatArray = rng.normal(scale=errors.seed_strength_sd_percent / 100.0, size=(count,))
    return ImplantedSources(
        sources.model,
        centers + shift_mm + rng.normal(scale=errors.position_sd_mm, size=centers.shape),
        drawn_axes(sources.axes, count, errors.axis_sd_deg, rng),
        sources.strengths_u * np.exp(calibration + own),
    )
