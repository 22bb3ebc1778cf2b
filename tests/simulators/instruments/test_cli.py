"""``suite-sim instrument`` as a user starts it."""

import argparse
import asyncio
import sys
from pathlib import Path

import pytest

from simulators.cli import main
from simulators.instruments.cli import register

STARTUP_S = 30.0
PROFILE = Path(__file__).parents[3] / "config" / "profiles" / "example-console.toml"
KINDS = {
    "adam4000": ["--address", "2A", "--checksum", "--open", "3"],
    "center309": ["--open", "0"],
    "modbus": ["--unit", "7", "--open", "0"],
    "lines": ["--profile", str(PROFILE), "--open", "1"],
}


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    link = tmp_path / "port"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from simulators.cli import main; sys.exit(main())",
        *("instrument", "adam4000", "--link", str(link)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(STARTUP_S):
        assert str(link) in (await process.stdout.readline()).decode()
        assert link.is_symlink()
        process.terminate()
        assert await process.wait() == 0
    assert not link.is_symlink()


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_comes_up_as_it_is_asked_for(kind: str, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    words = ["instrument", kind, "--link", str(tmp_path / "port"), "--mode", "TEST", *KINDS[kind]]
    args = parser.parse_args(words)
    async with args.make(args).line:
        assert (tmp_path / "port").is_symlink()


def test_what_cannot_be_simulated_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["instrument", "adam4000", "--link", str(tmp_path / "port"), "--open", "9"]
    assert main(words) == 2
    assert "suite-sim instrument" in capsys.readouterr().err
