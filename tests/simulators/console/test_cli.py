import argparse
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.console.cli import register

PROGRAM = """
import argparse, sys
from simulators.console.cli import register
parser = argparse.ArgumentParser()
register(parser.add_subparsers())
args = parser.parse_args()
sys.exit(args.run(args))
"""


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["console", *arguments])
    return args.run(args)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_speaks_and_stops_when_told(tmp_path: Path, stop: signal.Signals):
    link = tmp_path / "console"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "console", "--link", str(link), "--period", "0.02"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == (
            f"SIM-CONSOLE-1: 4 probes and 2 thermometers on {link}, marked DEMO\n"
        )
        port = os.open(link, os.O_RDONLY | os.O_NOCTTY)
        assert select.select([port], [], [], 20)[0]
        assert b"$PNT1,DEMO," in os.read(port, 4096)
        os.close(port)
        process.send_signal(stop)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
    assert not link.is_symlink()


def test_a_wrong_plan_or_setting_ends_it_with_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    plan = tmp_path / "faults.toml"
    plan.write_text('[[fault]]\nkind = "melt"')
    assert run("--link", str(tmp_path / "port"), "--faults", str(plan)) == 2
    assert run("--link", str(tmp_path / "port"), "--speed", "0") == 2
    plan.rename(tmp_path / "port")
    assert run("--link", str(tmp_path / "port")) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "fault 1: kind 'melt'" in lines[0]
    assert "speed is 0.0" in lines[1]
    assert "choose another" in lines[2]
