"""A DICOM application entity elsewhere, and what goes wrong with it."""

import re
from dataclasses import dataclass
from typing import Self

# PS3.5 section 6.2, VR AE: 1 to 16 characters of the default repertoire without backslash or
# control characters, not spaces alone.
_AE_TITLE = re.compile(r"(?=.*[^ ])[ -\[\]-~]{1,16}")


class ArchiveError(Exception):
    """A DICOM peer could not be reached, refused, failed or fell silent.

    The message says what failed, where, and what to do.
    """


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a DICOM application entity listens.

    Raises:
        ValueError: the AE title or the port cannot be one.
    """

    ae_title: str
    host: str
    port: int

    def __post_init__(self) -> None:
        check_ae_title(self.ae_title)
        if not self.host:
            raise ValueError(f"peer {self.ae_title} has no host")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"peer {self.ae_title}: port {self.port} is not from 1 to 65535")

    @classmethod
    def parse(cls, text: str) -> Self:
        """A peer from ``AE=host:port``, such as ``NODE=127.0.0.1:11112``.

        Raises:
            ValueError: the text is not of that form.
        """
        ae_title, _, address = text.partition("=")
        host, _, port = address.rpartition(":")
        if not port.isdecimal():
            raise ValueError(f"{text!r} is not AE=host:port, for example NODE=127.0.0.1:11112")
        return cls(ae_title, host, int(port))

    def __str__(self) -> str:
        return f"{self.ae_title} at {self.host}:{self.port}"


def check_ae_title(ae_title: str) -> str:
    """The title itself.

    Raises:
        ValueError: it is not a DICOM AE title.
    """
    if not _AE_TITLE.fullmatch(ae_title):
        raise ValueError(
            f"{ae_title!r} is not an AE title: 1 to 16 ASCII characters, no backslash, not blank"
        )
    return ae_title
