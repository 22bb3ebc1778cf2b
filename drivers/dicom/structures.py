"""Structures from whichever DICOM object holds them."""

from pathlib import Path

from pydicom.uid import UID, RTStructureSetStorage, SegmentationStorage

from drivers.dicom.reading import UnreadableError, read_dataset, text_of
from drivers.dicom.segmentation import segmentation_from
from drivers.dicom.structure_set import StructureSet, StructureSetRefused, structure_set_from

_READERS = {RTStructureSetStorage: structure_set_from, SegmentationStorage: segmentation_from}


def read_structures(path: Path) -> StructureSet:
    """Read an RT Structure Set or a Segmentation, by its SOP class.

    Raises:
        StructureSetRefused: it is neither, or ``read_structure_set`` or ``read_segmentation``
            refuses it.
    """
    try:
        dataset = read_dataset(path)
        sop_class = UID(text_of(dataset, "SOPClassUID"))
        if sop_class not in _READERS:
            name = sop_class.name or "file without SOP Class UID"
            raise StructureSetRefused(
                (f"it is a {name}, not an RT Structure Set or a Segmentation",)
            )
        return _READERS[sop_class](dataset)
    except UnreadableError as error:
        raise StructureSetRefused((f"the file cannot be read: {error}",)) from error
