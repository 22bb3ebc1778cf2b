"""What stands around a node under test: archive, broker, EDC, a serial line and a subscriber."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import socket
import tempfile
import tty
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.subscriber import Subscriber, running_broker, subscriber
from dosimetry_core.values import GenerationMode
from drivers.dicom import Peer
from drivers.telemetry import ProbeFrame
from procedure_node.control import ControlClient
from simulators.edc import EdcSimulator, read_project
from simulators.pacs import PacsSimulator
from simulators.suite.installation import DATA, PROTOCOL, Installation, Ports, config_directory

POLL_S = 0.5
SETTLE_POLLS = 2
PROBES = 4

_SETTINGS = """\
seed_models_directory = {seed_models}

[node]
room = "BENCH"
generation_mode = "DEMO"
data_directory = {data}

[dicom]
ae_title = "PROCNODE"
host = "127.0.0.1"
port = {storage}

[dicom.archive]
ae_title = "CTSIM"
host = "127.0.0.1"
port = {archive}
poll_s = {poll_s}
settle_polls = {settle_polls}

[[serial]]
name = "console-1"
role = "CONSOLE"
path = {console}

[broker]
host = "127.0.0.1"
port = {broker}
protocol = "5"
accepts = ["DEMO"]

[edc]
url = "http://127.0.0.1:{edc}/api/"
accepts = ["DEMO"]
allow_plain_http = true

[display]
host = "127.0.0.1"
port = {display}
"""


class SerialFrames:
    """A console's frames on a serial line, one when it is told to.

    Args:
        device_end: descriptor of the line's device end; does not block.
        first: sequence number of the first frame.
    """

    def __init__(self, device_end: int, first: int = 1) -> None:
        self._device_end = device_end
        self._sequence = first - 1
        self._frame = b""

    def prepare(self, device_time_s: float) -> int:
        """Make the next frame, a frozen probe's; returns its sequence number."""
        self._sequence += 1
        self._frame = ProbeFrame(
            generation_mode=GenerationMode.DEMO,
            sequence=self._sequence,
            device_time_ms=round(device_time_s * 1000),
            probe=1 + self._sequence % PROBES,
            mode="FREEZE",
            power_percent=100,
            tip_temperature_c=-120.0,
            gas_pressure_kpa=24_000,
        ).to_bytes()
        return self._sequence

    def send(self) -> None:
        """Write the frame that was prepared.

        Raises:
            BlockingIOError: nobody reads the line, and it is full.
        """
        os.write(self._device_end, self._frame)


class SerialLine:
    """A serial line.

    Args:
        link: path of the symbolic link to the port.

    Attributes:
        device_end: descriptor of the device's end; does not block.
        frames: the console on it.
    """

    def __init__(self, link: Path) -> None:
        self.device_end, self._port_end = os.openpty()
        tty.setraw(self._port_end)
        os.set_blocking(self.device_end, False)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._port_end))
        self.frames = SerialFrames(self.device_end)

    def close(self) -> None:
        """Pull the plug."""
        os.close(self.device_end)
        os.close(self._port_end)


@dataclass(frozen=True, slots=True)
class Room:
    """All that is around the node; the node itself is started by who needs it.

    Attributes:
        installation: the node's installation.
        pacs: the archive.
        edc: the EDC.
        line: the console's serial line.
        heard: what the broker's subscriber has heard.
    """

    installation: Installation
    pacs: PacsSimulator
    edc: EdcSimulator
    line: SerialLine
    heard: Subscriber

    @property
    def node_peer(self) -> Peer:
        """The node's Storage SCP."""
        return Peer("PROCNODE", "127.0.0.1", self.installation.ports.storage)

    @property
    def spool(self) -> Path:
        """Where the node keeps what it received."""
        return self.installation.root / "node" / "spool"

    async def operator(self, what: str, **options: Any) -> None:
        """Give the node a command, as its command line does.

        Raises:
            ControlError: the node refuses, or is gone.
        """
        control = ControlClient(self.installation.root / "node" / "control.sock")
        await asyncio.to_thread(control.command, what, {"by": "demo-operator", **options})

    async def open_procedure(self, study_uid: str) -> None:
        """Open a procedure."""
        await self.operator(
            "open", subject="DEMO-001", study_uid=study_uid, protocol=PROTOCOL, arm="STRATEGY"
        )


@contextlib.asynccontextmanager
async def opened_room() -> AsyncGenerator[Room]:
    """Everything but the node, in a directory of its own; it is left for a look if work fails."""
    root = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        async with contextlib.AsyncExitStack() as stack:
            installation = new_installation(root)
            ports = installation.ports
            await stack.enter_async_context(running_broker(root, ports.broker))
            project = read_project(
                installation.config / "redcap" / "data_dictionary.csv",
                installation.config / "redcap" / "repeating_forms.csv",
                title="Benchmark",
            )
            # A node that is killed in the middle of a request is part of the game.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
            edc = await stack.enter_async_context(
                EdcSimulator(project, installation.token, port=ports.edc)
            )
            pacs = await stack.enter_async_context(
                PacsSimulator(
                    "CTSIM",
                    "127.0.0.1",
                    ports.archive,
                    root / "archive",
                    destinations={"PROCNODE": Peer("PROCNODE", "127.0.0.1", ports.storage)},
                    mode=GenerationMode.DEMO,
                )
            )
            line = SerialLine(installation.console)
            stack.callback(line.close)
            heard = await stack.enter_async_context(subscriber(ports.broker))
            yield Room(installation, pacs, edc, line, heard)
    except Exception:
        print(f"the node's log, journal and files are left in {root}", flush=True)
        raise
    await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)


def new_installation(root: Path) -> Installation:
    """Settings, directories and free ports for one node."""
    for directory in ("node", "dev", "protocols"):
        (root / directory).mkdir(parents=True)
    shutil.copy(DATA / f"{PROTOCOL}.toml", root / "protocols")
    made = Installation(
        root=root,
        config=config_directory(),
        ports=_free_ports(),
        token=secrets.token_hex(16),
        run_seed=secrets.token_hex(8),
        started=datetime.now(UTC),
    )
    ports = made.ports
    made.settings.write_text(
        _SETTINGS.format(
            seed_models=json.dumps(str(made.config / "seed_models")),
            data=json.dumps(str(root / "node")),
            console=json.dumps(str(made.console)),
            poll_s=POLL_S,
            settle_polls=SETTLE_POLLS,
            storage=ports.storage,
            archive=ports.archive,
            broker=ports.broker,
            edc=ports.edc,
            display=ports.display,
        ),
        encoding="utf-8",
    )
    return made


def _free_ports() -> Ports:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(5)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        storage, archive, broker, edc, display = (one.getsockname()[1] for one in sockets)
    return Ports(storage, archive, broker, edc, display)
