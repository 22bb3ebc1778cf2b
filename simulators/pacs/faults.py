"""What a simulated PACS does wrong, as data."""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_Count = Annotated[int, Field(ge=0)]
_Seconds = Annotated[float, Field(ge=0.0)]


class Outage(BaseModel):
    """A time in which every association is rejected, counted from the start of the simulator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_s: _Seconds
    for_s: _Seconds


class FaultPlan(BaseModel):
    """Faults of a simulated PACS; by default there is none.

    Attributes:
        outages: when it rejects every association.
        reject_associations: how many associations it rejects first.
        broken_moves: how many C-MOVEs it breaks off first, by aborting the association.
        broken_after_images: how many images of a broken C-MOVE it still sends.
        withheld_images: how many images, the last ones, it leaves out when a series is moved for
            the first time, while it says that all went well.
        count_excess: how many images too many it counts, in series and in pending moves.
        find_delay_s: how long each C-FIND takes.
        image_delay_s: how long each image of a C-MOVE takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outages: tuple[Outage, ...] = ()
    reject_associations: _Count = 0
    broken_moves: _Count = 0
    broken_after_images: _Count = 0
    withheld_images: _Count = 0
    count_excess: _Count = 0
    find_delay_s: _Seconds = 0.0
    image_delay_s: _Seconds = 0.0

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a plan from a file.

        Raises:
            ValueError: the file is not TOML, or a key or value is wrong; names every mistake.
            OSError: the file cannot be read.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except ValidationError as error:
            mistakes = "; ".join(
                f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}"
                for mistake in error.errors()
            )
            raise ValueError(f"fault plan {path}: {mistakes}") from error
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"fault plan {path} is not TOML: {error}") from error
