"""DICOM: images and structure sets in from a scanner or archive, results out to it."""

from drivers.dicom.generation_mode import mark, mode_of

__all__ = ["mark", "mode_of"]
