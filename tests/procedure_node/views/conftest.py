from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.values import ContouredStructure, GenerationMode, Volume
from procedure_node.views import View, open_view, write_view

SHAPE = (40, 60, 80)
"""Slices, rows, columns of the CT."""
SPACING_MM = (3.0, 1.5, 1.0)
ORIGIN_MM = (-40.0, -45.0, 100.0)
"""x, y, z of the first voxel."""
CENTER_MM = (5.0, 3.0, 160.0)
"""Of the ball, its dose, its ice and its outline."""


def grid_affine(directions: tuple[int, int, int] = (1, 1, 1)) -> np.ndarray:
    affine = np.eye(4)
    affine[0, 0], affine[1, 1], affine[2, 2] = (
        s * d for s, d in zip(reversed(SPACING_MM), directions, strict=True)
    )
    for axis, (direction, count) in enumerate(zip(directions, reversed(SHAPE), strict=True)):
        span = reversed_spacing(axis) * (count - 1)
        affine[axis, 3] = ORIGIN_MM[axis] + (span if direction < 0 else 0.0)
    return affine


def reversed_spacing(axis: int) -> float:
    return SPACING_MM[2 - axis]


def distance_from_center_mm(volume: Volume) -> np.ndarray:
    kji = np.stack(np.indices(volume.values.shape), axis=-1).astype(float)
    return np.linalg.norm(volume.to_patient_mm(kji) - np.array(CENTER_MM), axis=-1)


def ramp_ct(directions: tuple[int, int, int] = (1, 1, 1)) -> Volume:
    """HU = 2 x + 3 y + 5 z (mm): every voxel tells where it is."""
    affine = grid_affine(directions)
    blank = Volume(np.zeros(SHAPE, dtype=np.int16), affine)
    xyz = blank.to_patient_mm(np.stack(np.indices(SHAPE), axis=-1).astype(float))
    return Volume(np.rint(xyz @ np.array([2.0, 3.0, 5.0])).astype(np.int16), affine)


def ball(radius_mm: float, name: str = "L1", first_z_mm: float = 139.0) -> ContouredStructure:
    """Circles of a ball on planes 3 mm apart."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    polygons = []
    for z in np.arange(first_z_mm, CENTER_MM[2] + radius_mm, 3.0):
        height = z - CENTER_MM[2]
        if abs(height) < radius_mm:
            r = np.sqrt(radius_mm**2 - height**2)
            circle = np.column_stack(
                (CENTER_MM[0] + r * np.cos(angle), CENTER_MM[1] + r * np.sin(angle), 0 * angle + z)
            )
            polygons.append(circle)
    return ContouredStructure(name, tuple(polygons))


@pytest.fixture
def ct() -> Volume:
    return ramp_ct()


@pytest.fixture
def turned_ct():
    return ramp_ct


@pytest.fixture
def make_ball():
    return ball


@pytest.fixture
def dose() -> Volume:
    """Falls by 10 Gy a millimetre from 300 Gy at the centre, on a grid of its own."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = np.array(CENTER_MM) - 31.0
    blank = Volume(np.zeros((32, 32, 32), dtype=np.float32), affine)
    values = 300.0 - 10.0 * distance_from_center_mm(blank)
    return Volume(np.maximum(values, 0).astype(np.float32), affine)


@pytest.fixture
def ice(ct: Volume) -> Volume:
    """A ball of 12 mm radius."""
    return Volume(distance_from_center_mm(ct) < 12.0, ct.affine)


@pytest.fixture
def view(tmp_path: Path, ct: Volume, dose: Volume, ice: Volume) -> View:
    write_view(
        tmp_path / "view",
        ct=ct,
        structures=[ball(15.0)],
        dose=dose,
        prescription_gy=100.0,
        ice=ice,
        mode=GenerationMode.DEMO,
    )
    return open_view(tmp_path / "view")


@pytest.fixture
def center_mm() -> tuple[float, float, float]:
    return CENTER_MM
