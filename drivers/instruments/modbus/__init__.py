"""Modbus RTU thermometers by register map (docs/instruments.md)."""

from drivers.instruments.modbus.register_map import RegisterMap
from drivers.instruments.modbus.thermometer import ModbusChannel, ModbusOptions, ModbusThermometer

__all__ = ["ModbusChannel", "ModbusOptions", "ModbusThermometer", "RegisterMap"]
