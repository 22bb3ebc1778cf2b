"""One more seed: the dose grid and the DVHs of every structure of the demonstration, anew.

60 seeds lie in the demonstration's lesions; one more comes. Everything is computed again, as the
node does it for each scan, in which every seed is found anew; beside it the live implant, to which
the 61st seed is added alone, and the least that this seed costs, its own dose at all points.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.figures import Figure, Outcome, Peer
from benchmarks.machine import own_peak_mb
from benchmarks.patient import seed_poses
from dosimetry_core.dvh import (
    GridGeometry,
    LiveImplant,
    LiveStructure,
    StructureDoseResult,
    structure_dose,
)
from dosimetry_core.structures import sample_structure
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy
from dosimetry_core.values import ContouredStructure, Source, Volume
from procedure_node.imaging.dose import THREADS, display_grid
from procedure_node.seed_library import load_seed_models
from procedure_node.settings.paths import default_config_dir
from simulators.patient import contours, seed_model

BUDGET_MS = 30.0
STRENGTH_U = 0.5
PRESCRIPTION_GY = 110.0


def run(*, quick: bool) -> Outcome:
    """Measure."""
    structures = [drawn.structure for drawn in contours()]
    implant = _implant(61)
    one = (_implant(61, first=60),)
    points = np.concatenate([sample_structure(one_of).points_mm for one_of in structures])
    grid = display_grid((implant,))
    assert grid is not None
    affine = grid.affine
    indices = np.indices(grid.values.shape).reshape(3, -1)[::-1].T
    voxels = np.ascontiguousarray(indices * np.diag(affine)[:3] + affine[:3, 3])

    def dvh_of(structure: ContouredStructure) -> StructureDoseResult:
        return structure_dose(structure, (implant,), prescription_gy=PRESCRIPTION_GY)

    def every_dvh() -> list[StructureDoseResult]:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(dvh_of, structures))

    work: dict[str, Callable[[], object]] = {
        f"DVHs of {len(structures)} structures": every_dvh,
        f"dose grid of {grid.values.size} voxels": lambda: display_grid((implant,)),
        f"the 61st seed's dose alone at {len(points)} points": lambda: total_dose_gy(
            one, points, engine="table"
        ),
        f"the 61st seed's dose alone at {len(voxels)} voxels": lambda: total_dose_gy(
            one, voxels, engine="table"
        ),
    }
    for step in work.values():
        step()
    wall: dict[str, list[float]] = {name: [] for name in work}
    cpu: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(3 if quick else 15):
        for name, step in work.items():
            began, began_cpu = time.perf_counter(), time.process_time()
            step()
            wall[name].append((time.perf_counter() - began) * 1000)
            cpu[name].append((time.process_time() - began_cpu) * 1000)
    live, live_indices = _live(structures, grid, implant, 3 if quick else 15)
    dvhs, voxel_dose, *alone = work
    both = [a + b for a, b in zip(wall[dvhs], wall[voxel_dose], strict=True)]
    least = [a + b for a, b in zip(*(wall[name] for name in alone), strict=True)]
    return Outcome(
        (
            Figure(
                "everything anew with 61 seeds",
                "ms",
                both,
                BUDGET_MS,
                peer=Peer("the 61st seed's dose alone", least),
                peak_mb=own_peak_mb(),
            ),
            Figure("the live implant: DVHs and grid with one more seed", "ms", live, BUDGET_MS),
            Figure("the live implant: the same with CI and EI", "ms", live_indices),
            *(Figure(f"  {name}", "ms", wall[name]) for name in work),
            *(Figure(f"  CPU: {name}", "ms", cpu[name]) for name in (dvhs, voxel_dose)),
        )
    )


def _live(
    structures: list[ContouredStructure], grid: Volume, implant: ImplantedSources, times: int
) -> tuple[list[float], list[float]]:
    """Milliseconds that the last seed takes until all figures and the grid have it, repeatedly.

    Without and with the indices that rest on the prescription isodose.
    """
    assert implant.axes is not None
    geometry = GridGeometry(
        (float(grid.affine[0, 3]), float(grid.affine[1, 3]), float(grid.affine[2, 3])),
        grid.spacing_mm,
        (grid.values.shape[0], grid.values.shape[1], grid.values.shape[2]),
    )
    with ThreadPoolExecutor(THREADS) as executor:
        live = LiveImplant(
            [
                LiveStructure(one, PRESCRIPTION_GY if one.name[0] == "L" else None)
                for one in structures
            ],
            grid=geometry,
            executor=executor,
        )
        sources = [
            Source(tuple(center), tuple(axis), STRENGTH_U)
            for center, axis in zip(implant.centers_mm.tolist(), implant.axes.tolist(), strict=True)
        ]
        for number, source in enumerate(sources[:-1]):
            live.add(str(number), implant.model, source)
        live.results()
        live.dose_grid()
        took_ms: dict[bool, list[float]] = {False: [], True: []}
        for with_isodose, took in took_ms.items():
            for _ in range(times):
                began = time.perf_counter()
                live.add("last", implant.model, sources[-1])
                live.results(with_isodose=with_isodose)
                live.dose_grid()
                took.append((time.perf_counter() - began) * 1000)
                live.remove("last")
                live.results()
    return took_ms[False], took_ms[True]


def _implant(last: int, first: int = 0) -> ImplantedSources:
    """Seeds of the large patient; the 61st lies between those of the first lesion."""
    poses = (*seed_poses(), *seed_poses(1)[:1])[first:last]
    return ImplantedSources(
        model=load_seed_models(default_config_dir() / "seed_models")[seed_model()],
        centers_mm=np.array([pose.center_mm for pose in poses]),
        axes=np.array([pose.axis for pose in poses]),
        strengths_u=np.full(len(poses), STRENGTH_U),
    )
