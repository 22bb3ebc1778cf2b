"""Dose at points that is kept, and follows the seeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources, SeedModel, total_dose_gy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class _Pool:
    """Items under one key: their numbers (n,), points (n, m, 3), and dose (n, m), Gy."""

    ids: IntArray
    points_mm: FloatArray
    dose_gy: FloatArray


class KeptDose:
    """``DosePoints`` of an implant that remembers what it was asked for.

    What was asked for in the last computation is kept, and changed by the seeds that change.
    """

    def __init__(self) -> None:
        self._pools: dict[str, _Pool] = {}
        self._asked: set[str] = set()
        self._implant: Sequence[ImplantedSources] = ()
        self._peaks_mm = np.empty((0, 2, 3))

    @property
    def peaks_mm(self) -> FloatArray:
        """See ``DosePoints``."""
        return self._peaks_mm

    def begin(self, implant: Sequence[ImplantedSources], peaks_mm: FloatArray) -> None:
        """A computation begins; all of ``change`` came before."""
        self._implant = implant
        self._peaks_mm = peaks_mm
        self._asked.clear()

    def end(self) -> None:
        """It has ended: forget what it did not ask for."""
        self._pools = {key: pool for key, pool in self._pools.items() if key in self._asked}

    def change(
        self,
        added: Sequence[ImplantedSources],
        removed: Sequence[ImplantedSources],
        *,
        is_empty: bool,
    ) -> None:
        """Follow a change of seeds; ``is_empty`` if none is left."""
        for pool in self._pools.values():
            if is_empty:
                pool.dose_gy = np.zeros_like(pool.dose_gy)
                continue
            flat = pool.points_mm.reshape(-1, 3)
            change = np.zeros(flat.shape[0])
            if added:
                change += total_dose_gy(added, flat, engine="table")
            if removed:
                change -= total_dose_gy(removed, flat, engine="table")
            changed = pool.dose_gy + change.reshape(pool.dose_gy.shape)
            pool.dose_gy = np.maximum(changed, 0.0)

    def kept(self, key: str, ids: IntArray, points_mm: FloatArray) -> FloatArray:
        """See ``DosePoints``."""
        self._asked.add(key)
        pool = self._pools.get(key)
        if pool is None or not pool.ids.size:
            dose = self.once(points_mm.reshape(-1, 3)).reshape(points_mm.shape[:2])
        elif np.array_equal(pool.ids, ids):
            return pool.dose_gy
        else:
            order = np.argsort(pool.ids)
            place = np.searchsorted(pool.ids, ids, sorter=order)
            place = order[np.minimum(place, order.size - 1)]
            missing = pool.ids[place] != ids
            dose = pool.dose_gy[place]
            asked = points_mm[missing]
            dose[missing] = self.once(asked.reshape(-1, 3)).reshape(asked.shape[:2])
        self._pools[key] = _Pool(ids, points_mm, dose)
        return dose

    def once(self, points_mm: FloatArray) -> FloatArray:
        """See ``DosePoints``."""
        return total_dose_gy(self._implant, points_mm, engine="table")


def joined(seeds: Iterable[ImplantedSources]) -> tuple[ImplantedSources, ...]:
    """Single seeds as one entry for each model."""
    by_model: dict[SeedModel, list[ImplantedSources]] = {}
    for seed in seeds:
        by_model.setdefault(seed.model, []).append(seed)
    return tuple(_one_entry(model, entries) for model, entries in by_model.items())


def _one_entry(model: SeedModel, entries: Sequence[ImplantedSources]) -> ImplantedSources:
    return ImplantedSources(
        model,
        np.concatenate([one.centers_mm for one in entries]),
        np.concatenate([one.axes for one in entries if one.axes is not None]),
        np.concatenate([one.strengths_u for one in entries]),
    )
