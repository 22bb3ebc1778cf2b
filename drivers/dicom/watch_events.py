"""What a watch over a study tells."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SeriesDiscovered:
    """A series was seen for the first time, on the archive, by its first image or on disk."""

    series_uid: str
    modality: str
    description: str


@dataclass(frozen=True, slots=True)
class SeriesComplete:
    """Every image of a series is whole on disk.

    Told again when images were added to the series afterwards, and once after each start of the
    watch for what is complete on disk already.
    """

    series_uid: str
    modality: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SeriesIncomplete:
    """A series could not be completed; it is tried again when something changes.

    Attributes:
        missing_count: images that the archive has and that did not come; 0 where it is not known
            how many are missing.
        reason: what happened and what to do.
    """

    series_uid: str
    modality: str
    missing_count: int
    reason: str


@dataclass(frozen=True, slots=True)
class ArchiveLost:
    """The archive does not answer any more, or did not from the start."""

    reason: str


@dataclass(frozen=True, slots=True)
class ArchiveBack:
    """The archive answers: again, or for the first time since the watch began."""


WatchEvent = SeriesDiscovered | SeriesComplete | SeriesIncomplete | ArchiveLost | ArchiveBack
