"""The node as its users run it: a process, started again when it dies, told by its command line."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from simulators.suite.installation import Installation, program

STOP_WITHIN_S = 10.0
"""The node promises to stop within five seconds; twice that is a fault."""


class NodeFailedError(Exception):
    """The node or one of its commands failed. The message says what and where to look."""


@contextlib.asynccontextmanager
async def running_node(
    installation: Installation, tell: Callable[[str], None]
) -> AsyncGenerator[None]:
    """Keep the node running, as a service manager does; stop it by SIGTERM on the way out."""
    keeper = asyncio.create_task(_keep_running(installation, tell), name="node keeper")
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _keep_running(installation: Installation, tell: Callable[[str], None]) -> None:
    while True:
        with installation.log.open("ab") as log:
            node = await asyncio.create_subprocess_exec(
                program("procedure-node"),
                "run",
                "--config",
                str(installation.settings),
                "--log",
                "console",
                stdout=log,
                stderr=log,
                env=installation.environment(),
            )
            try:
                status = await node.wait()
            except asyncio.CancelledError:
                await _stop(node)
                raise
        tell(f"The node ended (status {status}) and is started again; its log: {installation.log}")
        if status == 2:
            raise NodeFailedError(f"the node cannot start: see {installation.log}")


async def _stop(node: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        node.terminate()
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await node.wait()
    except TimeoutError:
        node.kill()
        await node.wait()


class NodeAwayError(NodeFailedError):
    """The node did not answer a command; it may be starting again."""


NODE_AWAY = 3
"""Exit status of ``procedure-node do`` when no node answers."""


async def call(installation: Installation, *arguments: str) -> str:
    """Run one ``procedure-node`` command to its end and return what it says.

    Raises:
        NodeAwayError: no node answers.
        NodeFailedError: it refused or failed.
    """
    process = await asyncio.create_subprocess_exec(
        program("procedure-node"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=installation.environment(),
    )
    try:
        told, error = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if process.returncode == NODE_AWAY:
        raise NodeAwayError(error.decode().strip())
    if process.returncode != 0:
        raise NodeFailedError(f"{' '.join(arguments)}: {error.decode().strip()}")
    return told.decode()


async def command(installation: Installation, what: str, **options: object) -> None:
    """Give the node a command as its operator.

    Raises:
        NodeAwayError: no node answers.
        NodeFailedError: it refused or failed.
    """
    words = [
        word
        for option, value in {"by": "demo-operator", **options}.items()
        for word in (f"--{option.replace('_', '-')}={value}",)
    ]
    await call(installation, "do", what, "--config", str(installation.settings), *words)
