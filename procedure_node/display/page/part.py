"""What every part of the page is built on."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen part of the page."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
