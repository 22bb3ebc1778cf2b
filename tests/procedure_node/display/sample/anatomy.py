"""Where the sample's structures, seeds and ice lie, and its CT and dose."""

import math
from pathlib import Path

import numpy as np

from dosimetry_core.values import ContouredStructure, GenerationMode, Volume, ZoneKind
from procedure_node.events import SeedFact
from procedure_node.views import write_view
from tests.procedure_node.display.sample.cold import write_sample_cold

PRESCRIPTION_GY = 110.0

CT_SHAPE = (41, 128, 128)

CT_SPACING_MM = (5.0, 3.2, 3.2)

CT_ORIGIN_MM = (-198.2, -204.0, -375.0)

BALLS_MM: dict[str, tuple[tuple[float, float, float], float]] = {
    "L1": ((-75.0, -40.0, -255.0), 14.0),
    "L2": ((-50.0, 12.0, -265.0), 12.0),
    "L3_CORE": ((-22.0, -72.0, -260.0), 11.0),
    "L3_PERIPHERY": ((-22.0, -72.0, -260.0), 20.0),
    "GALLBLADDER": ((-38.0, -37.0, -285.0), 8.0),
    "STOMACH": ((70.0, -30.0, -260.0), 28.0),
}
"""Centre and radius of every structure; the periphery is what lies around the core."""

COLD_FILE = "cold.npz"
"""Beside the view's directory: the modelled temperatures."""

WHOLE, CORE, PERIPHERY = ZoneKind.WHOLE, ZoneKind.CORE, ZoneKind.PERIPHERY

TARGETS = {
    "L1": ("L1", WHOLE),
    "L2": ("L2", WHOLE),
    "L3_CORE": ("L3", CORE),
    "L3_PERIPHERY": ("L3", PERIPHERY),
}


def contours() -> list[ContouredStructure]:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    drawn = []
    for name, ((x, y, z), radius) in BALLS_MM.items():
        radii = (radius, BALLS_MM["L3_CORE"][1]) if name == "L3_PERIPHERY" else (radius,)
        polygons = []
        for k in range(CT_SHAPE[0]):
            height = CT_ORIGIN_MM[2] + CT_SPACING_MM[0] * k - z
            for r in (math.sqrt(r**2 - height**2) for r in radii if r > abs(height)):
                circle = (x + r * np.cos(angle), y + r * np.sin(angle), np.full(60, z + height))
                polygons.append(np.column_stack(circle))
        drawn.append(ContouredStructure(name, tuple(polygons)))
    return drawn


def seeds() -> tuple[SeedFact, ...]:
    """24 in L1 and 18 around L3's core, along needles that run from front to back."""
    found = []
    for name, shell, count in (("L1", 9.0, 24), ("L3_PERIPHERY", 15.0, 18)):
        (x, y, z), _ = BALLS_MM[name]
        lesion, zone = TARGETS[name]
        for n in range(count):
            polar = math.acos(1 - 2 * (n + 0.5) / count)
            turn = math.pi * (1 + 5**0.5) * n
            offset = (
                shell * math.cos(turn) * math.sin(polar),
                shell * math.sin(turn) * math.sin(polar),
                shell * math.cos(polar),
            )
            center = (x + offset[0], y + offset[1], z + offset[2])
            found.append(
                SeedFact(
                    center_mm=center,
                    axis=(0.3, 0.9, 0.316),
                    confidence=0.97,
                    lesion=lesion,
                    zone=zone,
                )
            )
    return tuple(found)


def ct_volume() -> Volume:
    """A body of water with fat, a liver, a spine, lesions and seeds."""
    affine = np.diag([*reversed(CT_SPACING_MM), 1.0])
    affine[:3, 3] = CT_ORIGIN_MM
    blank = Volume(np.full(CT_SHAPE, -1000, dtype=np.int16), affine)
    xyz = blank.to_patient_mm(np.stack(np.indices(CT_SHAPE), axis=-1).astype(float))
    values = blank.values
    noise = np.random.default_rng(1).normal(0, 8, CT_SHAPE)
    for center, half_axes, hu in (
        ((0, -30, 0), (170, 110, 1e4), -90),
        ((0, -30, 0), (155, 96, 1e4), 45),
        ((-55, -35, -265), (95, 75, 80), 105),
        ((0, 55, 0), (24, 22, 1e4), 420),
        ((70, -30, -260), (30, 30, 40), 20),
    ):
        values[(((xyz - center) / half_axes) ** 2).sum(axis=-1) < 1] = hu
    for name in ("L1", "L2", "L3_PERIPHERY"):
        center, radius = BALLS_MM[name]
        values[np.linalg.norm(xyz - center, axis=-1) < radius] = 65
    values[ice_mask(blank)] -= 85
    noisy = np.rint(np.where(values > -500, values + noise, values)).astype(np.int16)
    for seed in seeds():
        k, j, i = np.rint(blank.to_index(np.array(seed.center_mm))).astype(int)
        noisy[k, j, i] = 2800
    return Volume(noisy, affine)


def ice_mask(ct: Volume) -> np.ndarray:
    """Ice around L2 and the core of L3."""
    xyz = ct.to_patient_mm(np.stack(np.indices(ct.values.shape), axis=-1).astype(float))
    mask = np.zeros(ct.values.shape, dtype=bool)
    for name, radii in (("L2", (15, 18, 16)), ("L3_CORE", (12, 15, 14))):
        mask |= (((xyz - BALLS_MM[name][0]) / radii) ** 2).sum(axis=-1) < 1
    return mask


def dose_volume() -> Volume:
    """A falling-off dose of every seed, near enough to one of iodine-125 for a picture."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-125.0, -120.0, -310.0)
    grid = Volume(np.zeros((50, 60, 80), dtype=np.float32), affine)
    xyz = grid.to_patient_mm(np.stack(np.indices(grid.values.shape), axis=-1).astype(float))
    for seed in seeds():
        cm = np.linalg.norm(xyz - np.array(seed.center_mm), axis=-1) / 10
        radial = np.clip(1.0 - 0.14 * (cm - 1.0), 0.0, None)
        grid.values[...] += (10.0 * radial / (cm**2 + 0.02)).astype(np.float32)
    return grid


def write_sample_view(directory: Path, ct: Volume | None = None) -> None:
    shown = ct or ct_volume()
    write_sample_cold(directory.parent / COLD_FILE)
    write_view(
        directory,
        ct=shown,
        structures=contours(),
        dose=dose_volume(),
        prescription_gy=PRESCRIPTION_GY,
        ice=Volume(ice_mask(shown), shown.affine),
        mode=GenerationMode.DEMO,
    )
