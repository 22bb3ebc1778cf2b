"""The shipped register map, and an instrument of it."""

import tomllib
from pathlib import Path

from dosimetry_core.values import GenerationMode
from drivers.instruments import (
    ModbusChannel,
    ModbusOptions,
    ModbusThermometer,
    Pace,
    PolledDialogue,
    RegisterMap,
)

MAPS = Path(__file__).parents[4] / "config" / "modbus_maps"
UNIT = 7


def shipped(name: str = "icpdas-tm-th8") -> RegisterMap:
    return RegisterMap.model_validate(tomllib.loads((MAPS / f"{name}.toml").read_text()))


def dialogue(
    registers: RegisterMap | None = None,
    *,
    mode: GenerationMode = GenerationMode.TEST,
    pace: Pace | None = None,
    inputs: tuple[int, ...] = (0, 1, 2),
    type_code: str = "70",
) -> PolledDialogue:
    channels = tuple(
        ModbusChannel(input=n, channel=n + 1, type_code=type_code, measures="ORGAN") for n in inputs
    )
    options = ModbusOptions(registers=registers or shipped(), unit=UNIT, channels=channels)
    return PolledDialogue(ModbusThermometer("organs", mode, options), pace or Pace(gap_s=0.005))
