"""Documented instruments on a serial port, as a site sets them up."""

from pathlib import Path
from typing import Annotated, Generic, Literal, Self, TypeVar

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


class ChannelSettings(Section):
    """A channel, and what it measures.

    One that is a probe's tip says of which ``probe``: its readings are then that probe's, of this
    device, as those of a console that tells neither mode nor power.
    """

    channel: Channel
    measures: MeasuresSetting
    probe: int | None = Field(default=None, ge=1, le=64, examples=[1])

    @model_validator(mode="after")
    def _is_of_a_probe_or_not(self) -> Self:
        if self.measures == "PROBE_TIP" and self.probe is None:
            raise ValueError("a probe's tip is of a probe: add its number, probe = 1")
        if self.measures != "PROBE_TIP" and self.probe is not None:
            raise ValueError("probe is of a channel that measures PROBE_TIP alone: leave it out")
        return self


AnyChannel = TypeVar("AnyChannel", bound=ChannelSettings)


class PolledSettings(Section, Generic[AnyChannel]):
    """An instrument that is asked: how often, and how long its answer may take."""

    poll_s: Seconds = Field(default=1.0, examples=[1.0])
    answer_s: Seconds = Field(default=0.5, examples=[0.5])
    channels: tuple[AnyChannel, ...] = Field(min_length=1)

    @property
    def probe_of_channel(self) -> dict[int, int]:
        """Which channels are tips of which probes."""
        return {one.channel: one.probe for one in self.channels if one.probe is not None}

    @model_validator(mode="after")
    def _has_one_tip_for_each_probe(self) -> Self:
        probes = [one.probe for one in self.channels if one.probe is not None]
        for probe in sorted({one for one in probes if probes.count(one) > 1}):
            raise ValueError(f"two channels are the tip of probe {probe}: give each its own")
        return self

    @property
    def pace(self) -> Pace:
        """The same, for the driver."""
        return Pace(poll_s=self.poll_s, answer_s=self.answer_s)


class Adam4000ChannelSettings(ChannelSettings):
    """One input of an ADAM-4000 module."""

    input: int = Field(ge=0, le=7, examples=[0])
    range_code: str = Field(examples=["24"])


class Adam4000Settings(PolledSettings[Adam4000ChannelSettings]):
    """An ADAM-4000 module over ASCII."""

    model: Literal["ADAM-4015", "ADAM-4018", "ADAM-4018+"] = Field(examples=["ADAM-4018+"])
    address: str = Field(pattern=r"^[0-9A-Fa-f]{2}$", examples=["01"])
    checksum: bool = Field(examples=[True])

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


class Center309ChannelSettings(ChannelSettings):
    """One input, T1 to T4, of a Center 304/309 or Voltcraft K204."""

    input: int = Field(ge=1, le=4, examples=[1])


class Center309Settings(PolledSettings[Center309ChannelSettings]):
    """A Center 304/309 or Voltcraft K204."""

    below_zero_checked: bool = Field(default=False, examples=[True])

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
        if self.probe_of_channel and not self.below_zero_checked:
            raise ValueError(
                "a probe's tip is below zero, where readings are doubtful until somebody has "
                "compared them with the instrument's display: do so, and set below_zero_checked"
            )
        return self


class LineProfileSettings(Section):
    """A console whose lines a profile describes; ``file`` is relative to the settings file."""

    file: Path = Field(examples=["profiles/my-console.toml"])


class ModbusChannelSettings(ChannelSettings):
    """One input of a Modbus RTU thermometer."""

    input: int = Field(ge=0, le=31, examples=[0])
    type_code: str = Field(pattern=r"^[0-9A-F]{1,4}$", examples=["70"])


class ModbusSettings(PolledSettings[ModbusChannelSettings]):
    """A Modbus RTU thermometer; ``map`` is relative to the settings file."""

    map: Path = Field(examples=["modbus_maps/icpdas-tm-th8.toml"])
    unit: int = Field(ge=1, le=247, examples=[1])
    gap_s: Seconds = Field(default=0.01, examples=[0.01])

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
