"""The node under test: a process as its users run it."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from benchmarks.machine import peak_mb_of_tree, tree_of
from simulators.suite.installation import Installation, program

READY_WITHIN_S = 180.0
"""The first start on a machine compiles every kernel."""

STOPS_WITHIN_S = 30.0


class NodeFailedError(Exception):
    """The node did not start. The message has the end of its log."""


@dataclass(slots=True)
class Node:
    """A node that said that it is ready.

    Attributes:
        process: the daemon.
        start_s: from the start of the process to READY=1.
    """

    process: asyncio.subprocess.Process
    start_s: float

    @property
    def peak_mb(self) -> float:
        """Peak of resident memory, the imaging process included."""
        return peak_mb_of_tree(self.process.pid)

    async def kill(self) -> None:
        """``kill -9``, of the daemon and at once of all that it has started."""
        for pid in tree_of(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """SIGTERM, as a service manager says it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(STOPS_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            await self.kill()


async def start_node(
    installation: Installation, *, watch: str | None = None, environment: Sequence[str] = ()
) -> Node:
    """Start the node and wait until it says READY=1.

    Args:
        installation: its settings and secrets.
        watch: write what its event loop did to this file (see ``benchmarks.watched_node``).
        environment: more variables, as NAME=VALUE.

    Raises:
        NodeFailedError: it ended or said nothing.
    """
    command = [program("procedure-node")]
    if watch is not None:
        command = [sys.executable, "-m", "benchmarks.watched_node", watch]
    command += ["run", "--config", str(installation.settings), "--log", "json"]
    notify = installation.root / "notify.sock"
    notify.unlink(missing_ok=True)
    variables = {
        **installation.environment(),
        "NOTIFY_SOCKET": str(notify),
        **dict(one.split("=", 1) for one in environment),
    }
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(notify))
        listener.setblocking(False)
        with installation.log.open("ab") as log:
            began = time.perf_counter()
            process = await asyncio.create_subprocess_exec(
                *command, stdout=log, stderr=log, env=variables
            )
        ended = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while True:
                    said = asyncio.create_task(loop.sock_recv(listener, 4096))
                    await asyncio.wait({said, ended}, return_when=asyncio.FIRST_COMPLETED)
                    if not said.done():
                        said.cancel()
                        raise NodeFailedError(_end_of(installation))
                    if b"READY=1" in said.result():
                        return Node(process, time.perf_counter() - began)
        finally:
            ended.cancel()


@contextlib.asynccontextmanager
async def running_node(
    installation: Installation, *, watch: str | None = None
) -> AsyncGenerator[Node]:
    """A node that is stopped on the way out."""
    node = await start_node(installation, watch=watch)
    try:
        yield node
    finally:
        await node.stop()


def _end_of(installation: Installation) -> str:
    return installation.log.read_text(encoding="utf-8", errors="replace")[-2000:]
