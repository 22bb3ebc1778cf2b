from pathlib import Path

import pytest

from drivers.serial_line import SerialLinkOptions


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "../up"}, "use 1 to 64 of A-Z a-z"),
        ({"name": ""}, "use 1 to 64 of A-Z a-z"),
        ({"path": ""}, "path is empty"),
        ({"baudrate": 0}, "baudrate is 0"),
        ({"silence_s": -1.0}, r"silence_s is -1\.0"),
        ({"silence_s": float("nan")}, "silence_s is nan"),
        ({"quarantine_limit_bytes": 0}, "quarantine_limit_bytes is 0"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(change: dict[str, object], words: str):
    good: dict[str, object] = {
        "name": "console-1",
        "path": "/dev/ttyUSB0",
        "quarantine_directory": Path("quarantine"),
    }
    with pytest.raises(ValueError, match=words):
        SerialLinkOptions(**(good | change))
