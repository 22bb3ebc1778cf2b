"""What is told of links: each change once, whoever noticed it."""

import asyncio
from typing import Literal

from dosimetry_core.values import ConnectionState
from procedure_node.core import Core
from procedure_node.events import AnyPayload, LinkChanged
from procedure_node.state import NodeState

LinkRole = Literal[
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


def tell_link(
    core: Core, link: str, role: LinkRole, state: ConnectionState, reason: str
) -> asyncio.Future[None]:
    """Journal a link's state unless it is known already."""
    changed = LinkChanged(link=link, role=role, state=state, reason=reason)

    def decision(node: NodeState) -> tuple[AnyPayload, ...]:
        known = node.links.get(link)
        return () if known is not None and known.state is state else (changed,)

    return core.decide(decision)
