"""Documented instruments that a site can attach; sans-I/O dialogues for a serial link."""

from drivers.instruments.adam4000 import Adam4000, Adam4000Channel, Adam4000Options
from drivers.instruments.center309 import Center309, Center309Channel, Center309Options
from drivers.instruments.line_profile import (
    JOINED,
    MARK_BYTES,
    ChannelSaid,
    Line,
    LineDialogue,
    LineProfile,
    LineReader,
    LineSaid,
    LineSplitter,
    ProbeSaid,
    without_mark,
)
from drivers.instruments.modbus import (
    ModbusChannel,
    ModbusOptions,
    ModbusThermometer,
    RegisterMap,
)
from drivers.instruments.needs import Measures
from drivers.instruments.polling import Instrument, Pace, PolledDialogue, Question

__all__ = [
    "JOINED",
    "MARK_BYTES",
    "Adam4000",
    "Adam4000Channel",
    "Adam4000Options",
    "Center309",
    "Center309Channel",
    "Center309Options",
    "ChannelSaid",
    "Instrument",
    "Line",
    "LineDialogue",
    "LineProfile",
    "LineReader",
    "LineSaid",
    "LineSplitter",
    "Measures",
    "ModbusChannel",
    "ModbusOptions",
    "ModbusThermometer",
    "Pace",
    "PolledDialogue",
    "ProbeSaid",
    "Question",
    "RegisterMap",
    "without_mark",
]
