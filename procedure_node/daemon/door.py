"""Keeps the page's front door: logins end in time, and all of them with the page."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from procedure_node.people import FrontDoor

LOOK_EVERY_S = 1.0


@asynccontextmanager
async def keeping(door: FrontDoor | None) -> AsyncGenerator[None]:
    """End logins whose time is over while the block lasts, and all when it ends."""
    if door is None:
        yield
        return

    async def look_round() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            door.look_round()

    looking = asyncio.create_task(look_round(), name="front door")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})
        door.close()
    if not looking.cancelled():
        looking.result()
