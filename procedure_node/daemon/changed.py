"""Waiting until what some work rests on has changed."""

from collections.abc import AsyncIterator, Callable

from procedure_node.core import Core
from procedure_node.state import ProcedureState


async def changed_procedures(
    core: Core, rests_on: Callable[[ProcedureState], object]
) -> AsyncIterator[ProcedureState]:
    """The open procedure, whenever ``rests_on`` says something else of it than the last time.

    A slow reader misses what came in between, never the newest.
    """
    looked_at: object = None
    async for state in core.changes():
        procedure = state.procedure
        if procedure is None or procedure.closed_at is not None:
            continue
        now = rests_on(procedure)
        if now != looked_at:
            looked_at = now
            yield procedure
