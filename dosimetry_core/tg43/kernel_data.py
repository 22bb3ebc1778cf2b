"""A seed model in the arrays that the kernels take."""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43.geometry import line_geometry
from dosimetry_core.tg43.kernel import (
    COLUMNS,
    FINE_ROWS,
    TABLE_FINE_STEP_R_CM,
    TABLE_FINE_TO_R_CM,
    TABLE_FIRST_R_CM,
    TABLE_LAST_R_CM,
    TABLE_STEP_R_CM,
    TABLE_STEP_THETA_DEG,
    ExactData,
    TableData,
)
from dosimetry_core.tg43.point_source import anisotropy_factor, point_unit_dose_rate
from dosimetry_core.tg43.reference import unit_dose_rate
from dosimetry_core.tg43.seed_model import SeedModel

FloatArray = NDArray[np.float64]
Formalism = Literal["line", "point"]


@lru_cache(maxsize=64)
def exact_data(model: SeedModel, formalism: Formalism) -> ExactData:
    """The model's arrays for the formula; made once per model object."""
    length_cm = model.active_length_cm
    reference = line_geometry(np.array([1.0]), np.array([0.0]), length_cm)[0]
    f_r_cm, f_theta, f = model.f_r_cm, np.radians(model.f_theta_deg), model.f
    if formalism == "point":
        factor = anisotropy_factor(model)
        f_r_cm, f_theta = factor.r_cm, np.radians([0.0, 90.0])
        f = np.repeat(factor.value[:, None], 2, axis=1)
    return ExactData(
        length_cm=length_cm,
        scale=float(model.dose_rate_constant / reference),
        g_r_cm=model.g_r_cm,
        ln_g=np.log(model.g),
        f_r_cm=np.ascontiguousarray(f_r_cm),
        f_theta=np.ascontiguousarray(f_theta),
        f=np.ascontiguousarray(f),
        point_source=formalism == "point",
    )


@lru_cache(maxsize=64)
def table_data(model: SeedModel, formalism: Formalism) -> TableData:
    """The model's table, from the plain formula; made once per model object (2 MB)."""
    coarse = np.arange(TABLE_FINE_TO_R_CM, TABLE_LAST_R_CM + 1.5 * TABLE_STEP_R_CM, TABLE_STEP_R_CM)
    fine = TABLE_FIRST_R_CM + TABLE_FINE_STEP_R_CM * np.arange(FINE_ROWS)
    r_cm, theta = np.meshgrid(
        np.concatenate([fine, coarse]),
        np.radians(TABLE_STEP_THETA_DEG * np.arange(COLUMNS + 1)),
        indexing="ij",
    )
    rate: Callable[[SeedModel, FloatArray, FloatArray], FloatArray] = (
        unit_dose_rate if formalism == "line" else point_unit_dose_rate
    )
    nodes = rate(model, r_cm * np.sin(theta), r_cm * np.cos(theta)) * r_cm**2
    return TableData(exact_data(model, formalism), _packed_planes(nodes).reshape(-1))


def _packed_planes(nodes: FloatArray) -> NDArray[np.uint64]:
    """For each cell between nodes, the plane that lies closest to its four corners.

    The gains over a cell keep the upper 16 bits of a float32, rounded to nearest: they are small
    beside the value, whose 32 bits take up half of what the rounding left over.
    """
    near_r, far_r = nodes[:-1], nodes[1:]
    mean = (near_r[:, :-1] + near_r[:, 1:] + far_r[:, :-1] + far_r[:, 1:]) / 4.0
    in_r = _upper_half((far_r - near_r)[:, :-1] / 2.0 + (far_r - near_r)[:, 1:] / 2.0)
    rise = np.diff(nodes, axis=1)
    in_theta = _upper_half((rise[:-1] + rise[1:]) / 2.0)
    gains = in_r.view(np.float32), in_theta.view(np.float32)
    corner = (mean - gains[0] / 2.0 - gains[1] / 2.0).astype(np.float32)
    return (
        (corner.view(np.uint32).astype(np.uint64) << np.uint64(32))
        | in_r.astype(np.uint64)
        | (in_theta >> np.uint32(16)).astype(np.uint64)
    )


def _upper_half(values: FloatArray) -> NDArray[np.uint32]:
    """The bits of float32 numbers, rounded to their upper 16."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return (bits + np.uint32(0x8000)) & np.uint32(0xFFFF0000)
