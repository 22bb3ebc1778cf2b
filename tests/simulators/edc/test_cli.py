import argparse
import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from simulators.edc import cli

FIELDS = "record_id,visit" + 16 * ","
SCRIPT = """
import argparse, sys
from simulators.edc import cli
parser = argparse.ArgumentParser()
cli.register(parser.add_subparsers())
args = parser.parse_args(sys.argv[1:])
sys.exit(args.run(args))
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    path = tmp_path / "dictionary.csv"
    path.write_text(",".join("c" * 18) + "\n" + FIELDS + "\n", encoding="utf-8")
    return path


async def test_it_serves_until_it_is_told_to_stop(dictionary: Path, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SCRIPT, "edc", "--token", "secret"),
        *("--dictionary", str(dictionary), "--store", str(tmp_path / "store")),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    url = line.split("API ")[1].split(",")[0]
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(url, data={"token": "secret", "content": "version"})
    process.send_signal(signal.SIGTERM)
    await process.communicate()

    assert answer.text == "14.9.1"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dictionary", "nowhere.csv", "--token", "x"], "nowhere.csv: cannot be read"),
        (["--dictionary", "nowhere.csv"], "give a token"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(cli.TOKEN_VARIABLE, raising=False)
    parser = argparse.ArgumentParser()
    cli.register(parser.add_subparsers())
    args = parser.parse_args(["edc", *arguments])

    assert args.run(args) == 2
    assert message in capsys.readouterr().err
