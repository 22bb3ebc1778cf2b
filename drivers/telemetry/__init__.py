"""The project's own telemetry protocol: frames, decoder, continuity. No I/O; bytes in, values out.

The protocol is described in docs/telemetry_protocol.md.
"""

from drivers.telemetry.continuity import Continuity, Judgement
from drivers.telemetry.crc import crc16
from drivers.telemetry.decoder import Decoder, Rejected
from drivers.telemetry.device_clock import DeviceClock
from drivers.telemetry.fields import (
    MAX_FRAME_BYTES,
    SEQUENCE_MODULUS,
    ConsoleMode,
    FrameError,
    SensorStatus,
)
from drivers.telemetry.frames import Frame, HelloFrame, ProbeFrame, ThermometerFrame, parse_frame
from drivers.telemetry.interruption import Interruption
from drivers.telemetry.values import (
    Gap,
    GapCause,
    LinkRole,
    LinkStateChanged,
    ProbeSample,
    RejectedBytes,
    TelemetryValue,
    ThermometerSample,
)

__all__ = [
    "MAX_FRAME_BYTES",
    "SEQUENCE_MODULUS",
    "ConsoleMode",
    "Continuity",
    "Decoder",
    "DeviceClock",
    "Frame",
    "FrameError",
    "Gap",
    "GapCause",
    "HelloFrame",
    "Interruption",
    "Judgement",
    "LinkRole",
    "LinkStateChanged",
    "ProbeFrame",
    "ProbeSample",
    "Rejected",
    "RejectedBytes",
    "SensorStatus",
    "TelemetryValue",
    "ThermometerFrame",
    "ThermometerSample",
    "crc16",
    "parse_frame",
]
