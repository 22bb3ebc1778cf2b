"""CT images that are read as they arrive, so that their series is read sooner once it is whole."""

from datetime import UTC, tzinfo
from pathlib import Path

from drivers.dicom.ct_slice import CtSlice, SliceRefusedError, read_ct_slice
from drivers.dicom.reading import UnreadableError

MOST_AHEAD = 4000
"""Some kB each; a long chest CT has a thousand images."""


class ImagesAhead:
    """What CT images say of themselves, without their pixels, until their series asks for it.

    The files must not change meanwhile: those of the receiver's spool never do.
    """

    def __init__(self) -> None:
        self._slices: dict[Path, CtSlice] = {}

    def read(self, path: Path, local_zone: tzinfo = UTC) -> None:
        """Read one image; one that cannot be used is left to be refused with its series.

        Args:
            path: the file.
            local_zone: zone of the scanner's clock, for images that do not state theirs.
        """
        try:
            self._slices[path] = read_ct_slice(path, local_zone)
        except (SliceRefusedError, UnreadableError):
            return
        if len(self._slices) > MOST_AHEAD:
            self._slices.pop(next(iter(self._slices)))

    def take(self, path: Path) -> CtSlice | None:
        """What was read of a file, once; None where nothing was."""
        return self._slices.pop(path, None)
