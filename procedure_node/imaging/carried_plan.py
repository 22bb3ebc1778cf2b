"""The seeds of a plan where a registration puts them in a scan."""

from collections.abc import Callable

import numpy as np

from dosimetry_core.registration import RegistrationResult
from dosimetry_core.values import Vector
from procedure_node.events import PlannedSeedFact
from procedure_node.imaging.identity_request import PlanRequest

_ALONG_MM = 2.0  # of a capsule's half: what bends less is not seen in its axis


def carried_seeds(
    plan: PlanRequest, result_of: Callable[[str], RegistrationResult | None]
) -> tuple[PlannedSeedFact, ...]:
    """The plan's seeds in the scan, in their order; as planned where nothing carries them.

    Args:
        plan: what was planned, and what carries it.
        result_of: the registration of a lesion, asked for where a deformation belongs to it.
    """
    seeds = list(plan.seeds)
    for one in plan.carried:
        result = result_of(one.lesion) if one.deformed else None
        matrix = np.array(one.matrix)
        for index in one.seeds:
            seed = seeds[index]
            middle = np.array(seed.center_mm)
            along = _ALONG_MM * np.array(seed.axis or (0.0, 0.0, 1.0))
            ends = np.stack([middle - along, middle, middle + along])
            if result is None:
                tail, at, head = ends @ matrix[:3, :3].T + matrix[:3, 3]
            else:
                tail, at, head = result.to_scan(ends)
            axis = _vector((head - tail) / np.linalg.norm(head - tail))
            seeds[index] = seed.model_copy(
                update={"center_mm": _vector(at), "axis": axis if seed.axis else None}
            )
    return tuple(seeds)


def _vector(values: np.ndarray) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z
