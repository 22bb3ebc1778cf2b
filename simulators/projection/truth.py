"""A simulated scan with what is known of it, and its file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dosimetry_core.values import Volume
from simulators.projection.implant import Implant


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedScan:
    """One reconstruction and the truth.

    Attributes:
        volume: HU as int16, axial.
        implant: all that is in it.
        meta: how it was made: names to numbers and texts.
    """

    volume: Volume
    implant: Implant
    meta: dict[str, Any]


def write_npz(scan: SimulatedScan, path: Path) -> None:
    """Write a scan: ``docs/simulated_ct.md`` tells the keys."""
    seeds, implant = scan.implant.seeds, scan.implant
    needles = [
        {
            "tip": shaft.tip_mm,
            "dir": shaft.direction,
            "length": shaft.length_mm,
            "od": shaft.diameter_mm,
            "lumen": shaft.lumen_mm,
            "track": shaft.track,
        }
        for shaft in implant.shafts
    ]
    distractors = [
        {
            "kind": one.kind,
            "center": one.center_mm,
            "dir": one.axis,
            "length": one.length_mm,
            "radius": one.radius_mm,
        }
        for one in implant.distractors
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            volume_hu=scan.volume.values,
            spacing_zyx=np.array(scan.volume.spacing_mm),
            origin_zyx=scan.volume.affine[:3, 3][::-1],
            seeds_xyz=np.array([seed.center_mm for seed in seeds]).reshape(-1, 3),
            seeds_dir=np.array([seed.axis for seed in seeds]).reshape(-1, 3),
            seeds_kind=np.array([seed.kind for seed in seeds], dtype="U6"),
            seeds_model=np.array([seed.model.value for seed in seeds], dtype="U16"),
            seeds_strand=np.array(
                [-1 if seed.strand is None else seed.strand for seed in seeds], dtype=np.int64
            ),
            seeds_track=np.array([seed.track for seed in seeds], dtype=np.int64),
            needles_json=json.dumps(needles),
            distractors_json=json.dumps(distractors),
            tumour_center_axes=np.array([implant.lesion_center_mm, implant.lesion_semi_axes_mm]),
            meta_json=json.dumps(scan.meta),
            implant_json=json.dumps(asdict(implant), default=lambda value: value.value),
        )
    partial.replace(path)
