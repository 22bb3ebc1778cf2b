"""A thermometer's registers, described as data (config/modbus_maps/*.toml)."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.instruments.modbus.frame import Read

NumberType = Literal["INT16", "UINT16", "FLOAT32"]
TypeCode = Annotated[str, Field(pattern=r"^[0-9A-F]{1,4}$", examples=["70"])]
Address = Annotated[int, Field(ge=0, le=65_535)]

REGISTERS: dict[NumberType, int] = {"INT16": 1, "UINT16": 1, "FLOAT32": 2}
MOST_REGISTERS = 100
"""In one answer; the protocol allows 125, and the pending bytes hold more than that."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Temperatures(_Table):
    """Where the temperatures are.

    Attributes:
        function: 3 holding registers, 4 input registers.
        address: of input 0, from 0 (register 30001 is address 0 of function 4).
        type: of each number; FLOAT32 has its high word first.
        scale: a number times this is C.
        over, under: numbers that stand for a temperature over and under the range.
    """

    function: Literal[3, 4] = Field(examples=[4])
    address: Address = Field(examples=[0])
    type: NumberType = Field(examples=["INT16"])
    scale: float = Field(default=1.0, gt=0, examples=[0.1])
    over: tuple[float, ...] = ()
    under: tuple[float, ...] = ()


class Status(_Table):
    """One bit or register for each input that says that its temperature is none.

    Attributes:
        function: 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers.
        address: of input 0.
        meanings: what each number but 0 means; a number that is not there is a fault too.
    """

    function: Literal[1, 2, 3, 4] = Field(examples=[2])
    address: Address = Field(examples=[128])
    meanings: dict[str, str] = Field(examples=[{"1": "over or under its range"}])


class SensorRange(_Table):
    """What an input set to a type code reads, C."""

    sensor: str
    low_c: float
    high_c: float


class Types(_Table):
    """Where the type code of each input is; what each means, by its hexadecimal digits."""

    function: Literal[3, 4] = Field(examples=[3])
    address: Address = Field(examples=[256])
    code: dict[TypeCode, SensorRange] = Field(min_length=1)


class Requirement(_Table):
    """A register that must have a value, or the temperatures are not what they seem."""

    function: Literal[1, 2, 3, 4] = Field(examples=[1])
    address: Address = Field(examples=[266])
    value: int
    why: str = Field(min_length=1, examples=["set the temperature scale to Celsius"])


class RegisterMap(_Table):
    """One kind of thermometer.

    Attributes:
        name: the file's name without .toml.
        title, source: what it is, and where its numbers come from.
        inputs: how many.
        temperatures, status, types, requires: where what is; ``status`` may be left out where
            ``over`` and ``under`` say all.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", examples=["icpdas-tm-th8"])
    title: str
    source: str
    inputs: int = Field(ge=1, le=32, examples=[8])
    temperatures: Temperatures
    status: Status | None = None
    types: Types
    requires: tuple[Requirement, ...] = ()

    @property
    def read_temperatures(self) -> Read:
        """All temperatures at once."""
        count = self.inputs * REGISTERS[self.temperatures.type]
        return Read(self.temperatures.function, self.temperatures.address, count)

    @property
    def read_status(self) -> Read | None:
        """The state of all inputs at once."""
        if self.status is None:
            return None
        return Read(self.status.function, self.status.address, self.inputs)

    @property
    def read_types(self) -> Read:
        """The type codes of all inputs at once."""
        return Read(self.types.function, self.types.address, self.inputs)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.read_temperatures.count > MOST_REGISTERS:
            raise ValueError(f"more than {MOST_REGISTERS} registers of temperatures")
        if self.status is None and not (self.temperatures.over and self.temperatures.under):
            raise ValueError("without a status, over and under must say what is no temperature")
        for key in self.status.meanings if self.status else ():
            if not key.isdigit() or int(key) > 65_535:
                raise ValueError(f"{key!r} is no register's value (0 to 65535)")
        for code, sensor in self.types.code.items():
            if not sensor.low_c < sensor.high_c:
                raise ValueError(f"types.code.{code}: low_c is not below high_c")
        return self
