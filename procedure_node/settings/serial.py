"""A serial device: its port, and the protocol that it speaks."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from procedure_node.settings.instruments import (
    Adam4000Settings,
    Center309Settings,
    LineProfileSettings,
    ModbusSettings,
)
from procedure_node.settings.section import Identifier, Seconds, Section

_ASKED = ("adam4000", "center309", "modbus")
_INSTRUMENTS = (*_ASKED, "line_profile")


class SerialSettings(Section):
    """One serial device.

    It speaks the telemetry protocol, unless the table of an instrument says that it is that
    instrument.
    """

    name: Identifier = Field(examples=["console-1"])
    role: Literal["CONSOLE", "THERMOMETER"] = Field(examples=["CONSOLE"])
    path: Path = Field(examples=["/dev/procedure-node/console-1"])
    baudrate: Literal[9600, 19200, 38400, 57600, 115200] = Field(default=115200, examples=[115200])
    silence_s: Seconds = Field(default=3.0, examples=[3.0])
    adam4000: Adam4000Settings | None = None
    center309: Center309Settings | None = None
    line_profile: LineProfileSettings | None = None
    modbus: ModbusSettings | None = None

    @property
    def probe_of_channel(self) -> dict[int, int]:
        """Which thermometer channels are tips of which probes."""
        asked = self.adam4000 or self.center309 or self.modbus
        return asked.probe_of_channel if asked is not None else {}

    @model_validator(mode="after")
    def _is_one_device(self) -> "SerialSettings":
        given = [name for name in _INSTRUMENTS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"one device is one instrument, and {' and '.join(given)} are set")
        if given and given[0] in _ASKED and self.role != "THERMOMETER":
            raise ValueError(f"{given[0]} is a thermometer: set role to THERMOMETER")
        asked = self.adam4000 or self.center309 or self.modbus
        if asked is not None and self.silence_s <= asked.poll_s + asked.answer_s:
            raise ValueError(
                f"silence_s is {self.silence_s:g} s, and an answer may take longer to come: set it "
                f"above poll_s and answer_s together, {asked.poll_s + asked.answer_s:g} s"
            )
        if self.center309 is not None and self.baudrate != 9600:
            raise ValueError("a center309 speaks at 9600 bit/s: set baudrate to 9600")
        return self
