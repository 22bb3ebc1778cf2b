"""What goes wrong with the simulated EDC, as data."""

import tomllib
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class EdcFaultKind(StrEnum):
    """How one import request fails."""

    SERVER_ERROR = "SERVER_ERROR"
    """HTTP 500, nothing is stored."""

    SILENCE = "SILENCE"
    """No answer until ``hold_s`` is over, then HTTP 500; nothing is stored."""

    REJECT = "REJECT"
    """HTTP 400 with ``message``, nothing is stored."""

    LOST_ANSWER = "LOST_ANSWER"
    """The rows are stored, and the answer is HTTP 500."""


class EdcFault(BaseModel):
    """A fault that meets the next ``requests`` import requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: EdcFaultKind
    requests: int = Field(default=1, ge=1)
    hold_s: float = Field(default=60.0, gt=0)
    message: str = "This project is locked"


class EdcFaultPlan(BaseModel):
    """Faults in the order in which they happen; after them all is well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[EdcFault, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "EdcFaultPlan":
        """The plan of a TOML file with tables ``[[faults]]``.

        Raises:
            ValueError: the file cannot be read or is no fault plan.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValidationError, ValueError) as error:
            raise ValueError(f"{path}: is no fault plan of the EDC: {error}") from error
