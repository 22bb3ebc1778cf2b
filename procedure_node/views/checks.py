"""Check pictures of registrations on disk: both CTs round a lesion, and its contours.

checks.json     the lesions in order, the pixel and the outlines of each plane
lesion-N.npz    grey values of both CTs in each plane
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from dosimetry_core.values import GenerationMode
from procedure_node.views.section import Line, Plane
from procedure_node.views.store import ViewError, replacing

_META_FILE = "checks.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class CheckSection:
    """One plane through a lesion's middle, in the planning CT's frame.

    Attributes:
        planning: grey values 1 to 255, uint8, (rows, columns), top row first; 0 outside of the CT.
        scan: the scan where the registration puts it, likewise.
        pixel_mm: side of a pixel.
        outlines: by structure; points (n, 2), right and down of the picture's middle, mm.
    """

    planning: NDArray[np.uint8]
    scan: NDArray[np.uint8]
    pixel_mm: float
    outlines: Mapping[str, tuple[Line, ...]]


class _Outlines(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pixel_mm: float
    outlines: dict[str, list[list[tuple[float, float]]]]


class _Meta(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    mode: GenerationMode
    lesions: dict[str, dict[Plane, _Outlines]]


def write_checks(
    directory: Path, lesions: Mapping[str, Mapping[Plane, CheckSection]], mode: GenerationMode
) -> None:
    """Store check pictures, in place of those that were there.

    Raises:
        OSError: the disk is full or not writable.
    """
    with replacing(directory) as draft:
        for number, planes in enumerate(lesions.values()):
            pixels = {f"{plane}_planning": one.planning for plane, one in planes.items()}
            pixels |= {f"{plane}_scan": one.scan for plane, one in planes.items()}
            with (draft / f"lesion-{number}.npz").open("wb") as file:
                np.savez(file, allow_pickle=False, **pixels)
        meta = _Meta(
            format=_FORMAT,
            mode=mode,
            lesions={
                lesion: {
                    plane: _Outlines(
                        pixel_mm=one.pixel_mm,
                        outlines={
                            name: [[(float(x), float(y)) for x, y in line] for line in lines]
                            for name, lines in one.outlines.items()
                        },
                    )
                    for plane, one in planes.items()
                }
                for lesion, planes in lesions.items()
            },
        )
        (draft / _META_FILE).write_text(meta.model_dump_json(), encoding="utf-8")


def read_check(
    directory: Path | str, lesion: str, plane: Plane
) -> tuple[CheckSection, GenerationMode]:
    """One stored check picture, and the mode of what it shows.

    Raises:
        ViewError: it is not there, or broken: it has to be made again.
    """
    try:
        directory = Path(directory)
        meta = _Meta.model_validate_json((directory / _META_FILE).read_bytes())
        number = list(meta.lesions).index(lesion)
        told = meta.lesions[lesion][plane]
        path = directory / f"lesion-{number}.npz"
        with path.open("rb") as file, np.load(file, allow_pickle=False) as pixels:
            planning, scan = pixels[f"{plane}_planning"], pixels[f"{plane}_scan"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ViewError(f"{directory} holds no such check picture: make it again") from error
    outlines = {
        name: tuple(np.array(line, dtype=np.float64) for line in lines)
        for name, lines in told.outlines.items()
    }
    return CheckSection(planning, scan, told.pixel_mm, outlines), meta.mode
