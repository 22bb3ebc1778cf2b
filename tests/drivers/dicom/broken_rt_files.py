"""Files that went wrong somewhere, for tests that nothing but a refusal comes of them."""

from io import BytesIO

from hypothesis import strategies as st
from pydicom import DataElement, Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

_SOP_CLASS = 0x00080016  # another SOP class is another object
_STAND_IN = 0x00091000
_NUMBERS = [b"0", b"-1", b"1e308\\-1e308\\1e308", b"NaN\\0\\0", b"1\\2", b"99999999", b"inf "]


def _elements(dataset: Dataset) -> list[tuple[Dataset, int]]:
    found = [(dataset, int(element.tag)) for element in dataset if element.tag != _SOP_CLASS]
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                found += _elements(item)
    return found


def _file(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def _tag_bytes(tag: int) -> bytes:
    return (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")


@st.composite
def garbled_files(draw: st.DrawFn, dataset: Dataset) -> bytes:
    """The data set as a file with one to three attributes, at any depth, gone or of other content.

    Some are cut short as well.
    """
    garbled: dict[int, int] = {}
    for stand_in in range(_STAND_IN, _STAND_IN + draw(st.integers(1, 3))):
        owner, tag = draw(st.sampled_from(_elements(dataset)))
        del owner[tag]
        if tag >> 16 == _STAND_IN >> 16 or draw(st.integers(0, 3)) == 0:
            continue
        ascii_text = st.text(st.characters(codec="ascii"), max_size=20).map(str.encode)
        content = draw(st.sampled_from(_NUMBERS) | st.binary(max_size=40) | ascii_text)
        # Written under a private tag, for pydicom would not write it under its own.
        owner[stand_in] = DataElement(stand_in, "UN", content + b" " * (len(content) % 2))
        garbled[stand_in] = tag
    content = _file(dataset)
    for stand_in, tag in garbled.items():
        # Read back, an UN attribute has the value representation of the dictionary.
        content = content.replace(_tag_bytes(stand_in) + b"UN", _tag_bytes(tag) + b"UN")
    percent = draw(st.just(100) | st.integers(50, 100))
    return content[: len(content) * percent // 100]
