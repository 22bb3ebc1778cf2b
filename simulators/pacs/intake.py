"""Objects on their way into a simulated PACS: marked as simulated and kept as files."""
# pyright: reportUnknownVariableType=false

from pathlib import Path

from pydicom import Dataset, dcmread, dcmwrite

from dosimetry_core.values import GenerationMode
from drivers.dicom import mark, mode_of
from simulators.pacs.holdings import HeldObject


def read_object(path: Path) -> Dataset:
    """One object of a file, whole.

    Raises:
        InvalidDicomError: it is not a DICOM file.
    """
    return dcmread(path)


def take_in(dataset: Dataset, folder: Path, mode: GenerationMode) -> HeldObject:
    """Keep a copy of an object below a folder, marked with a mode unless it is marked already.

    Raises:
        AttributeError: the object has no SOP Instance or Series Instance UID.
        OSError: the copy cannot be written.
    """
    if mode_of(dataset) is GenerationMode.REAL:
        mark(dataset, mode)
    path = folder / str(dataset.SeriesInstanceUID) / f"{dataset.SOPInstanceUID}.dcm"
    path.parent.mkdir(exist_ok=True)
    dcmwrite(path, dataset, enforce_file_format=True)
    header = dcmread(path, stop_before_pixels=True)
    return HeldObject(header, str(header.file_meta.TransferSyntaxUID), path)
