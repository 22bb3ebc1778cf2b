"""Picture data of a scan on disk: a cache that can always be made again."""

import glob
import shutil
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from dosimetry_core.values import ContouredStructure, GenerationMode, Volume
from procedure_node.views.grid import Grid, ViewError, aligned
from procedure_node.views.outline import DistanceMap, distance_map
from procedure_node.views.view import StoredStructure, StoredVolume, View

META_FILE = "meta.json"


class StructureEntry(BaseModel):
    """A structure in ``meta.json``; its arrays lie in ``structure-<n>.npz``."""

    model_config = ConfigDict(extra="forbid")

    name: str
    centroid_mm: tuple[float, float, float]


class Meta(BaseModel):
    """Content of ``meta.json``; grids are None where there is no such volume."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    mode: GenerationMode
    prescription_gy: float | None
    ct: Grid
    dose: Grid | None
    ice: Grid | None
    structures: list[StructureEntry]


def write_view(
    directory: Path,
    *,
    ct: Volume,
    structures: Sequence[ContouredStructure],
    dose: Volume | None,
    prescription_gy: float | None,
    ice: Volume | None,
    mode: GenerationMode,
) -> None:
    """Store what the display needs of a scan, whole or not at all.

    It is written beside ``directory`` and renamed; a directory of that name is replaced.

    Args:
        directory: where it will lie; its parent is made where missing.
        ct: CT numbers, HU.
        structures: those without a polygon are left out.
        dose: total dose, Gy, on any axial grid.
        prescription_gy: what 100 % means; without it no isodose is drawn.
        ice: non-zero where ice is, on any axial grid.
        mode: where the scan comes from.

    Raises:
        ViewError: a volume is not axial.
        OSError: the disk refused.
    """
    with replacing(directory) as draft:
        ct_values, ct_grid = aligned(ct, "CT")
        if ct_values.dtype != np.int16:
            limits = np.iinfo(np.int16)
            ct_values = np.clip(np.rint(ct_values), limits.min, limits.max)
        _save(draft / "ct.npy", ct_values, np.int16)
        dose_grid = ice_grid = None
        if dose is not None:
            dose_values, dose_grid = aligned(dose, "dose grid")
            _save(draft / "dose.npy", dose_values, np.float32)
        if ice is not None:
            ice_values, ice_grid = aligned(ice, "ice mask")
            _save(draft / "ice.npy", ice_values != 0, np.uint8)
        drawn = [structure for structure in structures if structure.polygons_mm]
        meta = Meta(
            format=1,
            mode=mode,
            prescription_gy=prescription_gy,
            ct=ct_grid,
            dose=dose_grid,
            ice=ice_grid,
            structures=[
                _write_structure(draft, number, structure, ct_grid.pitch_mm[2])
                for number, structure in enumerate(drawn)
            ],
        )
        (draft / META_FILE).write_text(meta.model_dump_json(indent=1), encoding="utf-8")


@contextmanager
def replacing(directory: Path) -> Generator[Path]:
    """A draft directory that becomes ``directory`` when the block ends without an error.

    Drafts that a killed process left behind are removed first.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in directory.parent.glob(f".{glob.escape(directory.name)}~*"):
        shutil.rmtree(left_behind)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}~", dir=directory.parent))
    try:
        draft = work / "draft"
        draft.mkdir()
        yield draft
        if directory.exists():
            directory.rename(work / "replaced")
        draft.rename(directory)
    finally:
        shutil.rmtree(work)


def _save(path: Path, values: NDArray[Any], dtype: type[np.generic]) -> None:
    np.save(path, np.ascontiguousarray(values, dtype=dtype))


def _write_structure(
    draft: Path, number: int, structure: ContouredStructure, slice_mm: float
) -> StructureEntry:
    distances = distance_map(structure, slice_mm)
    counts = [len(polygon) for polygon in structure.polygons_mm]
    np.savez(
        draft / f"structure-{number}.npz",
        points_mm=np.concatenate(structure.polygons_mm),
        counts=np.array(counts),
        x_mm=distances.x_mm,
        y_mm=distances.y_mm,
        z_mm=distances.z_mm,
        distance_mm=distances.distance_mm,
    )
    return StructureEntry(name=structure.name, centroid_mm=distances.centroid_mm())


def open_view(directory: Path) -> View:
    """Open stored picture data; the volumes are mapped, not read.

    Raises:
        ViewError: it is missing, torn or of another format; it has to be made again.
    """
    try:
        meta = Meta.model_validate_json((directory / META_FILE).read_bytes())
        return View(
            mode=meta.mode,
            prescription_gy=meta.prescription_gy,
            ct=_mapped(directory / "ct.npy", meta.ct),
            dose=_mapped(directory / "dose.npy", meta.dose) if meta.dose else None,
            ice=_mapped(directory / "ice.npy", meta.ice) if meta.ice else None,
            structures=tuple(
                _read_structure(directory / f"structure-{n}.npz", entry)
                for n, entry in enumerate(meta.structures)
            ),
        )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ViewError(f"{directory} holds no whole view: make it again ({error})") from error


def _mapped(path: Path, grid: Grid) -> StoredVolume:
    values = np.load(path, mmap_mode="r")
    if values.shape != grid.shape[::-1]:
        raise ValueError(f"{path.name} has shape {values.shape}, its grid {grid.shape[::-1]}")
    return StoredVolume(values, grid)


def _read_structure(path: Path, entry: StructureEntry) -> StoredStructure:
    with path.open("rb") as file, np.load(file) as arrays:
        cuts = np.cumsum(arrays["counts"])[:-1]
        return StoredStructure(
            name=entry.name,
            centroid_mm=entry.centroid_mm,
            polygons_mm=tuple(np.split(arrays["points_mm"], cuts)),
            distances=DistanceMap(
                arrays["x_mm"], arrays["y_mm"], arrays["z_mm"], arrays["distance_mm"]
            ),
        )
