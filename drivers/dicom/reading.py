"""The one place that opens DICOM files: one error type, one set of types."""
# pyright: reportUnknownVariableType=false

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.uid import UID

_LEFT_ON_DISK_BYTES = 4096
# What a file says in its dataset and in its file meta (PS3.10 section 7.1).
_TOLD_TWICE = (
    ("SOPClassUID", "MediaStorageSOPClassUID"),
    ("SOPInstanceUID", "MediaStorageSOPInstanceUID"),
)


class UnreadableError(Exception):
    """A file is not DICOM, is cut short or cannot be decoded."""


def read_dataset(source: Path | bytes) -> Dataset:
    """All attributes of a file; pixels stay encoded.

    Raises:
        UnreadableError: it is not a DICOM file or is broken.
    """
    try:
        return dcmread(BytesIO(source) if isinstance(source, bytes) else source)
    except Exception as error:  # pydicom raises many types on a broken file
        raise UnreadableError(_in_words(error)) from error


def read_header(path: Path) -> Dataset:
    """All attributes of a file, those of more than a few kB left on disk until they are asked for.

    SOP Class and SOP Instance UID are taken from the file meta where the dataset leaves them blank.

    Raises:
        UnreadableError: it is not a DICOM file or is broken.
    """
    try:
        header = dcmread(path, defer_size=_LEFT_ON_DISK_BYTES)
    except Exception as error:  # pydicom raises many types on a broken file
        raise UnreadableError(_in_words(error)) from error
    for keyword, in_meta in _TOLD_TWICE:
        if not text_of(header, keyword) and text_of(header.file_meta, in_meta):
            setattr(header, keyword, UID(text_of(header.file_meta, in_meta)))
    return header


def read_attributes(source: Path | bytes, keywords: Sequence[str]) -> Dataset:
    """Some attributes of a file, decoded; anything before the pixels may be asked for.

    Raises:
        UnreadableError: it is not a DICOM file, is broken, or an attribute cannot be decoded.
    """
    try:
        dataset = dcmread(
            BytesIO(source) if isinstance(source, bytes) else source,
            stop_before_pixels=True,
            specific_tags=list(keywords),
        )
        for keyword in keywords:
            dataset.get(keyword, None)
    except Exception as error:  # pydicom raises many types on a broken file
        raise UnreadableError(_in_words(error)) from error
    return dataset


def text_of(dataset: Dataset, keyword: str) -> str:
    """An attribute as text without padding; empty where it is missing, empty or undecodable."""
    try:
        value = dataset.get(keyword, None)
    except Exception:  # pydicom decodes on access and raises many types on a broken value
        return ""
    return "" if value is None else str(value).strip(" \0")


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none where it is missing.

    Raises:
        UnreadableError: the sequence is broken.
    """
    try:
        items = list(dataset.get(keyword, None) or [])
    except Exception as error:  # pydicom decodes on access and raises many types on a broken value
        raise UnreadableError(f"{keyword}: {_in_words(error)}") from error
    if not all(isinstance(item, Dataset) for item in items):
        raise UnreadableError(f"{keyword} is not a sequence of items")
    return items


def transfer_syntax_of(dataset: Dataset) -> UID:
    """The transfer syntax of a file that was read; an empty UID where its file meta names none."""
    meta = dataset.file_meta
    return UID(text_of(meta, "TransferSyntaxUID"))


def _in_words(error: Exception) -> str:
    """The error without its file's name, which may be a patient's."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
