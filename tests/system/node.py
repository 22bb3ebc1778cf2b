"""A node as its users run it: a process, commanded by its command line."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

PROGRAM = Path(sys.executable).parent / "procedure-node"
CONFIG = Path(__file__).parents[2] / "config"

READY_WITHIN_S = 90.0
"""The first start of all compiles every kernel."""

STOPS_WITHIN_S = 5.0
"""What the service promises."""

SHOWS_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.05


@dataclass(slots=True)
class NodeProcess:
    """A running ``procedure-node``, with a service manager's notification socket.

    Attributes:
        folder: where its settings, data and log are.
        display_port: where its page is served.
        environment: secrets.
    """

    folder: Path
    display_port: int
    environment: dict[str, str]
    told: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    _socket: socket.socket | None = None

    @property
    def settings(self) -> Path:
        return self.folder / "node.toml"

    @property
    def journal(self) -> Path:
        return self.folder / "data" / "journal.sqlite"

    @property
    def log(self) -> Path:
        return self.folder / "node.log"

    async def start(self) -> Self:
        """Start it, and wait until it says READY."""
        address = self.folder / "notify"
        address.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(address))
        environment = {
            **os.environ,
            **self.environment,
            "NOTIFY_SOCKET": str(address),
            "WATCHDOG_USEC": "3000000",
        }
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                PROGRAM, "run", "--config", self.settings, stdout=log, stderr=log, env=environment
            )
        ready = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._socket, self._hear, self._socket, ready)
        async with asyncio.timeout(READY_WITHIN_S):
            await ready.wait()
        return self

    def _hear(self, channel: socket.socket, ready: asyncio.Event) -> None:
        self.told.append(channel.recv(4096).decode())
        if self.told[-1] == "READY=1":
            ready.set()

    async def stop(self) -> dict[str, Any]:
        """SIGTERM, as a service manager does; returns the last line of its log."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPS_WITHIN_S):
            status = await self.process.wait()
        self._forget()
        assert status == 0, self.log.read_text()
        return json.loads(self.log.read_text().splitlines()[-1])

    async def kill(self) -> None:
        """kill -9: no warning, no cleaning up."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._forget()

    def _forget(self) -> None:
        self.process = None
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    async def do(self, what: str, **options: object) -> None:
        """A command of its operator."""
        words = [
            f"--{name.replace('_', '-')}={value}"
            for name, value in {"by": "staff-7", **options}.items()
        ]
        status, text = await self.run("do", what, "--config", str(self.settings), *words)
        assert status == 0, text

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Any of its commands: exit status, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **self.environment},
        )
        text, _ = await process.communicate()
        return process.returncode or 0, text.decode()

    async def shows(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """The first page on which ``wanted(page)`` is true."""
        page: dict[str, Any] = {}
        address = f"http://127.0.0.1:{self.display_port}/api/state"
        async with httpx.AsyncClient(trust_env=False, timeout=10.0) as client:
            try:
                async with asyncio.timeout(SHOWS_WITHIN_S):
                    while True:
                        page = (await client.get(address)).json()
                        if page["procedure"] is not None and wanted(page["procedure"]):
                            return page["procedure"]
                        await asyncio.sleep(LOOK_AGAIN_S)
            except TimeoutError as error:
                raise AssertionError(f"never showed: {what}; {_gist(page)}") from error


def _gist(page: dict[str, Any]) -> str:
    """What a page shows, without its curves."""
    procedure = page.get("procedure") or {}
    shown = {part: procedure.get(part) for part in ("targets", "scans", "alerts", "record")}
    return json.dumps({"links": page.get("links"), **shown}, indent=1)
