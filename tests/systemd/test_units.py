"""The files that systemd and udev are given: correct, strict, and in step with the program."""

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from procedure_node.cli.arguments import DEFAULT_SETTINGS
from procedure_node.settings import read_secret

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "procedure-node.service"
PROGRAM = "/opt/procedure-node/bin/procedure-node"
STOP_LIMIT_S = 5
WORST_EXPOSURE = 25
"""In tenths; systemd calls anything below 50 OK, and a unit without any of its guards 96."""


def keys_of(text: str) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        name, is_key, value = line.partition("=")
        if is_key and not line.startswith("#"):
            keys[name].append(value)
    return dict(keys)


@pytest.fixture
def keys() -> dict[str, list[str]]:
    return keys_of(UNIT.read_text(encoding="utf-8"))


@pytest.fixture
def settings() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "config" / "node.toml").read_text(encoding="utf-8"))


def complaints(unit: Path) -> str:
    """What systemd has against a unit file; empty where it has nothing."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr + (f"status {done.returncode}" if done.returncode else "")


def with_program_here(tmp_path: Path, text: str) -> Path:
    """The unit with a program that this machine has, since the service is not installed here."""
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace(PROGRAM, "/bin/true"), encoding="utf-8")
    return unit


def test_systemd_has_nothing_against_the_unit(tmp_path: Path) -> None:
    assert complaints(with_program_here(tmp_path, UNIT.read_text(encoding="utf-8"))) == ""


def test_systemd_would_tell_a_misspelt_key(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchDogSec=")
    assert "WatchDogSec" in complaints(with_program_here(tmp_path, text))


def test_the_unit_leaves_little_exposed() -> None:
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={WORST_EXPOSURE}", UNIT],
        capture_output=True,
        check=True,
    )


def test_the_service_tells_when_it_is_ready_and_that_it_is_alive(
    keys: dict[str, list[str]],
) -> None:
    assert keys["Type"] == ["notify"]
    assert keys["NotifyAccess"] == ["main"]
    assert 0 < int(keys["WatchdogSec"][0]) <= 60


def test_the_service_stops_in_time_and_is_always_started_again(keys: dict[str, list[str]]) -> None:
    assert 0 < int(keys["TimeoutStopSec"][0]) <= STOP_LIMIT_S
    assert keys["Restart"] == ["always"]
    assert keys["StartLimitIntervalSec"] == ["0"]


def test_a_dying_imaging_process_does_not_end_the_service(keys: dict[str, list[str]]) -> None:
    assert keys["KillMode"] == ["mixed"]
    assert keys["OOMPolicy"] == ["continue"]


def test_the_service_is_not_root_and_cannot_become_it(keys: dict[str, list[str]]) -> None:
    assert keys["User"] == keys["Group"] == ["procedure-node"]
    assert keys["NoNewPrivileges"] == ["yes"]
    assert keys["CapabilityBoundingSet"] == keys["AmbientCapabilities"] == [""]
    sysusers = (ROOT / "systemd" / "procedure-node.sysusers").read_text(encoding="utf-8")
    assert re.search(r"^u procedure-node - ", sysusers, re.MULTILINE)


def test_the_program_takes_the_arguments_that_the_unit_gives(keys: dict[str, list[str]]) -> None:
    path, *arguments = keys["ExecStart"][0].split()
    assert path == PROGRAM
    assert arguments[-1] == str(DEFAULT_SETTINGS)
    program = Path(sys.executable).with_name(Path(path).name)
    missing = [*arguments[:-1], "/nowhere/node.toml"]
    done = subprocess.run([program, *missing], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "/nowhere/node.toml: cannot be read: No such file or directory\n",
    )


def test_credentials_have_the_names_that_the_program_asks_for(
    keys: dict[str, list[str]], tmp_path: Path
) -> None:
    names = [credential.partition(":")[0] for credential in keys["LoadCredential"]]
    assert sorted(names) == ["broker-password", "edc-token"]
    for name in names:
        (tmp_path / name).write_text("secret\n", encoding="utf-8")
        assert read_secret(name, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "secret"


def test_the_state_directory_is_the_one_in_the_settings(
    keys: dict[str, list[str]], settings: dict[str, dict[str, object]]
) -> None:
    assert settings["node"]["data_directory"] == f"/var/lib/{keys['StateDirectory'][0]}"


def test_udev_names_the_ports_as_the_settings_do(settings: dict[str, dict[str, object]]) -> None:
    rules = (ROOT / "systemd" / "99-procedure-node.rules").read_text(encoding="utf-8")
    named = {f"/dev/{link}" for link in re.findall(r'SYMLINK\+="([^"]+)"', rules)}
    assert named == {device["path"] for device in settings["serial"]}
