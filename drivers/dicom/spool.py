"""The folder that received images lie in: whole, durable, each under its own UIDs."""

import os
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

from drivers.dicom.reading import UnreadableError, read_attributes, text_of
from drivers.dicom.same_content import has_same_content
from drivers.dicom.uids import is_uid

_INCOMING = ".incoming"
_COMPLETE = "complete.txt"
_QUARANTINE = ".quarantine"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One composite object (image or structure set) that is whole and durable on disk."""

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    path: Path


class ContentConflictError(Exception):
    """The spool holds the same SOP Instance UID with other content."""


class Spool:
    """Files as ``<series uid>/<sop instance uid>.dcm`` under one folder. Safe to share by threads.

    A file appears under its name only when it is whole and on disk: it is written and synchronised
    under another name in the same folder, then renamed, then the directory is synchronised.

    Args:
        folder: made if it is not there.

    Raises:
        OSError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._naming = threading.Lock()
        (folder / _INCOMING).mkdir(parents=True, exist_ok=True)
        (folder / _QUARANTINE).mkdir(exist_ok=True)

    def remove_leftovers(self) -> None:
        """Remove what writes left behind that a crash cut short; they were never acknowledged.

        Only for the one process that writes, before it writes.
        """
        for leftover in (self.folder / _INCOMING).iterdir():
            leftover.unlink()

    def path_of(self, series_uid: str, sop_instance_uid: str) -> Path:
        """Where an object lies, or would lie.

        Raises:
            ValueError: a UID is not one and so cannot be a file name.
        """
        for uid in (series_uid, sop_instance_uid):
            if not is_uid(uid):
                raise ValueError(f"{uid!r} is not a UID")
        return self.folder / series_uid / f"{sop_instance_uid}.dcm"

    def keep(self, series_uid: str, sop_instance_uid: str, content: bytes) -> Path:
        """Write a DICOM file durably; the same content again is no change.

        Raises:
            ValueError: a UID is not one.
            OSError: the disk is full or not writable; nothing is left behind.
            ContentConflictError: the object is there already with other content, which stays.
        """
        path = self.path_of(series_uid, sop_instance_uid)
        incoming = self._write_incoming(content)
        try:
            with self._naming:
                is_new = not path.exists()
                if is_new:
                    _make_directory(path.parent)
                    incoming.replace(path)
                    _synchronise(path.parent)
            if not is_new and not has_same_content(path.read_bytes(), content):
                raise ContentConflictError(
                    f"the same UID is in the spool with other content: {sop_instance_uid}"
                )
        finally:
            incoming.unlink(missing_ok=True)
        return path

    def quarantine(self, content: bytes) -> Path:
        """Keep an object that cannot be used, under a name of its own.

        Raises:
            OSError: the disk is full or not writable.
        """
        incoming = self._write_incoming(content)
        path = incoming.replace(self.folder / _QUARANTINE / f"{uuid.uuid4().hex}.dcm")
        _synchronise(path.parent)
        return path

    def images_of(self, study_uid: str) -> tuple[StoredImage, ...]:
        """All objects of one study, found by one look into each series.

        A series whose first file cannot be read is left out: what cannot be read is not held.
        """
        images: list[StoredImage] = []
        for directory in sorted(self.folder.iterdir()):
            if is_uid(directory.name):
                images += _images_of_series(directory, study_uid)
        return tuple(images)

    def remember_complete(self, series_uid: str, uids: frozenset[str]) -> None:
        """Note which images make a series complete, for the time after a restart.

        Raises:
            OSError: the disk is full or not writable.
        """
        incoming = self._write_incoming("\n".join(sorted(uids)).encode("ascii"))
        incoming.replace(self.folder / series_uid / _COMPLETE)

    def complete_uids(self, series_uid: str) -> frozenset[str]:
        """The images that made a series complete when that was noted; none where it was not."""
        try:
            return frozenset((self.folder / series_uid / _COMPLETE).read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    def _write_incoming(self, content: bytes) -> Path:
        path = self.folder / _INCOMING / f"{uuid.uuid4().hex}.part"
        try:
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path


def _images_of_series(directory: Path, study_uid: str) -> list[StoredImage]:
    paths = sorted(path for path in directory.glob("*.dcm") if is_uid(path.stem))
    if not paths:
        return []
    try:
        header = read_attributes(paths[0], ["SOPClassUID", "StudyInstanceUID"])
    except UnreadableError:
        return []
    if text_of(header, "StudyInstanceUID") != study_uid:
        return []
    sop_class_uid = text_of(header, "SOPClassUID")
    return [
        StoredImage(study_uid, directory.name, path.stem, sop_class_uid, path) for path in paths
    ]


def _make_directory(directory: Path) -> None:
    if not directory.exists():
        directory.mkdir()
        _synchronise(directory.parent)


def _synchronise(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
