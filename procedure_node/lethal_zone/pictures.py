"""The modelled temperatures on disk for the display: a cache that is made again every time."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat import Grid
from dosimetry_core.values import Volume
from procedure_node.lethal_zone.fields import Fields

_NAMES = ("best", "warm", "cold")


class PicturesLostError(Exception):
    """The file is missing or torn; it comes again with the next figures."""


@dataclass(frozen=True, slots=True, eq=False)
class ColdPictures:
    """Temperatures, C: of now, and the lowest so far as (best, warm, cold) or best alone."""

    now: Volume
    lowest: Fields


def write_pictures(path: Path, grid: Grid, now: Fields, lowest: Fields) -> None:
    """Store temperatures, whole or not at all.

    Raises:
        OSError: the disk refused.
    """
    arrays = dict(zip(_NAMES, (_packed(field) for field in lowest), strict=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    with draft.open("wb") as file:
        np.savez(file, allow_pickle=False, now=_packed(now[0]), affine=grid.affine, **arrays)
    draft.replace(path)


def _packed(field: Volume) -> NDArray[np.float16]:
    """To a sixteenth of a degree at -100 C: enough for a line."""
    return field.values.astype(np.float16)


def read_pictures(path: Path) -> ColdPictures:
    """Temperatures as they were stored.

    Raises:
        PicturesLostError: they are not there.
    """
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            affine = np.asarray(arrays["affine"], np.float64)
            found = [
                Volume(np.asarray(arrays[name], np.float32), affine)
                for name in _NAMES
                if name in arrays
            ]
            now = Volume(np.asarray(arrays["now"], np.float32), affine)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise PicturesLostError(f"{path.name} cannot be read: {error}") from error
    lowest = (found[0], found[1], found[2]) if len(found) == len(_NAMES) else (found[0],)
    return ColdPictures(now, lowest)
