"""Keeps a part of the node running: a broken device must not stop the others."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from drivers.backoff import Backoff
from procedure_node.daemon.vitals import Vitals

RESTART_INITIAL_S = 0.5
RESTART_MAXIMUM_S = 30.0

BEAT_S = 1.0
"""How often a supervisor says that its part is alive."""

LATE_S = 10.0
"""A part that says nothing for so long is dead: the event loop or the supervisor hangs."""

_log = structlog.get_logger()


SETTLED_S = 5.0
"""A part that has run for so long after a failure works again."""


async def supervised(
    name: str,
    part: Callable[[], Awaitable[None]],
    vitals: Vitals,
    *,
    on_failed: Callable[[str], None] = lambda _: None,
    on_settled: Callable[[], None] = lambda: None,
) -> None:
    """Run ``part`` for ever, again after each failure, with jittered waiting times.

    The first failure of a row is logged with its trace, each with its reason.

    Args:
        name: of the part.
        part: runs until cancelled, or fails.
        vitals: is told that the part is alive.
        on_failed: is told each failure's reason.
        on_settled: is called when the part has run for a while after a failure.
    """
    backoff = Backoff(RESTART_INITIAL_S, RESTART_MAXIMUM_S)
    failures = 0
    try:
        while True:
            started = asyncio.get_running_loop().time()
            settling = (
                asyncio.get_running_loop().call_later(SETTLED_S, on_settled) if failures else None
            )
            try:
                await _beating(name, part, vitals)
                reason = "it ended by itself"
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                if failures == 0:
                    _log.exception("part failed", part=name)
            finally:
                if settling is not None:
                    settling.cancel()
            on_failed(reason)
            if asyncio.get_running_loop().time() - started > RESTART_MAXIMUM_S:
                backoff.reset()
                failures = 0
            failures += 1
            delay_s = backoff.next_delay_s()
            _log.warning(
                "part restarts", part=name, reason=reason, failures=failures, delay_s=delay_s
            )
            vitals.beat(name, within_s=delay_s + LATE_S)
            await asyncio.sleep(delay_s)
    finally:
        vitals.forget(name)


async def _beating(name: str, part: Callable[[], Awaitable[None]], vitals: Vitals) -> None:
    task = asyncio.ensure_future(part())
    try:
        while not task.done():
            vitals.beat(name, within_s=LATE_S)
            await asyncio.wait({task}, timeout=BEAT_S)
        if task.cancelled():
            raise RuntimeError("it was cancelled from within")
        task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
