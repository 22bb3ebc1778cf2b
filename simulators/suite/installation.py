"""A node's installation for the demonstration: its settings file, its secrets, its directories."""

import json
import os
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DATA = Path(__file__).parent / "data"
PROTOCOL = "demonstration-short"

TIME_SCALE = 33.0
"""Seconds of freezing for each second of the demonstration: its protocol makes 10 minutes 0.3."""

_SETTINGS = """\
# Written by suite-sim for one demonstration. All that this node makes is marked DEMO.
seed_models_directory = {seed_models}
tissues_directory = {tissues}
cryoprobes_directory = {cryoprobes}

[node]
room = "DEMO1"
generation_mode = "DEMO"
data_directory = {data}

[dicom]
ae_title = "PROCNODE"
host = "127.0.0.1"
port = {storage_port}

[dicom.archive]
ae_title = "CTSIM"
host = "127.0.0.1"
port = {archive_port}
poll_s = 1.0
settle_polls = 2

[[serial]]
name = "console-1"
role = "CONSOLE"
path = {console}

[[serial]]
name = "thermometer-1"
role = "THERMOMETER"
path = {thermometer}

[broker]
host = "127.0.0.1"
port = {broker_port}
protocol = "3.1.1"
accepts = ["DEMO"]

[edc]
url = "http://127.0.0.1:{edc_port}/api/"
accepts = ["DEMO"]
allow_plain_http = true

[display]
host = "127.0.0.1"
port = {display_port}

[freeze_model]
time_scale = {time_scale}
grid_mm = 2.0
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports of one demonstration, on this machine only."""

    storage: int
    archive: int
    broker: int
    edc: int
    display: int


@dataclass(frozen=True, slots=True)
class Installation:
    """Where one demonstration lives; it can be left and taken up again.

    Attributes:
        root: everything is below it.
        config: the project's config directory.
        ports: TCP ports.
        token: the EDC's API token.
        run_seed: what this run's DICOM UIDs are made from.
        started: when the demonstration began.
    """

    root: Path
    config: Path
    ports: Ports
    token: str
    run_seed: str
    started: datetime

    @property
    def settings(self) -> Path:
        """The node's settings file."""
        return self.root / "node.toml"

    @property
    def console(self) -> Path:
        """The console's serial port."""
        return self.root / "dev" / "console-1"

    @property
    def thermometer(self) -> Path:
        """The thermometer's serial port."""
        return self.root / "dev" / "thermometer-1"

    @property
    def journal(self) -> Path:
        """The node's journal."""
        return self.root / "node" / "journal.sqlite"

    @property
    def log(self) -> Path:
        """Where the node's log goes."""
        return self.root / "node.log"

    @property
    def page(self) -> str:
        """Address of the node's display."""
        return f"http://127.0.0.1:{self.ports.display}/"

    def environment(self) -> dict[str, str]:
        """What the node's process is given: this process's environment, and the secrets."""
        return {**os.environ, "PROCEDURE_NODE_EDC_TOKEN": self.token}


def program(name: str) -> str:
    """A console script of this project, beside the interpreter that runs."""
    return str(Path(sys.executable).parent / name)


def config_directory() -> Path:
    """The project's config directory, as it stands beside this package."""
    return Path(__file__).resolve().parents[2] / "config"


def new_installation(root: Path, display_port: int) -> Installation:
    """Write a fresh installation; what was below ``root`` is removed."""
    shutil.rmtree(root, ignore_errors=True)
    for directory in ("node", "dev", "protocols", "scans"):
        (root / directory).mkdir(parents=True)
    made = Installation(
        root=root,
        config=config_directory(),
        ports=_free_ports(display_port),
        token=secrets.token_hex(16),
        run_seed=secrets.token_hex(8),
        started=datetime.now(UTC),
    )
    shutil.copy(DATA / f"{PROTOCOL}.toml", root / "protocols")
    _write_settings(made)
    _run_file(root).write_text(
        json.dumps(
            {
                "token": made.token,
                "run_seed": made.run_seed,
                "started": made.started.isoformat(),
            }
        )
    )
    return made


def found_installation(root: Path, display_port: int) -> Installation | None:
    """The installation of a demonstration that was interrupted; None if there is none."""
    if not _run_file(root).exists():
        return None
    kept = json.loads(_run_file(root).read_text())
    found = Installation(
        root=root,
        config=config_directory(),
        ports=_free_ports(display_port),
        token=kept["token"],
        run_seed=kept["run_seed"],
        started=datetime.fromisoformat(kept["started"]),
    )
    _write_settings(found)
    return found


def mark_finished(installation: Installation) -> None:
    """Nothing is left to be taken up; what was made stays to be looked at."""
    _run_file(installation.root).unlink(missing_ok=True)


def _run_file(root: Path) -> Path:
    return root / "run.json"


def _write_settings(installation: Installation) -> None:
    ports = installation.ports
    text = _SETTINGS.format(
        seed_models=json.dumps(str(installation.config / "seed_models")),
        tissues=json.dumps(str(installation.config / "tissues")),
        cryoprobes=json.dumps(str(installation.config / "cryoprobes")),
        data=json.dumps(str(installation.root / "node")),
        console=json.dumps(str(installation.console)),
        thermometer=json.dumps(str(installation.thermometer)),
        storage_port=ports.storage,
        archive_port=ports.archive,
        broker_port=ports.broker,
        edc_port=ports.edc,
        display_port=ports.display,
        time_scale=TIME_SCALE,
    )
    installation.settings.write_text(text, encoding="utf-8")


def _free_ports(display_port: int) -> Ports:
    """Free ports of this moment; the display gets the wanted one if nobody has it."""
    sockets = [socket.socket() for _ in range(5)]
    try:
        for one in sockets[:4]:
            one.bind(("127.0.0.1", 0))
        try:
            sockets[4].bind(("127.0.0.1", display_port))
        except OSError:
            sockets[4].bind(("127.0.0.1", 0))
        storage, archive, broker, edc, display = (one.getsockname()[1] for one in sockets)
    finally:
        for one in sockets:
            one.close()
    return Ports(storage, archive, broker, edc, display)
