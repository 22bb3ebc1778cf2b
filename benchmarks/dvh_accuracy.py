"""How right dose-volume figures are, ours and dicompyler-core's, against closed forms.

Run as ``python -m benchmarks.dvh_accuracy``. A sphere, a cylinder and a cone of two sizes, drawn
every 1, 2.5 and 5 mm, in a linear gradient, in a Gaussian and around one point-like seed
(``dvh_cases``). Both get the same contours. Dicompyler gets the dose on a grid of 2 mm, as from an
RTDOSE, since that is what it takes; ours evaluates the dose at points, as the node does.
"""

import argparse
import sys
import warnings
from collections import defaultdict

import numpy as np

from benchmarks.dicompyler_dvh import dicompyler_figures
from benchmarks.dvh_cases import DOSES, SHAPES, Case, Solid
from dosimetry_core.dvh import evaluate_structure
from dosimetry_core.values import ContouredStructure, Volume

RADII_MM = (5.0, 20.0)
SPACINGS_MM = (1.0, 2.5, 5.0)
GRID_MM = 2.0
MARGIN_MM = 10.0
FIGURES = ("volume", "D90", "D95", "D2cc", "D0.1cc")
PEAK = np.zeros((1, 2, 3))
"""The seed's place."""


def own_figures(structure: ContouredStructure, case: Case) -> dict[str, float]:
    """Ours: volume (cm3), D90, D95, D2cc and D0.1cc (Gy)."""
    found = evaluate_structure(structure, case.dose_gy, prescription_gy=None, peaks_mm=PEAK)
    named = {
        "volume": found.volume_cc,
        "D90": found.d90_gy,
        "D95": found.d95_gy,
        "D2cc": found.d2cc_gy,
        "D0.1cc": found.d0_1cc_gy,
    }
    return {name: value for name, value in named.items() if value is not None}


def true_figures(case: Case) -> dict[str, float]:
    """The same in closed form."""
    total = case.solid.volume_mm3
    found = {"volume": total / 1000.0}
    for name, volume in (("D90", 0.9 * total), ("D95", 0.95 * total)):
        found[name] = case.dose_to_hottest_gy(volume)
    for name, volume in (("D2cc", 2000.0), ("D0.1cc", 100.0)):
        if volume < total:
            found[name] = case.dose_to_hottest_gy(volume)
    return found


def dose_grid(case: Case) -> Volume:
    """The dose on a grid around the solid."""
    half = case.solid.radius_mm + MARGIN_MM
    low = np.array([-half, -half, case.solid.low_mm - MARGIN_MM])
    high = np.array([half, half, case.solid.high_mm + MARGIN_MM])
    columns, rows, slices = (int(n) + 1 for n in np.ceil((high - low) / GRID_MM))
    affine = np.diag([GRID_MM, GRID_MM, GRID_MM, 1.0])
    affine[:3, 3] = low
    index = np.indices((slices, rows, columns)).reshape(3, -1)[::-1].T
    values = case.dose_gy(index * GRID_MM + low)
    return Volume(values.reshape(slices, rows, columns), affine)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dvh_accuracy")
    parser.add_argument("--quick", action="store_true", help="one sphere")
    quick: bool = parser.parse_args().quick
    spread: dict[tuple[str, float, str], list[float]] = defaultdict(list)
    print("errors in percent of the closed form: ours / dicompyler-core (-100: it says zero)")
    print(
        f"{'solid':<10}{'R mm':>5}{'slice':>7}  {'dose':<10}" + "".join(f"{f:>18}" for f in FIGURES)
    )
    for shape in SHAPES[:1] if quick else SHAPES:
        for radius_mm in RADII_MM[1:] if quick else RADII_MM:
            for spacing_mm in SPACINGS_MM[1:2] if quick else SPACINGS_MM:
                solid = Solid(shape, radius_mm, 2.0 * radius_mm)
                structure = solid.contoured(spacing_mm)
                for dose in DOSES:
                    case = Case(solid, dose)
                    true, own = true_figures(case), own_figures(structure, case)
                    peer = _dicompyler(structure, case)
                    cells = ""
                    for figure in FIGURES:
                        if figure not in true or figure not in own:
                            cells += f"{'-':>18}"
                            continue
                        errors = [100.0 * (one[figure] / true[figure] - 1) for one in (own, peer)]
                        for who, error in zip(("ours", "dicompyler"), errors, strict=True):
                            spread[figure, spacing_mm, who].append(error)
                        cells += f"{errors[0]:>+9.2f} /{errors[1]:>+7.2f}"
                    print(f"{shape:<10}{radius_mm:>5g}{spacing_mm:>7g}  {dose:<10}{cells}")
    print("\nmedian (90th percentile) of the errors' sizes, percent")
    for (figure, spacing_mm, who), errors in sorted(spread.items()):
        middle, most = np.percentile(np.abs(errors), [50, 90])
        print(f"{figure:<8}{spacing_mm:>5g} mm  {who:<11}{middle:>7.2f} ({most:.2f})")
    return 0


def _dicompyler(structure: ContouredStructure, case: Case) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dicompyler_figures(structure, dose_grid(case))


if __name__ == "__main__":
    sys.exit(main())
