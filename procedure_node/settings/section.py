"""What every table of the settings file is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A frozen table of the settings file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
