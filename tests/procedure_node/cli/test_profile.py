"""What a profile makes of recorded bytes, and how they are recorded."""

import asyncio
import sys
from pathlib import Path

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.cli import main
from simulators.instruments import LineConsoleSimulator

PROFILES = Path(__file__).parents[3] / "config" / "profiles"
CONSOLE = PROFILES / "example-console.toml"
STARTUP_S = 30.0


def captured(tmp_path: Path, profile: Path = CONSOLE) -> Path:
    console = LineConsoleSimulator(Path("unused"), profile, mode=GenerationMode.TEST)
    console.probes[1].mode, console.probes[1].tip_c = "FREEZE", -120.4
    console.sensors[1].state = "OPEN"
    path = tmp_path / "capture.bin"
    path.write_bytes(b"alf a line\r\n" + console.round() + b"SIMULATED TEST $PRB 1")
    return path


def tried(capture: Path, *words: str, profile: Path = CONSOLE) -> int:
    return main(["profile", "try", "--profile", str(profile), "--capture", str(capture), *words])


def test_each_line_is_shown_with_what_it_says_and_then_sums(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(captured(tmp_path)) == 0
    told = capsys.readouterr().out
    for line in (
        "skipped  b'alf a line\\r\\n': the line was joined in its middle",
        "-120.4 3480.9psi t=0.0*",
        "clock 0 s; probe 1: FREEZE 0 %, tip -120.4 C, gas 24000 kPa",
        "channel 2: the sensor's wire is open",
        "skipped  b'SIMULATED TEST $PRB 1': cut short by the end of the stream",
        "5 lines accepted, 0 refused",
        "5 lines say that the console is simulated",
        "  1 x probe 1 FREEZE",
        "  probe 1 tip: 1 temperatures, -120.4 to -120.4 C",
        "  channel 2: 0 temperatures",
    ):
        assert line in told


def test_a_refused_line_is_shown_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = captured(tmp_path)
    capture.write_bytes(capture.read_bytes().replace(b"36.5", b"37.5"))
    assert tried(capture, "--refused") == 1
    told = capsys.readouterr().out
    assert told.startswith("REFUSED  b'SIMULATED TEST $PRB 2")
    assert "check failed: b'" in told
    assert "probe 1: FREEZE" not in told


def test_lines_without_a_check_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = PROFILES / "example-thermometer.toml"
    assert tried(captured(tmp_path, profile), profile=profile) == 0
    assert "a digit that changed on its way cannot be found" in capsys.readouterr().out


def test_a_profile_with_mistakes_and_a_capture_that_is_not_there_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(tmp_path / "none.bin") == 2
    assert "none.bin: cannot be read" in capsys.readouterr().err
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(CONSOLE.read_text().replace('unit = "psi"', 'unit = "at"'))
    assert tried(captured(tmp_path), profile=wrong) == 2
    assert "a GAS_PRESSURE has no unit 'at'" in capsys.readouterr().err


async def test_what_a_port_says_is_recorded(tmp_path: Path) -> None:
    out, port = tmp_path / "capture.bin", tmp_path / "port"
    console = LineConsoleSimulator(port, CONSOLE, mode=GenerationMode.TEST, period_s=0.05)
    async with console.line:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import sys; from procedure_node.cli import main; sys.exit(main())",
            *("profile", "capture", "--port", str(port), "--out", str(out), "--seconds", "2"),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(STARTUP_S):
            assert b"recording" in await process.stdout.readline()
            assert b" bytes: " in await process.stdout.read()
            assert await process.wait() == 0
    assert b"$THM 1 36.5*7E\r\n" in out.read_bytes()


def test_nothing_is_overwritten_and_a_port_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "capture.bin"
    words = ["profile", "capture", "--port", str(tmp_path / "no-port"), "--out", str(out)]
    assert main(words) == 2
    assert "there is no" in capsys.readouterr().err
    out.write_bytes(b"precious")
    assert main(words) == 2
    assert "is there already" in capsys.readouterr().err
    assert out.read_bytes() == b"precious"
