"""``suite-sim instrument`` as a user starts it."""

import asyncio
import sys
from pathlib import Path

import pytest

from simulators.cli import main

STARTUP_S = 30.0
KINDS = {"adam4000": ["--address", "2A", "--checksum", "--open", "3"], "center309": ["--open", "0"]}


@pytest.mark.parametrize("kind", KINDS)
async def test_it_serves_until_it_is_told_to_stop(kind: str, tmp_path: Path) -> None:
    link = tmp_path / "port"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from simulators.cli import main; sys.exit(main())",
        "instrument",
        kind,
        "--link",
        str(link),
        *KINDS[kind],
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(STARTUP_S):
        assert str(link) in (await process.stdout.readline()).decode()
        assert link.is_symlink()
        process.terminate()
        assert await process.wait() == 0
    assert not link.is_symlink()


def test_what_cannot_be_simulated_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["instrument", "adam4000", "--link", str(tmp_path / "port"), "--open", "9"]
    assert main(words) == 2
    assert "suite-sim instrument" in capsys.readouterr().err
