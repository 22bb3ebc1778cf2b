"""The example profiles, and profiles that a test describes."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.instruments import LineProfile

PROFILES = Path(__file__).parents[4] / "config" / "profiles"


def shipped(name: str) -> LineProfile:
    return LineProfile.model_validate(tomllib.loads((PROFILES / f"{name}.toml").read_text()))


@pytest.fixture
def console() -> LineProfile:
    return shipped("example-console")


@pytest.fixture
def thermometer() -> LineProfile:
    return shipped("example-thermometer")


@pytest.fixture
def one_line() -> Callable[..., LineProfile]:
    """A profile of one kind of line."""

    def make(
        pattern: str, fields: dict[str, Any], power: dict[str, int] | None = None, **general: Any
    ) -> LineProfile:
        line = {
            "name": "only",
            "pattern": pattern,
            "fields": fields,
            "power_by_mode": power or {},
        }
        tables = {"name": "test", "title": "Test", "terminator": "LF", "line": [line], **general}
        return LineProfile.model_validate(tables)

    return make
