"""Thin slabs of simulated CT with dense implants, for seed finding to learn from.

    python benchmarks/seed_training_scans.py FOLDER [FIRST [COUNT [CT]]]

Each slab is 25 mm of the demonstration's patient (``simulators.patient``), or of the one whose CT
(a folder of DICOM, named by letters: they begin the files' names) is given. He is mirrored, turned,
larger or smaller and has other bone; metal is projected into him (``simulators.projection``,
docs/simulated_ct.md) and all is reconstructed: a third of a whole scan's work for as many seeds.
Every phase of thicker slices is written, since a seed looks different at each. A slab takes about
40 s of processor time.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from dosimetry_core.values import Volume
from drivers.dicom import read_ct_series
from simulators.patient import load_baseline
from simulators.projection.anatomy import project_anatomy
from simulators.projection.drawing import HARD, STANDARD, Recipe, draw_implant
from simulators.projection.hardware import SeedModel
from simulators.projection.implant import Implant
from simulators.projection.scanner import Kernel, Technique, scan
from simulators.projection.sites import soft_sites
from simulators.projection.slices import EXTENDED, HuScale, averaged
from simulators.projection.truth import SimulatedScan, write_npz
from simulators.projection.variants import Variant, changed

_SLICES = 20
_SEMI_AXES_MM = (30.0, 30.0, 9.0)
_KERNELS = (*[Kernel.STANDARD] * 5, Kernel.SOFT, Kernel.SHARP)
_THICK = {1: "1.25", 2: "2.5", 4: "5"}


def recipe_of(rng: np.random.Generator) -> tuple[Recipe, float]:
    """What is implanted, and the share of the usual dose."""
    extras = {
        "needles": int(rng.integers(3, 8)),
        "clips": int(rng.integers(2, 5)),
        "fiducials": int(rng.integers(1, 3)),
        "calcifications": int(rng.integers(2, 5)),
        "stranded_share": float(rng.choice([0.0, 0.0, 0.5])),
    }
    pairs = int(rng.choice([4, 8, 12]))
    recipe = replace(STANDARD if pairs < 8 else HARD, seeds=32, close_pairs=pairs, **extras)
    if rng.random() < 0.3:
        other = (SeedModel.GOLD_MARKER, SeedModel.SILVER_BEADS)[int(rng.integers(2))]
        recipe = replace(recipe, model=other)
    return recipe, float(rng.choice([1.0, 0.3]))


def write_slab(folder: Path, name: str, number: int, base: Volume) -> None:
    """Draw, project and write one slab of a patient, by name, at all thicknesses and phases."""
    rng = np.random.default_rng(1000 + number)
    variant = Variant(
        mirrored=bool(rng.random() < 0.5),
        upside_down=bool(rng.random() < 0.5),
        scale=float(rng.uniform(0.9, 1.08)),
        turn_deg=float(rng.uniform(-9.0, 9.0)),
        bone=float(rng.uniform(0.8, 1.3)),
    )
    patient = changed(base, variant)
    sites = soft_sites(patient, _SEMI_AXES_MM, filled=0.85, z_margin_mm=14.0)
    center = np.array(sites[int(rng.integers(len(sites)))]) + rng.uniform(-0.6, 0.6, 3)
    angle = np.radians(rng.uniform(-70.0, 70.0))
    ahead = np.array([np.sin(angle), np.cos(angle), rng.normal(0.0, 0.12)])
    recipe, dose = recipe_of(rng)
    implant = _drawn(recipe, center, ahead / np.linalg.norm(ahead), number)
    ys, xs = np.nonzero(patient.values[len(patient.values) // 2] > -300)
    _, row_mm, column_mm = patient.spacing_mm
    origin = patient.affine[:2, 3]
    middle = origin + np.array([xs.mean() * column_mm, ys.mean() * row_mm])
    axis = middle + rng.uniform(-1.0, 1.0, 2) * (15.0, 25.0)
    shift = (middle - axis) * rng.uniform(0.3, 1.0, 2)
    width = float(np.ptp(xs)) * column_mm
    technique = Technique(
        kernel=_KERNELS[int(rng.integers(len(_KERNELS)))],
        photons=1e5 * dose,
        pixel_mm=round(float(np.clip((width + rng.uniform(10.0, 60.0)) / 512.0, 0.66, 0.94)), 4),
        center_mm=(float(shift[0]), float(shift[1])),
        seed=number,
        kilovolts=int(rng.choice([120, 120, 120, 100, 140])),
    )
    anatomy = project_anatomy(
        patient,
        z_first_mm=float(center[2]) - 0.5 * _SLICES * 1.25 + float(rng.uniform(0.0, 1.25)),
        slices=_SLICES,
        axis_mm=(float(axis[0]), float(axis[1])),
    )
    thin = scan(anatomy, implant.bodies, technique)
    hu_scale = EXTENDED if rng.random() < 0.2 else HuScale()
    meta = {"variant": str(variant), "technique": repr(technique), "number": number}
    for thin_per_slice, thick in _THICK.items():
        for phase in range(thin_per_slice):
            volume = averaged(
                thin,
                anatomy,
                technique,
                thin_per_slice=thin_per_slice,
                phase=phase,
                scale=hu_scale,
            )
            path = folder / f"{name}{number}-slab-{thick}mm-{phase}.npz"
            write_npz(SimulatedScan(volume, implant, meta), path)


def _drawn(
    recipe: Recipe,
    center: np.ndarray[tuple[int], np.dtype[np.float64]],
    ahead: np.ndarray,
    number: int,
) -> Implant:
    for attempt in range(30):
        fewer = replace(recipe, seeds=recipe.seeds - attempt // 3)
        try:
            return draw_implant(
                fewer,
                (float(center[0]), float(center[1]), float(center[2])),
                _SEMI_AXES_MM,
                (float(ahead[0]), float(ahead[1]), float(ahead[2])),
                1000 * number + attempt,
            )
        except ValueError:
            continue
    raise ValueError(f"slab {number}: no room for its implant")


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3, 4, 5}:
        sys.exit(__doc__)
    if len(sys.argv) > 4:
        name = Path(sys.argv[4]).name
        source = read_ct_series(sorted(Path(sys.argv[4]).glob("*"))).volume
    else:
        name, source = "demonstration", load_baseline().volume
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    for slab in range(first, first + count):
        write_slab(Path(sys.argv[1]), name, slab, source)
        print(f"slab {slab} written", flush=True)
