"""How a procedure kept to its protocol: deviations, their reasons, and changes of the protocol."""

from typing import Literal

from pydantic import Field

from procedure_node.events.base import Payload
from procedure_node.protocol.model import TrialProtocol

DeviationKind = Literal["WINDOW", "FREEZE", "ALLOCATION", "PROTOCOL"]


class DeviationNoted(Payload):
    """The procedure departs from its protocol; said once of each ``deviation``.

    Attributes:
        deviation: an identity of its own: what departs, and of what.
        what: in words, with what is wanted and what was.
        reason: as far as it is known with the deviation; a person may still give one.
    """

    kind: Literal["deviation-noted"] = "deviation-noted"
    version: Literal[1] = 1
    deviation: str
    of: DeviationKind
    what: str
    reason: str = ""


class DeviationExplained(Payload):
    """A person gave the reason of a deviation."""

    kind: Literal["deviation-explained"] = "deviation-explained"
    version: Literal[1] = 1
    deviation: str
    reason: str = Field(min_length=1)


class ProtocolChanged(Payload):
    """A person put another protocol in force during a procedure: a deviation by itself."""

    kind: Literal["protocol-changed"] = "protocol-changed"
    version: Literal[1] = 1
    protocol: TrialProtocol
    protocol_sha256: str
    reason: str = Field(min_length=1)
