"""Ending a pool of one process whose work may go on for long."""

import multiprocessing
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress


def end_pool(pool: ProcessPoolExecutor, pid: Future[int]) -> None:
    """Terminate the pool's process, whatever it does, and wait until it is gone.

    Args:
        pool: of one process.
        pid: what was first asked of it: its own process id.
    """
    with suppress(BrokenProcessPool, CancelledError):
        ended = pid.result()
        for process in multiprocessing.active_children():
            if process.pid == ended:
                process.terminate()
    # The pool joins its process: did two threads, one would take it to be alive for ever.
    pool.shutdown(wait=True, cancel_futures=True)
