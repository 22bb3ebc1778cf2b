"""How a worker process begins."""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait


def begin_as_worker(niceness: int) -> None:
    """Give way to the service by ``niceness``, and end with it: a killed node leaves no worker."""
    os.nice(niceness)
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
