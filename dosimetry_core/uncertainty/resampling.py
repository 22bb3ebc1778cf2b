"""Dose-volume figures under errors of seeds, strength and registration, by resampling."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh import StructureDoseResult
from dosimetry_core.structures import sample_structure
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.uncertainty.band import Band, DoseBand
from dosimetry_core.uncertainty.drawing import draw_implant
from dosimetry_core.uncertainty.errors import DoseErrors
from dosimetry_core.uncertainty.points import FewPoints, choose_points, divide_hottest
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]

SAMPLES = 1000
"""With these a percentile at 5 % or 95 % has a standard error of 0.07 standard deviations."""
FEWEST_SAMPLES = 100
"""With fewer the 5th percentile hangs on less than five samples."""
SAMPLES_PER_TASK = 25
CELLS = 20_000
"""Cells of a structure among which its points are chosen."""
TARGET_POINTS = 1200
"""Points of a target whose dose is resampled: its levels run along the whole surface."""
ORGAN_POINTS = 150
"""The same of an organ, whose hottest part is in one place."""
HOTTEST_MM3 = {"d2cc_gy": 2000.0, "d0_1cc_gy": 100.0}
"""Volumes whose dose is judged in organs."""


def dose_bands(
    structures: Sequence[ContouredStructure],
    implant: Sequence[ImplantedSources],
    results: Sequence[StructureDoseResult],
    errors: DoseErrors,
    *,
    samples: int = SAMPLES,
    seed: int = 0,
    threads: int = 1,
    plane_spacing_mm: float | None = None,
) -> tuple[DoseBand, ...]:
    """Bands of D90 and V100 of targets, and of D2cc and D0.1cc of organs.

    The implant is drawn ``samples`` times around what is known of it, and its dose computed at
    150 to 1200 points of each structure, mostly those near the doses at which it is judged. A
    figure's band is the figure of ``results`` times (V100: plus) the change among the drawn
    implants at these same points, so that what they do not resolve cancels. It is centred on the
    figure: what the errors do to it on average is told apart (``Band.scatter_shift``).

    What the bands contain and leave out is in ``docs/uncertainty.md``.

    Args:
        structures: targets and organs.
        implant: the seeds as they are known.
        results: what ``structure_dose`` says of each structure with this implant, in the same
            order. One with a prescription is a target, one without an organ.
        errors: what is uncertain, and how much.
        samples: number of drawn implants.
        seed: the same seed gives the same bands, whatever the number of threads.
        threads: how many threads share the work.
        plane_spacing_mm: spacing of the contoured images, needed for a structure of one plane.

    Returns:
        One for each structure, in order. Without any seed every value is the nominal one.

    Raises:
        StructureError: a structure has no sound shape.
        ValueError: results do not fit the structures, or ``samples`` or ``threads`` is too small.
    """
    names = [structure.name for structure in structures]
    if names != [result.name for result in results]:
        raise ValueError(
            f"dose results of {[result.name for result in results]} do not fit structures {names}"
        )
    if samples < FEWEST_SAMPLES:
        raise ValueError(f"a band needs at least {FEWEST_SAMPLES} samples, got {samples}")
    if threads < 1:
        raise ValueError(f"threads must be above zero, is {threads}")
    seeds = tuple(sources for sources in implant if sources.strengths_u.size)
    if not seeds or not results:
        return tuple(_sure(result, samples) for result in results)
    streams = np.random.SeedSequence(seed).spawn(samples)
    with ThreadPoolExecutor(threads) as pool:
        choose = partial(_few_points, seeds, plane_spacing_mm)
        points = tuple(pool.map(choose, structures, results))
        resample = partial(_drawn_figures, points, results, seeds, errors)
        tasks = (streams[n : n + SAMPLES_PER_TASK] for n in range(0, samples, SAMPLES_PER_TASK))
        drawn = tuple(pool.map(resample, tasks))
    nominal = _figures(points, results, [seeds])
    return tuple(
        _dose_band(
            result.name,
            {
                name: _band(name, value, nominal[n][name], _joined(drawn, n, name))
                for name, value in _known(result)
            },
        )
        for n, result in enumerate(results)
    )


def _sure(result: StructureDoseResult, samples: int) -> DoseBand:
    """Bands without width."""
    bands = {
        name: Band.of(value, np.full(samples, value), scatter_shift=0.0)
        for name, value in _known(result)
    }
    return _dose_band(result.name, bands)


def _known(result: StructureDoseResult) -> list[tuple[str, float]]:
    """The figures that get a band, by their name in ``DoseBand``, with their nominal values."""
    if result.prescription_gy is None:
        found = [("d2cc_gy", result.d2cc_gy), ("d0_1cc_gy", result.d0_1cc_gy)]
    else:
        found = [("d90_gy", result.d90_gy), ("v100_percent", result.v100_percent)]
    return [(name, value) for name, value in found if value is not None]


def _few_points(
    seeds: Sequence[ImplantedSources],
    plane_spacing_mm: float | None,
    structure: ContouredStructure,
    result: StructureDoseResult,
) -> FewPoints:
    """The points that answer for one structure; none where no figure is asked for."""
    known = dict(_known(result))
    if not known:
        return FewPoints(np.empty((0, 3)), np.empty(0))
    dose = partial(total_dose_gy, seeds, engine="table")
    samples = sample_structure(structure, point_count=CELLS, plane_spacing_mm=plane_spacing_mm)
    if result.prescription_gy is not None:
        levels_gy = (known["d90_gy"], result.prescription_gy)
        return choose_points(samples, dose, levels_gy, TARGET_POINTS)
    fine = divide_hottest(samples, dose(samples.points_mm), [HOTTEST_MM3[name] for name in known])
    return choose_points(fine, dose, tuple(known.values()), ORGAN_POINTS)


def _drawn_figures(
    points: Sequence[FewPoints],
    results: Sequence[StructureDoseResult],
    seeds: Sequence[ImplantedSources],
    errors: DoseErrors,
    streams: Sequence[np.random.SeedSequence],
) -> list[dict[str, FloatArray]]:
    """Figures of one drawn implant for each stream, structure by structure."""
    implants = [draw_implant(seeds, errors, np.random.default_rng(stream)) for stream in streams]
    return _figures(points, results, implants)


def _figures(
    points: Sequence[FewPoints],
    results: Sequence[StructureDoseResult],
    implants: Sequence[Sequence[ImplantedSources]],
) -> list[dict[str, FloatArray]]:
    """Figures (implants,) of every structure by name, as its few points say."""
    places = np.concatenate([few.points_mm for few in points])
    dose = np.stack([total_dose_gy(implant, places, engine="table") for implant in implants])
    ends = np.cumsum([few.weights_mm3.size for few in points])
    return [
        {name: _figure(name, few, own_dose, result.prescription_gy) for name, _ in _known(result)}
        for few, own_dose, result in zip(
            points, np.split(dose, ends[:-1], axis=1), results, strict=True
        )
    ]


def _figure(
    name: str, few: FewPoints, dose_gy: FloatArray, prescription_gy: float | None
) -> FloatArray:
    if name == "v100_percent" and prescription_gy is not None:
        return few.volume_percent_at(dose_gy, prescription_gy)
    volume_mm3 = HOTTEST_MM3.get(name, 0.9 * float(few.weights_mm3.sum()))
    return few.dose_to_hottest(dose_gy, volume_mm3)


def _joined(parts: Sequence[list[dict[str, FloatArray]]], n: int, name: str) -> FloatArray:
    return np.concatenate([part[n][name] for part in parts])


def _band(name: str, nominal: float, from_points: FloatArray, drawn: FloatArray) -> Band:
    """The nominal value changed as the figure from the few points changed, centred on it.

    What the errors do to the figure on average is taken out, once: the nominal figure has it in
    it already, since what is known of the implant differs from the truth by such errors.
    """
    if name == "v100_percent":
        changed = nominal + (drawn - from_points)
        shift = float(np.median(changed)) - nominal
        centred = np.clip(changed - shift, 0.0, 100.0)
        return Band.of(nominal, centred, scatter_shift=shift, highest=100.0)
    middle = float(np.median(drawn))
    if min(middle, float(from_points[0])) <= 0.0:  # out of all reach of the seeds
        return Band.of(nominal, np.full_like(drawn, nominal), scatter_shift=0.0)
    shift = nominal * (middle / float(from_points[0]) - 1.0)
    return Band.of(nominal, nominal * (drawn / middle), scatter_shift=shift)


def _dose_band(name: str, bands: Mapping[str, Band]) -> DoseBand:
    return DoseBand(
        name=name,
        d90_gy=bands.get("d90_gy"),
        v100_percent=bands.get("v100_percent"),
        d2cc_gy=bands.get("d2cc_gy"),
        d0_1cc_gy=bands.get("d0_1cc_gy"),
    )
