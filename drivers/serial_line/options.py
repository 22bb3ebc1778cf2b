"""What a person sets for one serial device."""

import re
from dataclasses import dataclass
from pathlib import Path

from dosimetry_core.values import GenerationMode
from drivers.telemetry import LinkRole

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialLinkOptions:
    """One device on one serial port.

    Attributes:
        name: what the device is called everywhere; also names its quarantine file.
        path: the port, best a stable one (/dev/serial/by-id/... or a udev symlink).
        quarantine_directory: where rejected bytes are kept; made if it is missing.
        role: what the device is.
        baudrate: bit/s; always 8 data bits, no parity, 1 stop bit.
        silence_s: without a good frame for so long, the device is silent. Three missed frames of a
            device that keeps the protocol's pace of one a second.
        expected_mode: the only mark that is let through; None lets all through, as marked.
        quarantine_limit_bytes: size at which the quarantine file becomes the old one.

    Raises:
        ValueError: an option is out of its range; says which.
    """

    name: str
    path: str
    quarantine_directory: Path
    role: LinkRole = "CONSOLE"
    baudrate: int = 115_200
    silence_s: float = 3.0
    expected_mode: GenerationMode | None = None
    quarantine_limit_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        where = f"serial device {self.name!r}"
        if not _NAME.fullmatch(self.name):
            raise ValueError(f'{where}: use 1 to 64 of A-Z a-z 0-9 . _ -, for example "console-1"')
        if not self.path:
            raise ValueError(f'{where}: path is empty, for example "/dev/ttyUSB0"')
        for key in ("baudrate", "silence_s", "quarantine_limit_bytes"):
            if not getattr(self, key) > 0:
                raise ValueError(f"{where}: {key} is {getattr(self, key)}, it must be above 0")
