"""The mark on a DICOM object that says whether it is real, a test or a demonstration.

The mark is a private element, (0071,xx01) LO, in the block of the creator "PROCEDURE NODE" (DICOM
PS3.5 section 7.8.1). So that programs which do not know it see it too, simulated images carry
Quality Control Image (0028,0300) = YES (PS3.3 section C.7.6.1) and say it in their Series
Description.
"""

from pydicom import Dataset
from pydicom.uid import UID, RTDoseStorage, SegmentationStorage

from dosimetry_core.values import GenerationMode
from drivers.dicom.reading import text_of

_GROUP = 0x0071
_CREATOR = "PROCEDURE NODE"
_ELEMENT = 0x01
_LO_MAXIMUM_CHARACTERS = 64
_IMAGES_BY_ANOTHER_NAME = frozenset({RTDoseStorage, SegmentationStorage})
_SIMULATED_PREFIXES = tuple(
    f"{mode.value} " for mode in GenerationMode if mode is not GenerationMode.REAL
)


def mark(dataset: Dataset, mode: GenerationMode) -> None:
    """Mark a data set with where it comes from, in place.

    Args:
        dataset: any composite object.
        mode: REAL writes the private element only. TEST and DEMO also set Quality Control Image on
            images and begin the Series Description (cut to its 64 characters) with the mode's name.

    Raises:
        ValueError: the data set is simulated already and ``mode`` is REAL: nothing simulated ever
            becomes real.
    """
    if mode is GenerationMode.REAL and mode_of(dataset) is not GenerationMode.REAL:
        raise ValueError(
            f"a data set marked {mode_of(dataset)} cannot be marked REAL: make a new data set"
        )
    block = dataset.private_block(_GROUP, _CREATOR, create=True)
    block.add_new(_ELEMENT, "LO", mode.value)
    if mode is GenerationMode.REAL:
        return
    if _may_be_an_image(dataset):
        dataset.QualityControlImage = "YES"
    description = str(dataset.get("SeriesDescription", None) or "")
    for prefix in _SIMULATED_PREFIXES:
        description = description.removeprefix(prefix)
    dataset.SeriesDescription = f"{mode.value} {description}"[:_LO_MAXIMUM_CHARACTERS].strip()


def mode_of(dataset: Dataset) -> GenerationMode:
    """Where a data set says that it comes from.

    The private mark wins; without one, Quality Control Image = YES means TEST; otherwise REAL. A
    private mark that is not one of the three words, or broken, means TEST, so that it cannot pass
    for real.
    """
    try:
        value = dataset.private_block(_GROUP, _CREATOR)[_ELEMENT].value
    except KeyError:
        is_quality_control = text_of(dataset, "QualityControlImage") == "YES"
        return GenerationMode.TEST if is_quality_control else GenerationMode.REAL
    except Exception:  # pydicom decodes on access and raises many types on a broken value
        return GenerationMode.TEST
    # Implicit VR and archives that do not know the element give it back as bytes (VR UN).
    word = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    try:
        return GenerationMode(word.strip(" \0"))
    except ValueError:
        return GenerationMode.TEST


def _may_be_an_image(dataset: Dataset) -> bool:
    sop_class = dataset.get("SOPClassUID", None)
    return (
        sop_class is None
        or sop_class in _IMAGES_BY_ANOTHER_NAME
        or UID(sop_class).name.endswith("Image Storage")
    )
