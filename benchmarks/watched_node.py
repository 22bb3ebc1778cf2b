"""The node with a watch on its event loop: ``python -m benchmarks.watched_node FILE run ...``.

It is the node's own command line; only how the loop runs its callbacks is timed. When the node has
stopped, FILE holds JSON: ``callbacks``, the longest ones, each [start, wall ms, CPU ms of the
thread, what ran], and ``late``, the latest turns of a timer of every 5 ms, each [start, ms].
"""

import asyncio
import heapq
import json
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from procedure_node.cli import main

PERIOD_S = 0.005
KEPT = 2_000

Callback = tuple[float, float, float, str]


class _Watch:
    """The longest callbacks, and the latest turns of a timer."""

    def __init__(self) -> None:
        self._callbacks: list[tuple[float, int, Callback]] = []
        self._late: list[tuple[float, float]] = []
        self._number = 0

    def ran(self, began_s: float, wall_s: float, cpu_s: float, handle: asyncio.Handle) -> None:
        """A callback of the loop has run."""
        if len(self._callbacks) >= KEPT and wall_s <= self._callbacks[0][0]:
            return
        self._number += 1
        entry = (wall_s, self._number, (began_s, wall_s * 1000, cpu_s * 1000, _name(handle)))
        if len(self._callbacks) < KEPT:
            heapq.heappush(self._callbacks, entry)
        else:
            heapq.heapreplace(self._callbacks, entry)

    async def tick(self) -> None:
        """Note how late each turn comes, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + PERIOD_S
            await asyncio.sleep(PERIOD_S)
            late_s = loop.time() - due_s
            if len(self._late) < KEPT:
                heapq.heappush(self._late, (late_s, time.time()))
            elif late_s > self._late[0][0]:
                heapq.heapreplace(self._late, (late_s, time.time()))

    def write(self, path: Path) -> None:
        """Write what was seen."""
        callbacks = [callback for _, _, callback in sorted(self._callbacks, reverse=True)]
        late = [(at_s, late_s * 1000) for late_s, at_s in sorted(self._late, reverse=True)]
        path.write_text(json.dumps({"callbacks": callbacks, "late": late}), encoding="utf-8")


def _name(handle: asyncio.Handle) -> str:
    callback: Any = handle._callback  # pyright: ignore[reportAttributeAccessIssue] # noqa: SLF001
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        code: Any = getattr(task.get_coro(), "cr_code", None)
        return f"task {task.get_name()} {getattr(code, 'co_qualname', '')}".strip()
    return str(getattr(callback, "__qualname__", repr(callback)))


def _watch_loop(watch: _Watch) -> None:
    """Time every callback, and run the watch's timer beside the program's main task."""
    run_handle = asyncio.Handle._run  # noqa: SLF001

    def timed(self: asyncio.Handle) -> None:
        began_s, began, began_cpu = time.time(), time.perf_counter(), time.thread_time()
        run_handle(self)
        watch.ran(began_s, time.perf_counter() - began, time.thread_time() - began_cpu, self)

    asyncio.Handle._run = timed  # noqa: SLF001
    run = asyncio.run

    def watched(coroutine: Coroutine[Any, Any, int]) -> int:
        async def both() -> int:
            ticking = asyncio.create_task(watch.tick(), name="benchmark")
            try:
                return await coroutine
            finally:
                ticking.cancel()

        return run(both())

    asyncio.run = watched


if __name__ == "__main__":
    watching = _Watch()
    _watch_loop(watching)
    status = main(sys.argv[2:])
    watching.write(Path(sys.argv[1]))
    sys.exit(status)
