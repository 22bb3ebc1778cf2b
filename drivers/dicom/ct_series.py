"""A CT series as one volume of HU, or every reason why it is none."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import GenerationMode, Volume
from drivers.dicom.ct_slice import CtSlice, SliceRefusedError, read_ct_slice
from drivers.dicom.hounsfield import PixelsRefusedError, read_hounsfield
from drivers.dicom.images_ahead import ImagesAhead
from drivers.dicom.reading import UnreadableError
from drivers.dicom.series_checks import grid_affine, series_faults, sort_slices
from drivers.dicom.slice_checks import LOCALISER

_FILES_TOLD = 3


@dataclass(frozen=True, slots=True, eq=False)
class CtSeries:
    """A CT series whose geometry was checked.

    Attributes:
        volume: HU as int16, [k, j, i], slices in order of their position along the normal.
        acquired_at: when the first of its images was acquired, UTC; None where no image says.
        sop_instance_uids: of the slices, in the order of k.
        content_sha256: over HU, grid, frame of reference and UIDs, the same however the files are
            encoded.
    """

    volume: Volume
    series_uid: str
    study_uid: str
    frame_of_reference_uid: str
    acquired_at: datetime | None
    mode: GenerationMode
    sop_instance_uids: tuple[str, ...]
    content_sha256: str

    @property
    def image_count(self) -> int:
        """Number of its images."""
        return len(self.sop_instance_uids)


class SeriesRefused(Exception):  # noqa: N818 - a verdict on the data, not a failure of the reader
    """A series cannot be used for dosimetry; ``reasons`` says all that is wrong, and where."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons

    @property
    def is_localiser(self) -> bool:
        """Whether it is a localiser, of which every CT study has one: no fault of anybody's."""
        return any(reason.endswith(LOCALISER) for reason in self.reasons)


def read_ct_series(
    paths: Iterable[Path], local_zone: tzinfo = UTC, ahead: ImagesAhead | None = None
) -> CtSeries:
    """Read a CT series from its files, in any order.

    Args:
        paths: all files of one series and nothing else.
        local_zone: zone of the scanner's clock, for images that do not state theirs.
        ahead: images that were read already.

    Raises:
        SeriesRefused: the files do not make one sound volume.
    """
    reasons, slices = _read_slices(tuple(paths), local_zone, ahead or ImagesAhead())
    slices = sort_slices(slices)
    reasons += series_faults(slices)
    if reasons:
        raise SeriesRefused(reasons)
    volume = Volume(_read_pixels(slices), grid_affine(slices))
    first = slices[0]
    uids = tuple(one.sop_instance_uid for one in slices)
    times = [one.acquired_at for one in slices if one.acquired_at is not None]
    return CtSeries(
        volume=volume,
        series_uid=first.series_uid,
        study_uid=first.study_uid,
        frame_of_reference_uid=first.frame_of_reference_uid,
        acquired_at=min(times, default=None),
        mode=first.mode,
        sop_instance_uids=uids,
        content_sha256=_digest(volume, (first.frame_of_reference_uid, first.series_uid, *uids)),
    )


def _read_slices(
    paths: Sequence[Path], local_zone: tzinfo, ahead: ImagesAhead
) -> tuple[tuple[str, ...], tuple[CtSlice, ...]]:
    slices: list[CtSlice] = []
    refused: dict[str, list[Path]] = {}
    for path in paths:
        try:
            one = ahead.take(path) or read_ct_slice(path, local_zone)
            faults = one.faults
            slices.append(one)
        except SliceRefusedError as error:
            faults = error.reasons
        except UnreadableError as error:
            faults = (f"cannot be read: {error}",)
        for fault in faults:
            refused.setdefault(fault, []).append(path)
    reasons = tuple(_told(reason, where, len(paths)) for reason, where in refused.items())
    return reasons, tuple(slices)


def _read_pixels(slices: Sequence[CtSlice]) -> NDArray[np.int16]:
    first = slices[0]
    values = np.empty((len(slices), first.rows, first.columns), dtype=np.int16)
    refused: dict[str, list[Path]] = {}
    for k, one in enumerate(slices):
        try:
            read_hounsfield(one, out=values[k])
        except PixelsRefusedError as error:
            refused.setdefault(str(error), []).append(one.path)
    if refused:
        raise SeriesRefused(
            tuple(_told(reason, where, len(slices)) for reason, where in refused.items())
        )
    return values


def _told(reason: str, where: Sequence[Path], total: int) -> str:
    if len(where) == total:
        return f"every image {reason}"
    who = f"1 of {total} images" if len(where) == 1 else f"each of {len(where)} of {total} images"
    names = ", ".join(path.name for path in where[:_FILES_TOLD])
    more = f" and {len(where) - _FILES_TOLD} more" if len(where) > _FILES_TOLD else ""
    return f"{who} {reason}: {names}{more}"


def _digest(volume: Volume, texts: Iterable[str]) -> str:
    digest = hashlib.sha256("\\".join(texts).encode("ascii"))
    digest.update(volume.affine.astype("<f8").tobytes())
    digest.update(np.ascontiguousarray(volume.values, dtype="<i2").data)
    return digest.hexdigest()
