"""Makes the page when something changed, and at least once a second, for all who watch."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from procedure_node.display.page import page_state
from procedure_node.display.source import StateSource
from procedure_node.display.watch import PageWatch

HEARTBEAT_S = 1.0
"""A watcher hears something at least this often. The page calls itself stale after three missed
heartbeats."""

LEAST_INTERVAL_S = 0.25
"""Between two pages: four a second look live; telemetry comes faster and is coalesced."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page as it was at one instant, ready to be sent.

    ``edition`` counts the pages that differ; a sheet of the same edition only says: still so. The
    page tells ``nonce`` back when it has drawn the sheet.
    """

    at: datetime
    edition: int
    page_json: str
    nonce: str


class PageBoard:
    """One page for all watchers.

    The heartbeat is sent by the one that makes the page: when pages can no longer be made, watchers
    hear nothing and know it.
    """

    def __init__(
        self,
        source: StateSource,
        clock: Callable[[], datetime],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watch = PageWatch(now_s)
        self._source = source
        self._clock = clock
        self._sheet: Sheet | None = None
        self._closed = False
        self._turned = asyncio.Condition()

    async def page_json(self) -> str:
        """The page now, as JSON."""
        state, now = self._source.state, self._clock()
        return await asyncio.to_thread(lambda: page_state(state, now).model_dump_json())

    async def run(self) -> None:
        """Make pages until cancelled, or until the source is closed."""
        changed = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._listen(changed))
                while not listening.done():
                    changed.clear()
                    await self._make()
                    await asyncio.sleep(LEAST_INTERVAL_S)
                    try:
                        async with asyncio.timeout(HEARTBEAT_S - LEAST_INTERVAL_S):
                            await changed.wait()
                    except TimeoutError:
                        continue
        finally:
            await self.close()

    async def close(self) -> None:
        """End every watcher's stream."""
        async with self._turned:
            self._closed = True
            self._turned.notify_all()

    async def events(self) -> AsyncIterator[str]:
        """Server-sent events for one watcher: ``page`` when it differs, else ``heartbeat``.

        Both carry ``server_time`` and ``nonce``; the wire format is the HTML standard's, section
        9.2.
        """
        told: Sheet | None = None
        while True:
            async with self._turned:
                while self._sheet is told and not self._closed:
                    await self._turned.wait()
                if self._closed or self._sheet is None:
                    return
                sheet, before, told = self._sheet, told, self._sheet
            if before is None or before.edition != sheet.edition:
                yield _event("page", sheet, sheet.page_json)
            else:
                yield _event("heartbeat", sheet, None)

    async def _listen(self, changed: asyncio.Event) -> None:
        async for _ in self._source.changes():
            changed.set()
        changed.set()

    async def _make(self) -> None:
        at = self._clock()
        page_json = await self.page_json()
        before = self._sheet
        edition = before.edition if before else 0
        if before is None or before.page_json != page_json:
            edition += 1
        async with self._turned:
            self._sheet = Sheet(at, edition, page_json, self.watch.nonce())
            self._turned.notify_all()


def _event(name: str, sheet: Sheet, page_json: str | None) -> str:
    page = f',"page":{page_json}' if page_json else ""
    head = json.dumps({"server_time": sheet.at.isoformat(), "nonce": sheet.nonce})[:-1]
    return f"event: {name}\ndata: {head}{page}}}\n\n"
