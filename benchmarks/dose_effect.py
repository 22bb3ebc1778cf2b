"""What errors of seed finding and of registration do to the dose: D90 and V100 against the truth.

    python -m benchmarks.dose_effect FOLDER

FOLDER holds scans as ``benchmarks.seed_scans`` writes them, PATIENT-RECIPE-SLICEmm.npz with the
true seeds and lesion. Each implant is given the strength at which the true D90 of the lesion is
the prescription. Then the seeds are looked for in the whole scan, those that count for the lesion
by the demonstration's protocol (10 mm) give the dose, and the lesion's contours are

- where they truly are: what finding alone does; and, where FOLDER has the patient's scan without
  seeds (RECIPE empty),
- carried from that scan, moved and turned at random: what finding and registration do together.

Told by slice thickness: how far D90 and V100 are off, in how many scans D90 is within 2 %, and
in how many the true D90 lies in the band that is told with it (5th to 95th percentile, with the
errors of the demonstration's protocol).
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from dosimetry_core.dvh import structure_dose
from dosimetry_core.registration import RegistrationError, register
from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.structures import signed_distance_mm
from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.uncertainty import DoseErrors, dose_bands
from dosimetry_core.values import ContouredStructure, Volume
from procedure_node.seed_library import load_seed_models

MODELS = Path(__file__).parents[1] / "config" / "seed_models"
PRESCRIPTION_GY = 110.0
COUNTED_MM = 10.0
ERRORS = DoseErrors(registration_sd_mm=1.0)
"""Those of the demonstration's protocol: 1 mm for each seed and for the registration, 3 %."""

WANTED_PERCENT = 2.0
SHIFT_MM, TURN_DEG = 8.0, 2.0
"""1 sigma along and about each axis, of how the patient lay otherwise for the planning CT."""

_PLANES_MM = 2.5
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Implant:
    """A scan with the truth about its seeds."""

    patient: str
    recipe: str
    scan: Volume
    seeds_mm: Points
    axes: Points
    lesion: ContouredStructure


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of one scan.

    Attributes:
        carried: whether the contours were registered to the scan.
        d90_percent: error of D90, percent of the true one.
        v100_points: error of V100, percentage points.
        in_band: whether the true D90 lies in the band.
    """

    slice_mm: float
    recipe: str
    carried: bool
    d90_percent: float
    v100_points: float
    in_band: bool


def effects(path: Path, model: SeedModel) -> Iterator[Effect]:
    """With true contours, and with carried ones where a scan without seeds is there."""
    implant = read_implant(path)
    truth = _sources(model, implant.seeds_mm, implant.axes, 1.0)
    unit_gy = structure_dose(implant.lesion, truth, prescription_gy=1.0).d90_gy
    strength_u = PRESCRIPTION_GY / unit_gy
    truth = _sources(model, implant.seeds_mm, implant.axes, strength_u)
    true = structure_dose(implant.lesion, truth, prescription_gy=PRESCRIPTION_GY)
    found = find_seeds(implant.scan).seeds
    centers = np.array([seed.center_mm for seed in found]).reshape(-1, 3)
    axes = np.array([seed.axis for seed in found]).reshape(-1, 3)
    for contours, carried in _contours(implant, path):
        near = signed_distance_mm(contours, centers) <= COUNTED_MM if len(found) else []
        if not np.any(near):
            yield Effect(_slice_mm(path), implant.recipe, carried, -100.0, -100.0, False)
            continue
        seen = _sources(model, centers[near], axes[near], strength_u)
        dose = structure_dose(contours, seen, prescription_gy=PRESCRIPTION_GY)
        band = dose_bands([contours], seen, [dose], ERRORS)[0].d90_gy
        yield Effect(
            slice_mm=_slice_mm(path),
            recipe=implant.recipe,
            carried=carried,
            d90_percent=100.0 * (dose.d90_gy / true.d90_gy - 1.0),
            v100_points=(dose.v100_percent or 0.0) - (true.v100_percent or 0.0),
            in_band=band is not None and band.low <= true.d90_gy <= band.high,
        )


def read_implant(path: Path) -> Implant:
    """A scan and its truth."""
    patient, recipe, _ = path.stem.split("-")
    with np.load(path) as data:
        center, semi_axes = data["tumour_center_axes"]
        return Implant(
            patient=patient,
            recipe=recipe,
            scan=_volume(data["volume_hu"], data["spacing_zyx"], data["origin_zyx"]),
            seeds_mm=data["seeds_xyz"],
            axes=data["seeds_dir"],
            lesion=ellipsoid(center, semi_axes),
        )


def ellipsoid(center_mm: Points, semi_axes_mm: Points) -> ContouredStructure:
    """Contours every 2.5 mm."""
    angle = 2.0 * np.pi * np.arange(180) / 180
    heights = np.arange(-semi_axes_mm[2] + _PLANES_MM / 2, semi_axes_mm[2], _PLANES_MM)
    polygons: list[Points] = []
    for z in heights:
        part = np.sqrt(1.0 - (z / semi_axes_mm[2]) ** 2)
        x = center_mm[0] + semi_axes_mm[0] * part * np.cos(angle)
        y = center_mm[1] + semi_axes_mm[1] * part * np.sin(angle)
        polygons.append(np.column_stack([x, y, np.full(angle.size, center_mm[2] + z)]))
    return ContouredStructure("lesion", tuple(polygons))


def _contours(implant: Implant, path: Path) -> Iterator[tuple[ContouredStructure, bool]]:
    """True contours, and those that a registration carries; none where it is not accepted."""
    yield implant.lesion, False
    planning_path = path.with_name(f"{implant.patient}-empty-{_slice_mm(path):g}mm.npz")
    if not planning_path.exists():
        return
    with np.load(planning_path) as data:
        empty = _volume(data["volume_hu"], data["spacing_zyx"], data["origin_zyx"])
    center = np.concatenate(implant.lesion.polygons_mm).mean(axis=0)
    to_planning = _motion(center, np.random.default_rng(len(implant.seeds_mm)))
    planning = Volume(empty.values, to_planning @ empty.affine)
    x, y, z = (to_planning[:3, :3] @ center + to_planning[:3, 3]).tolist()
    try:
        result = register(planning, implant.scan, (x, y, z))
    except RegistrationError as error:
        print(f"{path.name}: not registered: {error}")
        return
    if result.verdict != "ACCEPTED":
        print(f"{path.name}: {result.verdict}: {'; '.join(result.reasons)}")
        return
    both = result.matrix @ to_planning
    carried = tuple(p @ both[:3, :3].T + both[:3, 3] for p in implant.lesion.polygons_mm)
    yield ContouredStructure("lesion", carried), True


def _motion(about: Points, rng: np.random.Generator) -> Points:
    turn = Rotation.from_rotvec(np.radians(rng.normal(0.0, TURN_DEG, 3))).as_matrix()
    motion = np.eye(4)
    motion[:3, :3] = turn
    motion[:3, 3] = about - turn @ about + rng.normal(0.0, SHIFT_MM, 3)
    return motion


def _volume(values: NDArray[np.int16], spacing: Points, origin: Points) -> Volume:
    affine = np.diag([*spacing[::-1], 1.0])
    affine[:3, 3] = origin[::-1]
    return Volume(values, affine)


def _sources(
    model: SeedModel, centers: Points, axes: Points, strength_u: float
) -> tuple[ImplantedSources, ...]:
    return (ImplantedSources(model, centers, axes, np.full(len(centers), strength_u)),)


def _slice_mm(path: Path) -> float:
    return float(path.stem.rsplit("-", 1)[1].removesuffix("mm"))


def _line(name: str, found: Sequence[Effect]) -> str:
    d90 = np.array([effect.d90_percent for effect in found])
    v100 = np.array([effect.v100_points for effect in found])
    within = np.abs(d90) <= WANTED_PERCENT
    in_band = np.array([effect.in_band for effect in found])
    return (
        f"{name:<34}{len(found):5d}{d90.mean():+9.1f} %{np.percentile(np.abs(d90), 95):9.1f} %"
        f"{within.mean() * 100:12.0f} %{v100.mean():+10.1f}{np.percentile(np.abs(v100), 95):9.1f}"
        f"{in_band.mean() * 100:11.0f} %"
    )


def main(folder: Path) -> None:
    """Print the table."""
    model = load_seed_models(MODELS)["Amersham6711"]
    found: list[Effect] = []
    for path in sorted(folder.glob("*-*-*mm.npz")):
        if path.stem.split("-")[1] in {"standard", "hard"}:
            found += effects(path, model)
    print(
        f"{'slices, recipe, contours':<34}{'scans':>5}{'D90 mean':>11}{'95 % under':>11}"
        f"{'D90 in 2 %':>14}{'V100':>10}{'95 %':>9}{'in band':>13}"
    )
    for slice_mm in sorted({effect.slice_mm for effect in found}):
        for recipe in sorted({effect.recipe for effect in found}, reverse=True):
            for carried in (False, True):
                some = [
                    effect
                    for effect in found
                    if (effect.slice_mm, effect.recipe, effect.carried)
                    == (slice_mm, recipe, carried)
                ]
                if some:
                    how = "registered" if carried else "true"
                    print(_line(f"{slice_mm:g} mm, {recipe}, {how}", some))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
