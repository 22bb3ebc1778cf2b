"""Events of the node's own life and of its links."""

from typing import Literal

from dosimetry_core.values import ConnectionState
from procedure_node.events.base import Payload


class NodeStarted(Payload):
    """The daemon came up; ``session`` counts its starts on this journal."""

    kind: Literal["node-started"] = "node-started"
    version: Literal[1] = 1
    session: int
    software_version: str
    room: str
    settings_sha256: str


class NodeStopped(Payload):
    """The daemon went down in an orderly way."""

    kind: Literal["node-stopped"] = "node-stopped"
    version: Literal[1] = 1
    reason: str


class LinkChanged(Payload):
    """A link to a device or peer changed its state. Written on loss and on recovery, once each.

    A part of the node itself that fails and is started again has the role SERVICE. PAGE, SOUND and
    ECHO are the ends of the alarm chain: a page that shows, its sound, and the broker's echo.
    """

    kind: Literal["link-changed"] = "link-changed"
    version: Literal[1] = 1
    link: str
    role: Literal[
        "PACS",
        "CONSOLE",
        "THERMOMETER",
        "BROKER",
        "EDC",
        "DISPLAY",
        "SERVICE",
        "PAGE",
        "SOUND",
        "ECHO",
    ]
    state: ConnectionState
    reason: str
