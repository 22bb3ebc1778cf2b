"""ADAM-4000 / DCON modules over ASCII: thermocouples and Pt100 (docs/instruments.md)."""

from drivers.instruments.adam4000.module import Adam4000
from drivers.instruments.adam4000.options import Adam4000Channel, Adam4000Options

__all__ = ["Adam4000", "Adam4000Channel", "Adam4000Options"]
