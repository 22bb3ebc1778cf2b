"""The demonstration, as a stranger runs it, with two murders in the middle."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(900)

PROGRAM = Path(sys.executable).parent / "suite-sim"
STEP_WITHIN_S = 300.0


class Demonstration:
    """``suite-sim suite --exit`` as a process, read line by line."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lines: list[str] = []
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            PROGRAM,
            "suite",
            "--exit",
            f"--directory={self.directory}",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "200"},
        )

    async def says(self, text: str) -> None:
        """Read on until a line has this text."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(STEP_WITHIN_S):
            async for line in self._process.stdout:
                self.lines.append(line.decode().rstrip())
                if text in self.lines[-1]:
                    return
        raise AssertionError(f"it never said {text!r}:\n" + "\n".join(self.lines))

    async def ends(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(STEP_WITHIN_S):
            told, _ = await self._process.communicate()
        self.lines += told.decode().splitlines()
        return self._process.returncode or 0

    def nodes(self) -> list[int]:
        """Processes of the node that this demonstration runs."""
        settings = str(self.directory / "node.toml")
        found: list[int] = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"run" in words and settings.encode() in words:
                found.append(int(process.name))
        return found

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


async def test_the_demonstration_survives_being_killed_and_comes_to_its_end(
    tmp_path: Path,
) -> None:
    demonstration = Demonstration(tmp_path / "demo")
    await demonstration.start()
    await demonstration.says("L1 is COVERED")

    # The node alone is killed: it is started again, and the procedure goes on.
    (node,) = demonstration.nodes()
    os.kill(node, signal.SIGKILL)
    await demonstration.says("is started again")
    await demonstration.says("Freeze 1 of L2")

    # Everything is killed: started again by hand, the procedure goes on.
    for process in demonstration.nodes():
        os.kill(process, signal.SIGKILL)
    await demonstration.kill()
    await demonstration.start()
    await demonstration.says("it goes on")

    assert await demonstration.ends() == 0, "\n".join(demonstration.lines)
    outcome = "\n".join(demonstration.lines)
    assert outcome.count("COVERED") >= 4
    assert "the chain is whole" in outcome
    assert "CONFIRMED" in outcome
    assert demonstration.nodes() == []
