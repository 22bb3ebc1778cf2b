"""Serial ports on the event loop, and the telemetry link that keeps one alive."""

from drivers.serial_line.dialogue import Dialogue, Heard, Sample, Turn
from drivers.serial_line.link import TelemetryLink, host_timestamp
from drivers.serial_line.options import SerialLinkOptions
from drivers.serial_line.port import SerialPort, open_serial_port
from drivers.serial_line.quarantine import Quarantine
from drivers.serial_line.samples import FAULTS, judged
from drivers.serial_line.wire import Wire, WireOpener

__all__ = [
    "FAULTS",
    "Dialogue",
    "Heard",
    "Quarantine",
    "Sample",
    "SerialLinkOptions",
    "SerialPort",
    "TelemetryLink",
    "Turn",
    "Wire",
    "WireOpener",
    "host_timestamp",
    "judged",
    "open_serial_port",
]
