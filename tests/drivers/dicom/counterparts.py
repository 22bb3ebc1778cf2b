"""Real archives as processes on free ports, and what listens to a watch."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.dicom import Peer, StoredImage, WatchEvent

NODE = "NODE"
_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 10.0
_SIMULATOR = """
import argparse, sys
from simulators.pacs.cli import register
parser = argparse.ArgumentParser()
register(parser.add_subparsers())
args = parser.parse_args(sys.argv[1:])
sys.exit(args.run(args))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server process from the time that its port answers to the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            deadline_s = time.monotonic() + _START_LIMIT_S
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline_s:
                    raise RuntimeError(f"{command[0]} does not start:\n{log.read_text()}")
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def orthanc(folder: Path, node_port: int) -> Iterator[Peer]:
    port = free_port()
    configuration = {
        "Name": "test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "Plugins": [],
        "HttpServerEnabled": False,
        "RemoteAccessAllowed": False,
        "DicomServerEnabled": True,
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomModalities": {"node": [NODE, "127.0.0.1", node_port]},
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(configuration))
    with running(["Orthanc", str(path)], port, folder / "orthanc.log"):
        yield Peer("ORTHANC", "127.0.0.1", port)


@contextmanager
def dcmqrscp(folder: Path, node_port: int) -> Iterator[Peer]:
    port = free_port()
    storage = folder / "storage"
    storage.mkdir()
    path = folder / "dcmqrscp.cfg"
    path.write_text(
        f"""NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
node = ({NODE}, 127.0.0.1, {node_port})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
DCMQRSCP {storage} RW (100, 1024mb) ANY
AETable END
"""
    )
    with running(["dcmqrscp", "-c", str(path)], port, folder / "dcmqrscp.log"):
        yield Peer("DCMQRSCP", "127.0.0.1", port)


def simulator_command(port: int, served: Path, node_port: int) -> list[str]:
    """``suite-sim pacs`` as a process whose warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", _SIMULATOR, "pacs", "--ae", "CTSIM"]
    command += ["--port", str(port), "--folder", str(served)]
    return [*command, "--destination", f"{NODE}=127.0.0.1:{node_port}"]


@contextmanager
def simulator(folder: Path, node_port: int) -> Iterator[Peer]:
    port = free_port()
    served = folder / "served"
    served.mkdir()
    with running(simulator_command(port, served, node_port), port, folder / "simulator.log"):
        yield Peer("CTSIM", "127.0.0.1", port)


class Listener:
    """Keeps what a watch and a receiver tell, and waits for it."""

    def __init__(self) -> None:
        self.events: list[WatchEvent] = []
        self.images: list[StoredImage] = []
        self._changed = asyncio.Condition()

    async def hear(self, event: WatchEvent) -> None:
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    async def until(self, is_there: Callable[[WatchEvent], bool], limit_s: float = 20.0) -> None:
        """Wait until an event that was told, before or after this call, is as asked."""
        async with asyncio.timeout(limit_s), self._changed:
            await self._changed.wait_for(lambda: any(map(is_there, self.events)))

    def of_type(self, kind: type) -> list[WatchEvent]:
        return [event for event in self.events if isinstance(event, kind)]
