"""The process around the node: signals in, exit status out."""

import asyncio
import signal
from hashlib import sha256

import structlog

from drivers.systemd import ServiceNotifier
from procedure_node.daemon.node import run
from procedure_node.imaging import ImagingWorker
from procedure_node.settings import LoadedSettings

_log = structlog.get_logger()


async def run_node(loaded: LoadedSettings, worker: ImagingWorker) -> int:
    """Run the node until SIGTERM or SIGINT; returns the exit status."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    try:
        state = await run(loaded, worker, stop, ServiceNotifier())
    finally:
        for wanted in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(wanted)
    _log.info("stopped", state_sha256=sha256(state.model_dump_json().encode()).hexdigest())
    return 0
