"""The sample's modelled cold: L2 is modelled, the core of L3 is still being caught up with."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from dosimetry_core.bioheat import Grid
from dosimetry_core.values import Volume
from procedure_node.events import (
    IsothermFigure,
    LethalZoneModelled,
    ModelComparison,
    ModelCorrection,
    ModelledFigure,
    ModelledStructure,
    WallCorrection,
)
from procedure_node.lethal_zone.pictures import write_pictures

CENTER_MM = (-50.0, 12.0, -265.0)
RADII = (1.0, 1.25, 1.1)


def write_sample_cold(path: Path) -> None:
    """Temperatures that rise 7 K a millimetre, from an egg-shaped middle."""
    grid = Grid.cube(CENTER_MM, 72.0, 1.5)
    blank = grid.volume(np.zeros(grid.shape_kji))
    xyz = blank.to_patient_mm(np.stack(np.indices(grid.shape_kji), axis=-1).astype(float))
    away_mm = np.linalg.norm((xyz - CENTER_MM) / RADII, axis=-1)

    def celsius(further_mm: float) -> Volume:
        return grid.volume(np.clip(-107.0 + 7.0 * (away_mm + further_mm), -90.0, 37.0))

    lowest = (celsius(0.0), celsius(2.0), celsius(-2.0))
    write_pictures(path, grid, (celsius(0.6),), lowest)


def figure(best: float, low: float, high: float) -> ModelledFigure:
    return ModelledFigure(best=best, low=low, high=high)


def lethal_zones(now: datetime, pictures: Path | None) -> dict[str, LethalZoneModelled]:
    """Two lesions: one known, one not yet."""
    organ = ModelledStructure(
        name="GALLBLADDER",
        role="ORGAN",
        lethal_percent=(),
        ice_percent=figure(0.0, 0.0, 0.0),
        ice_cc=figure(0.0, 0.0, 0.0),
        ice_distance_mm=figure(8.0, 5.0, 11.0),
        cold_distance_mm=figure(6.0, 3.0, 9.0),
    )
    target = ModelledStructure(
        name="L2",
        role="TARGET",
        lethal_percent=(
            IsothermFigure(level_c=-20.0, amount=figure(98.0, 81.0, 100.0)),
            IsothermFigure(level_c=-40.0, amount=figure(62.0, 34.0, 88.0)),
        ),
        ice_percent=figure(100.0, 100.0, 100.0),
        ice_cc=figure(7.2, 7.2, 7.2),
        ice_distance_mm=None,
        cold_distance_mm=None,
    )
    correction = ModelCorrection(
        walls=(
            WallCorrection(
                probe="console/1", before_c=-113, before_sd_c=20, after_c=-97, after_sd_c=9
            ),
        ),
        comparisons=(
            ModelComparison(
                seen="ice in scan 3", unit="mm", observed=15.1, before=17.0, after=15.4, sd=1.5
            ),
        ),
        misfit=0.5,
    )
    known = LethalZoneModelled(
        lesion="L2",
        status="MODELLED",
        freeze=2,
        freezing=True,
        modelled_until=now - timedelta(seconds=3),
        tissue="liver",
        cryoprobes=("IceRod",),
        grid_mm=1.5,
        probes=("console/1",),
        now_cc=(IsothermFigure(level_c=0.0, amount=figure(17.0, 12.4, 23.0)),),
        lowest_cc=(
            IsothermFigure(level_c=0.0, amount=figure(18.2, 13.0, 24.1)),
            IsothermFigure(level_c=-20.0, amount=figure(9.8, 6.0, 14.2)),
            IsothermFigure(level_c=-40.0, amount=figure(4.1, 1.8, 7.7)),
        ),
        structures=(target, organ),
        correction=correction,
        warnings=(
            "probe console/1: no readings for 70 s; the bands hold all it may have done meanwhile",
        ),
        pictures=str(pictures) if pictures else None,
        frame_of_reference_uid="1.2.9",
    )
    behind = LethalZoneModelled(
        lesion="L3",
        status="CATCHING_UP",
        reason="the node was started again and computes what was frozen before",
        freeze=1,
    )
    return {"L3": behind, "L2": known}
