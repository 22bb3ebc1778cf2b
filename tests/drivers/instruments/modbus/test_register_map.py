"""Register maps as data, and what cannot be set."""

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.instruments import ModbusChannel, ModbusOptions, RegisterMap
from drivers.instruments.modbus.frame import Read
from tests.drivers.instruments.modbus.conftest import MAPS, shipped

SMALL: dict[str, Any] = {
    "name": "small",
    "title": "Small",
    "source": "a test",
    "inputs": 2,
    "temperatures": {"function": 3, "address": 0, "type": "FLOAT32", "over": [9], "under": [-9]},
    "types": {
        "function": 3,
        "address": 8,
        "code": {"A": {"sensor": "T", "low_c": -200, "high_c": 400}},
    },
}


@pytest.mark.parametrize("path", sorted(MAPS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_map_is_valid_and_named_as_its_file(path: Any) -> None:
    assert shipped(path.stem).name == path.stem


def test_the_shipped_map_reads_the_registers_of_the_manual() -> None:
    """tM-TH8 manual 3.7: 30001 to 30008, 10129 to 10136, 40257 to 40264, 00267, 00269."""
    registers = shipped()
    assert registers.read_temperatures == Read(4, 30001 - 30001, 8)
    assert registers.read_status == Read(2, 10129 - 10001, 8)
    assert registers.read_types == Read(3, 40257 - 40001, 8)
    assert [(r.function, r.address + 1) for r in registers.requires] == [(1, 267), (1, 269)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"temperatures": {**SMALL["temperatures"], "over": []}}, "over and under must say"),
        ({"status": {"function": 2, "address": 0, "meanings": {"x": "open"}}}, "no register's"),
        ({"inputs": 33}, "less than or equal to 32"),
        (
            {"types": {**SMALL["types"], "code": {"A": {"sensor": "T", "low_c": 1, "high_c": 0}}}},
            "low_c is not below high_c",
        ),
        ({"types": {**SMALL["types"], "code": {"0x70": {}}}}, "should match pattern"),
    ],
)
def test_a_map_that_cannot_work_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        RegisterMap.model_validate({**SMALL, **changes})


@pytest.mark.parametrize(
    ("unit", "channels", "reason"),
    [
        (0, ((0, 1, "70", "ORGAN"),), "unit 0 is not from 1 to 247"),
        (1, (), "at least one input"),
        (1, ((8, 1, "70", "ORGAN"),), "an input is from 0 to 7"),
        (1, ((0, 1, "60", "ORGAN"),), "has no type 60"),
        (1, ((0, 1, "70", "TISSUE"),), "reads -50 to 150 C, and TISSUE needs -60 to 60 C"),
        (1, ((0, 1, "70", "PROBE_TIP"),), "PROBE_TIP needs -196 to 60 C"),
        (1, ((0, 1, "70", "ORGAN"), (0, 2, "70", "ORGAN")), "the same input"),
    ],
)
def test_what_cannot_be_set(unit: int, channels: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ModbusOptions(
            registers=shipped(),
            unit=unit,
            channels=tuple(
                ModbusChannel(input=i, channel=c, type_code=t, measures=m)
                for i, c, t, m in channels
            ),
        )
