"""What the node's display shows, read as any browser could."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

POLL_S = 0.25
"""The display tells of changes four times a second at most."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One look at the display.

    Attributes:
        state: what it shows, as the JSON that it is made from.
    """

    state: Json

    @property
    def procedure(self) -> Json | None:
        """The current or last procedure."""
        return self.state["procedure"]

    @property
    def is_closed(self) -> bool:
        """Whether there is a procedure and it is closed."""
        return self.procedure is not None and self.procedure["header"]["closed_at"] is not None

    def rows(self, part: str) -> list[Json]:
        """The rows of one part of the procedure; none without one."""
        return self.procedure[part] if self.procedure else []

    def target(self, key: str) -> Json | None:
        """A target's card."""
        return next((row for row in self.rows("targets") if row["key"] == key), None)

    def probe(self, number: int) -> Json | None:
        """A probe of the console."""
        return next((r for r in self.rows("probes") if r["key"].endswith(f"/{number}")), None)

    def analysed(self, label: str) -> bool:
        """Whether the scan of that label was received and worked up."""
        return any(
            row["status"] in ("ANALYSED", "FAILED") and row["description"].endswith(label)
            for row in self.rows("scans")
        )

    def reported(self, key: str) -> int:
        """Seeds reported in a target."""
        card = self.target(key)
        return card["seeds"]["reported"] if card and card["seeds"] else 0

    def freezes_done(self, key: str) -> int:
        """Freezes of a target that count."""
        card = self.target(key)
        for fact in card["facts"] if card else ():
            if fact["quantity"] == "freezes done" and fact["actual"] is not None:
                return int(fact["actual"])
        return 0

    def strategy(self, part: str) -> list[Json]:
        """The rows of one part of the strategy; none without a procedure."""
        return self.procedure["strategy"][part] if self.procedure else []

    def choice(self, key: str) -> Json | None:
        """What a target is proposed and given by the protocol's rules."""
        choices = (choice for story in self.strategy("lesions") for choice in story["choices"])
        return next((choice for choice in choices if choice["key"] == key), None)

    def combined(self, lesion: str) -> list[Json]:
        """What dose and ice together cover of a lesion, bar by bar."""
        stories = self.strategy("lesions")
        return [bar for story in stories if story["lesion"] == lesion for bar in story["bars"]]

    def link(self, name: str) -> str | None:
        """State of a link."""
        return next((row["state"] for row in self.state["links"] if row["name"] == name), None)

    def alert(self, alert_id: str) -> Json | None:
        """An alert, present or gone."""
        return next((row for row in self.rows("alerts") if row["id"] == alert_id), None)


class PageReader:
    """Looks at the display until it shows what is waited for."""

    def __init__(self, address: str, client: httpx.AsyncClient) -> None:
        self._address = f"{address}api/state"
        self._client = client

    async def look(self) -> Page | None:
        """The display now; None while it is not served."""
        try:
            answer = await self._client.get(self._address)
        except httpx.TransportError:
            return None
        return Page(answer.json()) if answer.is_success else None

    async def wait(self, wanted: Callable[[Page], bool], what: str, within_s: float) -> Page:
        """The first page that is as wanted.

        Raises:
            TimeoutError: it did not come in time; says what was waited for.
        """
        try:
            async with asyncio.timeout(within_s):
                while True:
                    page = await self.look()
                    if page is not None and page.state["running"] and wanted(page):
                        return page
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise TimeoutError(f"waited {within_s:g} s for: {what}") from error
