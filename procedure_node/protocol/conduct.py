"""How a procedure is to run: time windows, what counts as success, what is asked at its end."""

from typing import Literal

from pydantic import Field

from procedure_node.protocol.parts import UNSET, Name, PositiveOrUnset, ProtocolPart

Step = Literal[
    "procedure opened",
    "contours received",
    "first scan",
    "first freeze",
    "last freeze ended",
    "first seeds",
    "last seeds",
    "last scan",
    "procedure closed",
]
"""Moments of a procedure that the node sees by itself."""

Quantity = Literal["D90", "V100", "freezes done", "ice coverage", "ice margin"]
"""What coverage is judged by."""


class TimeWindow(ProtocolPart):
    """``ends`` is to come no later than so long after ``starts``."""

    name: Name = Field(examples=["verification scan"])
    starts: Step = Field(examples=["last seeds"])
    ends: Step = Field(examples=["last scan"])
    within_minutes: PositiveOrUnset = Field(examples=[30.0])


class TechnicalSuccess(ProtocolPart):
    """What must be shown of a zone for its treatment to be a technical success.

    Each is judged against the limits of its section; what is UNKNOWN is not shown.
    """

    seeds: tuple[Quantity, ...] = Field(min_length=1, examples=[["D90", "V100"]])
    cryo: tuple[Quantity, ...] = Field(min_length=1, examples=[["freezes done", "ice coverage"]])


class AdverseEventPrompt(ProtocolPart):
    """What a person is asked about when a procedure is closed.

    Attributes:
        about: the protocol's own words.
        term: the term of the site's list (CTCAE v5.0).
    """

    about: Name = Field(examples=["bleeding"])
    term: Name = Field(default=UNSET, examples=["Postprocedural hemorrhage"])
