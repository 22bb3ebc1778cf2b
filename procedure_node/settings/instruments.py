"""Documented instruments on a serial port, as a site sets them up."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from drivers.instruments import (
    Adam4000Channel,
    Adam4000Options,
    Center309Channel,
    Center309Options,
    ModbusChannel,
    ModbusOptions,
    Pace,
    RegisterMap,
)
from procedure_node.settings.section import Seconds, Section

Channel = Annotated[int, Field(ge=1, le=64, examples=[1])]
MeasuresSetting = Annotated[Literal["ORGAN", "TISSUE", "PROBE_TIP"], Field(examples=["TISSUE"])]


class PolledSettings(Section):
    """An instrument that is asked: how often, and how long its answer may take."""

    poll_s: Seconds = Field(default=1.0, examples=[1.0])
    answer_s: Seconds = Field(default=0.5, examples=[0.5])

    @property
    def pace(self) -> Pace:
        """The same, for the driver."""
        return Pace(poll_s=self.poll_s, answer_s=self.answer_s)


class Adam4000ChannelSettings(Section):
    """One input of an ADAM-4000 module."""

    input: int = Field(ge=0, le=7, examples=[0])
    channel: Channel
    range_code: str = Field(examples=["24"])
    measures: MeasuresSetting


class Adam4000Settings(PolledSettings):
    """An ADAM-4000 module over ASCII."""

    model: Literal["ADAM-4015", "ADAM-4018", "ADAM-4018+"] = Field(examples=["ADAM-4018+"])
    address: str = Field(pattern=r"^[0-9A-Fa-f]{2}$", examples=["01"])
    checksum: bool = Field(examples=[True])
    channels: tuple[Adam4000ChannelSettings, ...] = Field(min_length=1)

    @property
    def options(self) -> Adam4000Options:
        """The same, for the driver.

        Raises:
            ValueError: a value does not fit, or a range cannot hold what its channel measures.
        """
        return Adam4000Options(
            model=self.model,
            address=int(self.address, 16),
            checksum=self.checksum,
            channels=tuple(
                Adam4000Channel(
                    input=each.input,
                    channel=each.channel,
                    range_code=each.range_code,
                    measures=each.measures,
                )
                for each in self.channels
            ),
        )

    @model_validator(mode="after")
    def _can_be_used(self) -> "Adam4000Settings":
        _ = self.options
        return self


class Center309ChannelSettings(Section):
    """One input, T1 to T4, of a Center 304/309 or Voltcraft K204."""

    input: int = Field(ge=1, le=4, examples=[1])
    channel: Channel
    measures: MeasuresSetting


class Center309Settings(PolledSettings):
    """A Center 304/309 or Voltcraft K204."""

    below_zero_checked: bool = Field(default=False, examples=[True])
    channels: tuple[Center309ChannelSettings, ...] = Field(min_length=1)

    @property
    def options(self) -> Center309Options:
        """The same, for the driver.

        Raises:
            ValueError: a value does not fit, or the range cannot hold what a channel measures.
        """
        return Center309Options(
            channels=tuple(
                Center309Channel(input=c.input, channel=c.channel, measures=c.measures)
                for c in self.channels
            ),
            below_zero_checked=self.below_zero_checked,
        )

    @model_validator(mode="after")
    def _can_be_used(self) -> "Center309Settings":
        _ = self.options
        return self


class LineProfileSettings(Section):
    """A console whose lines a profile describes; ``file`` is relative to the settings file."""

    file: Path = Field(examples=["profiles/my-console.toml"])


class ModbusChannelSettings(Section):
    """One input of a Modbus RTU thermometer."""

    input: int = Field(ge=0, le=31, examples=[0])
    channel: Channel
    type_code: str = Field(pattern=r"^[0-9A-F]{1,4}$", examples=["70"])
    measures: MeasuresSetting


class ModbusSettings(PolledSettings):
    """A Modbus RTU thermometer; ``map`` is relative to the settings file."""

    map: Path = Field(examples=["modbus_maps/icpdas-tm-th8.toml"])
    unit: int = Field(ge=1, le=247, examples=[1])
    gap_s: Seconds = Field(default=0.01, examples=[0.01])
    channels: tuple[ModbusChannelSettings, ...] = Field(min_length=1)

    @property
    def pace(self) -> Pace:
        """The same, for the driver."""
        return Pace(poll_s=self.poll_s, answer_s=self.answer_s, gap_s=self.gap_s)

    def options(self, registers: RegisterMap) -> ModbusOptions:
        """The same, for the driver, of a thermometer with those registers.

        Raises:
            ValueError: a value does not fit, or a range cannot hold what its channel measures.
        """
        return ModbusOptions(
            registers=registers,
            unit=self.unit,
            channels=tuple(
                ModbusChannel(
                    input=each.input,
                    channel=each.channel,
                    type_code=each.type_code,
                    measures=each.measures,
                )
                for each in self.channels
            ),
        )
