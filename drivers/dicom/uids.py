"""UIDs as keys and as file names."""

import re

from pydicom.uid import generate_uid

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_MAXIMUM_CHARACTERS = 64


def is_uid(text: str) -> bool:
    """Whether a text has the form of a UID (DICOM PS3.5 section 9.1) and so is safe as a file name.

    Components with leading zeros pass: the standard forbids them, but real devices write them.
    """
    return len(text) <= _MAXIMUM_CHARACTERS and _UID.fullmatch(text) is not None


def uid_from(*parts: str) -> str:
    """A UID that depends on ``parts`` alone, so that the same result sent twice is one object.

    Made from a hash of the parts, which cannot be read from it (PS3.5 annex B).
    """
    return str(generate_uid(entropy_srcs=["\\".join(parts)]))
