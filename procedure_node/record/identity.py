"""What the record is called, and how it speaks of images without giving their identity away."""

import hashlib
import re

from dosimetry_core.values import GenerationMode
from procedure_node.messages import replace_uids

_PROCEDURE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_READABLE_LENGTH = 32
_TOKEN_LENGTH = 12
"""48 bits: two of a procedure's few dozen series do not meet by chance."""


def record_id_of(procedure_id: str, mode: GenerationMode) -> str:
    """The EDC's record id: the opaque procedure id, marked unless it is REAL.

    An id with characters that an EDC's record id may not have is replaced by a readable part of it
    and the beginning of its SHA-256, so that every procedure has a record id of its own.
    """
    opaque = procedure_id
    if not _PROCEDURE_ID.fullmatch(procedure_id):
        readable = re.sub(r"[^A-Za-z0-9]+", "-", procedure_id).strip("-")[:_READABLE_LENGTH]
        digest = hashlib.sha256(procedure_id.encode()).hexdigest()[:_TOKEN_LENGTH]
        opaque = f"{readable}-{digest}".lstrip("-")
    return opaque if mode is GenerationMode.REAL else f"{mode.value}-{opaque}"


class Tokens:
    """Short names of DICOM UIDs within one procedure.

    A token is the beginning of the SHA-256 of the procedure id and the UID: who holds the images
    can find the token of each, but nobody can get from a token to an image, and the same series has
    other tokens in other procedures.
    """

    def __init__(self, procedure_id: str) -> None:
        self._procedure_id = procedure_id

    def of(self, uid: str) -> str:
        """The token of a UID."""
        digest = hashlib.sha256(f"{self._procedure_id}/{uid}".encode()).hexdigest()
        return digest[:_TOKEN_LENGTH]

    def masked(self, text: str) -> str:
        """``text`` with every UID in it replaced by its token."""
        return replace_uids(text, self.of)
