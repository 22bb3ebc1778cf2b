"""Dose of the seeds that were found, to every structure that is drawn."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dosimetry_core.dvh import StructureDoseResult, structure_dose
from dosimetry_core.structures import StructureError
from dosimetry_core.tg43 import ImplantedSources, SeedModel, dose_grid_gy
from dosimetry_core.values import ContouredStructure, FoundSeed, Volume
from procedure_node.events import DoseComputed, DvhCurve, StructureDose
from procedure_node.imaging.request import AnalysisRequest, SeedBatch
from procedure_node.protocol import Target

THREADS = 2
"""Structures, or parts of the grid, worked on at the same time: the kernels release the GIL."""

DISPLAY_GRID_MM = 2.0
"""Voxel of the dose grid that isodose lines are drawn from; DVHs are not taken from it."""

DISPLAY_MARGIN_MM = 40.0
"""How far around the seeds that grid reaches: past the 50 % isodose of any one lesion."""


class DoseUnknownError(Exception):
    """The dose cannot be computed. The message says why."""


def implant_of(
    seeds: Sequence[FoundSeed],
    counted: Sequence[Target | None],
    batches: Sequence[SeedBatch],
    models: Mapping[str, SeedModel],
) -> tuple[tuple[ImplantedSources, ...], tuple[str, ...]]:
    """Seeds with the model and strength of their target's batch, and warnings.

    A seed whose target has no batch of its own is given the only batch there is.

    Raises:
        DoseUnknownError: no batch can be told for some seed.
    """
    if not seeds:
        return (), ()
    if not batches:
        raise DoseUnknownError(
            f"{len(seeds)} seeds are seen, but none was reported: their model is not known"
        )
    by_target = {batch.target.key: batch for batch in batches}
    kinds = {(batch.seed_model, batch.strength_u): batch for batch in batches}
    only = next(iter(kinds.values())) if len(kinds) == 1 else None
    chosen = [by_target.get(t.key, only) if t else only for t in counted]
    unknown = sum(1 for batch in chosen if batch is None)
    if unknown:
        raise DoseUnknownError(
            f"{unknown} seeds lie where none was reported, and several batches are in use: "
            "their strength is not known"
        )
    assumed = sum(1 for t in counted if t is None or t.key not in by_target)
    warnings = (
        (f"{assumed} seeds lie where none was reported; the only batch was taken for them",)
        if assumed
        else ()
    )
    return _grouped(seeds, [b for b in chosen if b is not None], models), warnings


def _grouped(
    seeds: Sequence[FoundSeed], batches: Sequence[SeedBatch], models: Mapping[str, SeedModel]
) -> tuple[ImplantedSources, ...]:
    """Seeds of one model together; those of unknown axis apart, as point sources."""
    pairs = list(zip(seeds, batches, strict=True))
    implant: list[ImplantedSources] = []
    for name in sorted({batch.seed_model for batch in batches}):
        for with_axis in (True, False):
            mine = [(s, b) for s, b in pairs if b.seed_model == name and any(s.axis) == with_axis]
            if not mine:
                continue
            axes = np.array([s.axis for s, _ in mine], dtype=np.float64)
            implant.append(
                ImplantedSources(
                    model=models[name],
                    centers_mm=np.array([s.center_mm for s, _ in mine], dtype=np.float64),
                    axes=axes if with_axis else None,
                    strengths_u=np.array([b.strength_u for _, b in mine], dtype=np.float64),
                )
            )
    return tuple(implant)


def dose_to_structures(
    request: AnalysisRequest,
    implant: Sequence[ImplantedSources],
    structures: Mapping[str, ContouredStructure],
    warnings: Sequence[str],
) -> tuple[DoseComputed, tuple[StructureDoseResult, ...]]:
    """Dose and DVH of every target and organ of the request, as journalled and as computed.

    A structure without a sound shape is left out with a warning that names it.
    """
    prescriptions = {t.structure: request.prescription_gy for t in request.targets if t.seeded}

    def dose_to(name: str) -> StructureDoseResult | StructureError:
        try:
            return structure_dose(
                structures[name],
                implant,
                prescription_gy=prescriptions.get(name),
                other_targets=[structures[other] for other in prescriptions if other != name],
            )
        except StructureError as error:
            return error

    names = (*(t.structure for t in request.targets), *(o.structure for o in request.organs))
    with ThreadPoolExecutor(THREADS) as pool:
        told = tuple(pool.map(dose_to, names))
    results = tuple(one for one in told if isinstance(one, StructureDoseResult))
    left_out = (f"left out: {one}" for one in told if isinstance(one, StructureError))
    computed = DoseComputed(
        series_uid=request.series_uid,
        seed_models=tuple(dict.fromkeys(sources.model.name for sources in implant)),
        research_models=tuple(
            dict.fromkeys(
                sources.model.name for sources in implant if sources.model.quality != "consensus"
            )
        ),
        seed_count=sum(sources.strengths_u.size for sources in implant),
        structures=tuple(_as_fact(result) for result in results),
        warnings=(*warnings, *left_out),
    )
    return computed, results


def _as_fact(result: StructureDoseResult) -> StructureDose:
    return StructureDose(
        name=result.name,
        volume_cc=result.volume_cc,
        prescription_gy=result.prescription_gy,
        d90_gy=result.d90_gy,
        d100_gy=result.d100_gy,
        v100_percent=result.v100_percent,
        v150_percent=result.v150_percent,
        v200_percent=result.v200_percent,
        d2cc_gy=result.d2cc_gy,
        d0_1cc_gy=result.d0_1cc_gy,
        dvh=DvhCurve(dose_gy=result.dvh_dose_gy, volume_percent=result.dvh_volume_percent),
        d95_gy=result.d95_gy,
        v90_percent=result.v90_percent,
        d1cc_gy=result.d1cc_gy,
        mean_gy=result.mean_gy,
        maximum_gy=result.maximum_gy,
        conformity_index=result.conformity_index,
        external_index=result.external_index,
        homogeneity_index=result.homogeneity_index,
    )


def display_grid(implant: Sequence[ImplantedSources]) -> Volume | None:
    """Dose on a grid around the seeds, for isodose lines; None without a seed."""
    if not implant:
        return None
    centers = np.concatenate([sources.centers_mm for sources in implant])
    low = centers.min(axis=0) - DISPLAY_MARGIN_MM
    high = centers.max(axis=0) + DISPLAY_MARGIN_MM
    columns, rows, slices = (int(n) + 1 for n in np.ceil((high - low) / DISPLAY_GRID_MM))
    return dose_grid_gy(
        implant,
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(DISPLAY_GRID_MM, DISPLAY_GRID_MM, DISPLAY_GRID_MM),
        shape_kji=(slices, rows, columns),
        threads=THREADS,
    )
