"""The process that models freezes, apart from the event loop and from the work on scans."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from procedure_node.events import LethalZoneModelled
from procedure_node.lethal_zone.request import FreezeRequest
from procedure_node.processes import begin_as_worker, end_pool
from procedure_node.thermal_library import ThermalLibrary

if TYPE_CHECKING:
    from procedure_node.lethal_zone.kept import KeptFreezes

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 10
"""After readings and alerts, and after the work on scans, which people wait for."""


class ModellingDiedError(Exception):
    """The process was killed or crashed; a new one is started for the next request."""


class FreezeWorker:
    """One process that models freezes, from when it is first asked until the end of ``with``.

    A node that freezes nothing does not have it. It keeps a model of each lesion; one that was
    started again goes through the freezes from the beginning.

    Args:
        library: tissues and kinds of probes.
    """

    def __init__(self, library: ThermalLibrary) -> None:
        self._library = library
        self._pool: ProcessPoolExecutor | None = None
        self._pid: Future[int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None and self._pid is not None:
            end_pool(self._pool, self._pid)

    async def warm_up(self) -> None:
        """Start it and let it compile; what it is asked for meanwhile waits for that.

        Raises:
            ModellingDiedError: the process ended instead.
        """
        await self._run(_warm_up)

    async def model(self, request: FreezeRequest, allowed_s: float) -> LethalZoneModelled:
        """How cold it is, or that it is still catching up.

        Raises:
            ModellingDiedError: the process ended instead.
        """
        return await self._run(_model, request, allowed_s)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        pool = self._pool
        if pool is None:
            pool = self._pool = self._new_pool()
            self._pid = pool.submit(os.getpid)
        try:
            return await asyncio.get_running_loop().run_in_executor(
                pool, partial(work, *args, **kwargs)
            )
        except BrokenProcessPool as error:
            pool.shutdown(wait=False)
            self._pool = None
            raise ModellingDiedError(
                "the process that models freezes ended unexpectedly (out of memory?)"
            ) from error

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_initialise,
            initargs=(_picklable(self._library),),
        )


def _picklable(library: ThermalLibrary) -> ThermalLibrary:
    return ThermalLibrary(dict(library.tissues), dict(library.cryoprobes))


_kept: list["KeptFreezes"] = []


def _initialise(library: ThermalLibrary) -> None:
    from procedure_node.lethal_zone.kept import KeptFreezes  # noqa: PLC0415 - only in the worker

    begin_as_worker(NICENESS)
    _kept[:] = [KeptFreezes(library)]


def _warm_up() -> None:
    from procedure_node.lethal_zone.warm_up import warm_up  # noqa: PLC0415 - only in the worker

    warm_up(_kept[0].library)


def _model(request: FreezeRequest, allowed_s: float) -> LethalZoneModelled:
    return _kept[0].model(request, allowed_s)
