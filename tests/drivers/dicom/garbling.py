"""Data sets as broken devices and broken disks leave them."""

from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO

from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian

WORDS = ["", " ", "x", "0", "-1", "1e400", "nan", "1.2.3", "9" * 30, "1\\2", "\\\\"]
"""Text that a value may have become; written unchecked, whatever its VR."""

_NEEDED_TO_WRITE = frozenset({"SOPClassUID", "SOPInstanceUID", "SpecificCharacterSet"})


def garbled(file: bytes) -> st.SearchStrategy[bytes]:
    """An ``encoded`` file with some of its elements or bytes gone wrong."""
    return st.one_of(_with_wrong_elements(file), _with_wrong_bytes(file), _cut(file))


def encoded(dataset: Dataset) -> bytes:
    """As a file in implicit VR, so that any bytes are a value."""
    whole = deepcopy(dataset)
    whole.file_meta = FileMetaDataset()
    whole.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    whole.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    whole.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    file = BytesIO()
    whole.save_as(file, implicit_vr=True, little_endian=True, enforce_file_format=True)
    return file.getvalue()


@st.composite
def _with_wrong_elements(draw: st.DrawFn, file: bytes) -> bytes:
    whole = dcmread(BytesIO(file))
    for _ in range(draw(st.integers(1, 3))):
        elements = list(_elements(whole))
        owner, element = elements[draw(st.integers(0, len(elements) - 1))]
        if element.keyword in _NEEDED_TO_WRITE:
            continue
        if element.VR == "SQ":
            _spoil_sequence(draw(st.sampled_from(["gone", "empty", "hollow", "doubled"])), element)
        elif draw(st.booleans()):
            word = draw(st.sampled_from(WORDS)).encode()
            owner[element.tag] = DataElement(element.tag, "OB", word)
        else:
            del owner[element.tag]
    return encoded(whole)


def _spoil_sequence(fate: str, element: DataElement) -> None:
    items = list(element.value)
    changed = {"gone": items[1:], "empty": [], "hollow": [*items, Dataset()], "doubled": items * 2}
    element.value = deepcopy(changed[fate])


def _elements(dataset: Dataset) -> Iterator[tuple[Dataset, DataElement]]:
    for element in dataset:
        yield dataset, element
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)


@st.composite
def _with_wrong_bytes(draw: st.DrawFn, file: bytes) -> bytes:
    broken = bytearray(file)
    for _ in range(draw(st.integers(1, 6))):
        broken[draw(st.integers(132, len(file) - 1))] = draw(st.integers(0, 255))
    return bytes(broken)


def _cut(file: bytes) -> st.SearchStrategy[bytes]:
    return st.integers(0, len(file) - 1).map(lambda length: file[:length])
