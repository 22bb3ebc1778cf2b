"""Scans with known seeds, as ``benchmarks.seed_finding`` takes them: simulated projections."""

from pathlib import Path

from simulators.patient import SOURCE, load_baseline
from simulators.projection import (
    HARD,
    SEEDLESS,
    STANDARD,
    FanBeam,
    Recipe,
    Variant,
    changed,
    draw_case,
    draw_setup,
    scan_case,
    write_npz,
)

RECIPES: dict[str, tuple[Recipe | None, float]] = {
    "standard": (STANDARD, 1.0),
    "hard": (HARD, 0.3),
    "seedless": (SEEDLESS, 1.0),
    "empty": (None, 1.0),
}
"""What is implanted, and the share of a standard dose that it is scanned with."""

PATIENTS = (Variant(), Variant(mirrored=True, scale=0.93, bone=1.2))
SLICES_MM = (1.25, 2.5, 5.0)
QUICK_LENGTH_MM = 56.0
"""Just enough to hold every seed of the lesion."""
QUICK_SCANNER = FanBeam(channels=444, channel_rad=2.0 * 1.0239 / 949.0, views=492)
"""Half of the channels and views: its figures say that it runs, not how good the finding is."""


def write_seed_scans(folder: Path, *, quick: bool) -> None:
    """Write scans of the demonstration's patient; quick: one short, coarse scan."""
    ct = load_baseline()
    for number, variant in enumerate(PATIENTS[:1] if quick else PATIENTS):
        volume = changed(ct.volume, variant)
        setup = draw_setup(volume, number, length_mm=QUICK_LENGTH_MM if quick else 85.0)
        for name, (recipe, dose) in RECIPES.items():
            if quick and name != "standard":
                continue
            scans = scan_case(
                volume,
                draw_case(setup, recipe, number, dose=dose),
                (2.5,) if quick else SLICES_MM,
                origin=f"{SOURCE}; {variant}",
                geometry=QUICK_SCANNER if quick else None,
                cache=folder / "cache",
                threads=2,
            )
            for scan in scans:
                thickness = scan.volume.spacing_mm[0]
                write_npz(scan, folder / f"{number}-{name}-{thickness:g}mm.npz")
