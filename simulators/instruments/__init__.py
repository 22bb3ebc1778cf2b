"""Instruments on a pseudo-terminal that answer as their manuals say, with their quirks."""

from simulators.instruments.adam4000 import Adam4000Simulator
from simulators.instruments.answering_line import AnsweringLine
from simulators.instruments.center309 import Center309Simulator
from simulators.instruments.line_console import LineConsoleSimulator, Probe
from simulators.instruments.modbus import ModbusSimulator
from simulators.instruments.sensors import Sensor, Sensors

__all__ = [
    "Adam4000Simulator",
    "AnsweringLine",
    "Center309Simulator",
    "LineConsoleSimulator",
    "ModbusSimulator",
    "Probe",
    "Sensor",
    "Sensors",
]
