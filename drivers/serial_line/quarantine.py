"""Where bytes are kept that no reading could be made of, so that a person can look at them."""

import json
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import structlog

from dosimetry_core.values import Timestamp
from drivers.telemetry import Rejected

_log = structlog.stdlib.get_logger(__name__)


class Quarantine:
    """A file of JSON lines per device, bounded: at its limit it becomes ``.old`` and starts again.

    So at least the last ``limit_bytes`` are there, and never more than twice as much. A disk that
    cannot be written to is logged once and does not stop the readings.

    Args:
        directory: made if it is missing.
        device: the device's name; the file is ``<device>.rejected.jsonl``.
        limit_bytes: size at which the file is put aside.
    """

    def __init__(self, directory: Path, device: str, limit_bytes: int) -> None:
        self.path = directory / f"{device}.rejected.jsonl"
        self._device = device
        self._limit_bytes = limit_bytes
        self._writable = True

    def keep(self, timestamp: Timestamp, rejected: Sequence[Rejected]) -> None:
        """Append rejected bytes with the time they came and why they were not used.

        Neighbours with the same reason share a line.
        """
        lines = b"".join(
            self._line(timestamp, reason, b"".join(item.data for item in items))
            for reason, items in groupby(rejected, key=attrgetter("reason"))
        )
        try:
            self._append(lines)
        except OSError as error:
            if self._writable:
                self._writable = False
                _log.error(
                    "rejected bytes cannot be kept",
                    device=self._device,
                    file=str(self.path),
                    error=str(error),
                )
        else:
            self._writable = True

    def _line(self, timestamp: Timestamp, reason: str, data: bytes) -> bytes:
        entry = {
            "utc": timestamp.utc.isoformat(),
            "device": self._device,
            "reason": reason,
            "bytes_hex": data.hex(),
        }
        return json.dumps(entry).encode("ascii") + b"\n"

    def _append(self, lines: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size + len(lines) > self._limit_bytes:
            self.path.replace(self.path.with_suffix(".old"))
        with self.path.open("ab") as file:
            file.write(lines)
