"""What runs in the worker process, apart from the event loop and its interpreter lock."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from ctypes import c_bool
from functools import partial
from importlib import import_module
from typing import ParamSpec, Self, TypeVar

from dosimetry_core.tg43 import SeedModel
from dosimetry_core.values import GenerationMode
from procedure_node.events import (
    AnalysisFailed,
    AnyPayload,
    CombinedCoverage,
    DoseBandsComputed,
    FrozenTotal,
    IceFound,
    LesionsMeasured,
    RegistrationComputed,
    RegistrationObjectReceived,
    RegistrationObjectRefused,
    ScanReceived,
    ScanRefused,
    SeedPlanMatched,
    SeedPlanReceived,
    StructuresReceived,
    StructuresRefused,
    SubVolumesFound,
    ViewStored,
)
from procedure_node.imaging.combined_request import CombinedRequest
from procedure_node.imaging.registration_request import RegistrationRequest
from procedure_node.imaging.request import AnalysisRequest
from procedure_node.processes import begin_as_worker, end_pool
from procedure_node.protocol import TrialProtocol
from procedure_node.rules import FrozenTotalRequest

P = ParamSpec("P")
T = TypeVar("T")


NICENESS = 5
"""Where CPUs are short, readings and alerts go before the work on a scan; it still gets a quarter
of a CPU."""


class WorkerDiedError(Exception):
    """The worker process was killed or crashed; a new one is started for the next work."""


class ImagingWorker:
    """One process that reads and analyses scans, alive inside ``with``.

    It warms up by itself from then on; what it is asked for meanwhile waits for that.

    Args:
        models: the seed models, by name.
        zone: name of the time zone of scanners that do not state theirs.
    """

    def __init__(self, models: Mapping[str, SeedModel], zone: str) -> None:
        self._models = dict(models)
        self._zone = zone
        # Shared memory without a lock: a worker that is killed can hold none.
        self._gives_way: c_bool = multiprocessing.get_context("spawn").RawValue(c_bool, False)
        self._asked = 0
        self._is_at_leisure = asyncio.Event()
        self._pool = self._new_pool()

    def __enter__(self) -> Self:
        self._pid = self._pool.submit(os.getpid)
        self._warming = self._pool.submit(_warm_up)
        return self

    def __exit__(self, *_: object) -> None:
        end_pool(self._pool, self._pid)

    async def warmed_up(self) -> None:
        """Wait until the first scan will not have to wait for kernels.

        Raises:
            WorkerDiedError: the process ended instead.
        """
        pool = self._pool
        try:
            await asyncio.shield(asyncio.wrap_future(self._warming))
        except BrokenProcessPool as error:
            raise self._died(pool) from error

    def read_ahead(self, path: str) -> None:
        """Read an image of a series that is still arriving, when nothing else is to be done."""
        self._gives_way.value = True
        with suppress(BrokenProcessPool):  # whoever waits for an answer starts another process
            self._pool.submit(_read_ahead, path, self._zone)

    async def read_scan(
        self, series_uid: str, paths: Sequence[str]
    ) -> tuple[ScanReceived | ScanRefused, GenerationMode | None]:
        """What is journalled of a complete series, and its generation mode."""
        return await self._run(_read_scan, series_uid, tuple(paths), self._zone)

    async def read_structures(
        self, path: str, structure_set_uid: str, protocol: TrialProtocol
    ) -> tuple[StructuresReceived | StructuresRefused, GenerationMode | None]:
        """What is journalled of a structure set, and its generation mode."""
        return await self._run(_read_structures, path, structure_set_uid, protocol)

    async def measure_lesions(
        self, path: str, structure_set_uid: str, protocol: TrialProtocol
    ) -> LesionsMeasured:
        """The lesions of a structure set, measured."""
        return await self._run(_measure_lesions, path, structure_set_uid, protocol)

    async def read_registration(
        self, path: str, sop_instance_uid: str
    ) -> tuple[RegistrationObjectReceived | RegistrationObjectRefused, GenerationMode | None]:
        """What is journalled of a Spatial Registration, and its generation mode."""
        return await self._run(_read_registration, path, sop_instance_uid)

    async def read_seed_plan(self, path: str) -> tuple[SeedPlanReceived, GenerationMode]:
        """What is journalled of a plan of seeds, and its generation mode.

        Raises:
            NoSeedPlanError: it is none that can be used.
        """
        return await self._run(_read_seed_plan, path)

    async def analyse(self, request: AnalysisRequest) -> tuple[AnyPayload, ...]:
        """Seeds and dose of a scan: results, and failures of the steps that have none."""
        return await self._run(_analyse, request)

    async def weigh_dose(
        self, request: AnalysisRequest
    ) -> tuple[DoseBandsComputed | SubVolumesFound, ...]:
        """How sure the dose is that was computed with this request, and where it is too low."""
        return await self._run(_weigh_dose, request)

    async def register(self, request: RegistrationRequest) -> RegistrationComputed | AnalysisFailed:
        """How the contours lie in a scan that they were not drawn on."""
        return await self._run(_register, request)

    async def check(
        self, request: RegistrationRequest
    ) -> RegistrationComputed | AnalysisFailed | None:
        """The same of contours that are placed already.

        None where other work came up: that goes first, and the check is to be asked for again.
        """
        self._gives_way.value = False
        return await self._submit(_check, request)

    async def pending_check(
        self, request: RegistrationRequest, why: str
    ) -> RegistrationComputed | AnalysisFailed:
        """That such a check is still to be made, and why."""
        return await self._run(_pending_check, request, why)

    async def at_leisure(self) -> None:
        """Wait until all that was asked for is done."""
        while self._asked:
            self._is_at_leisure.clear()
            await self._is_at_leisure.wait()

    async def match_seed_plan(self, request: AnalysisRequest) -> SeedPlanMatched | None:
        """The plan held against the seeds that were found with this request; None without one."""
        return await self._run(_match_seed_plan, request)

    async def look_for_ice(self, request: AnalysisRequest) -> IceFound | AnalysisFailed | None:
        """Ice of the scan that was analysed with this request; None if none is asked for."""
        return await self._run(_look_for_ice, request)

    async def combine(self, request: CombinedRequest) -> CombinedCoverage:
        """Seeds and ice together over a lesion, by the scan that was analysed."""
        return await self._run(_combine, request)

    async def join_ice(self, request: FrozenTotalRequest) -> FrozenTotal:
        """All that was frozen, from the ice of several scans."""
        return await self._run(_join_ice, request)

    async def store_view(self, request: AnalysisRequest) -> ViewStored | AnalysisFailed:
        """Store the picture data of the scan that was analysed with this request."""
        return await self._run(_store_view, request)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have work done; a check that is under way is given up for it."""
        self._gives_way.value = True
        return await self._submit(work, *args, **kwargs)

    async def _submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        pool = self._pool
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                pool, partial(work, *args, **kwargs)
            )
        except BrokenProcessPool as error:
            raise self._died(pool) from error
        finally:
            self._asked -= 1
            if not self._asked:
                self._is_at_leisure.set()

    def _died(self, pool: ProcessPoolExecutor) -> WorkerDiedError:
        if self._pool is pool:
            pool.shutdown(wait=False)
            self._pool = self._new_pool()
            self._pid = self._pool.submit(os.getpid)
        return WorkerDiedError(
            "the imaging process ended unexpectedly (out of memory?); it was started again"
        )

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_initialise,
            initargs=(self._models, self._gives_way),
        )


_models: dict[str, SeedModel] = {}
_gives_way: list[c_bool] = []


def _initialise(models: dict[str, SeedModel], gives_way: c_bool) -> None:
    begin_as_worker(NICENESS)
    _models.update(models)
    _gives_way.append(gives_way)


def _warm_up() -> None:
    from procedure_node.imaging.warm_up import warm_up  # noqa: PLC0415 - only in the worker

    import_module("procedure_node.imaging.last")  # heavy; the first scan is spared it
    warm_up(_models)


def _read_ahead(path: str, zone: str) -> None:
    from procedure_node.imaging.reading import read_ahead  # noqa: PLC0415 - only in the worker

    read_ahead(path, zone)


def _read_scan(
    series_uid: str, paths: tuple[str, ...], zone: str
) -> tuple[ScanReceived | ScanRefused, GenerationMode | None]:
    from procedure_node.imaging.reading import read_scan  # noqa: PLC0415 - only in the worker

    return read_scan(series_uid, paths, zone)


def _read_structures(
    path: str, structure_set_uid: str, protocol: TrialProtocol
) -> tuple[StructuresReceived | StructuresRefused, GenerationMode | None]:
    from procedure_node.imaging.reading import read_structures  # noqa: PLC0415

    return read_structures(path, structure_set_uid, protocol)


def _measure_lesions(path: str, structure_set_uid: str, protocol: TrialProtocol) -> LesionsMeasured:
    from procedure_node.imaging.lesions import measure_lesions  # noqa: PLC0415

    return measure_lesions(path, structure_set_uid, protocol)


def _read_registration(
    path: str, sop_instance_uid: str
) -> tuple[RegistrationObjectReceived | RegistrationObjectRefused, GenerationMode | None]:
    from procedure_node.imaging.registration_reading import (  # noqa: PLC0415
        read_registration_object,
    )

    return read_registration_object(path, sop_instance_uid)


def _analyse(request: AnalysisRequest) -> tuple[AnyPayload, ...]:
    from procedure_node.imaging.last import analysed  # noqa: PLC0415 - only in the worker

    return tuple(analysed(request, _models).payloads)


def _read_seed_plan(path: str) -> tuple[SeedPlanReceived, GenerationMode]:
    from procedure_node.imaging.seed_plan import read_seed_plan  # noqa: PLC0415

    return read_seed_plan(path)


def _match_seed_plan(request: AnalysisRequest) -> SeedPlanMatched | None:
    from procedure_node.imaging.last import plan_matched  # noqa: PLC0415 - only in the worker

    return plan_matched(request, _models)


def _weigh_dose(request: AnalysisRequest) -> tuple[DoseBandsComputed | SubVolumesFound, ...]:
    from procedure_node.imaging.last import weighed  # noqa: PLC0415 - only in the worker

    return weighed(request, _models)


def _register(request: RegistrationRequest) -> RegistrationComputed | AnalysisFailed:
    from procedure_node.imaging.registration import register_contours  # noqa: PLC0415

    return register_contours(request)


def _check(request: RegistrationRequest) -> RegistrationComputed | AnalysisFailed | None:
    from dosimetry_core.registration import RegistrationGivenUp  # noqa: PLC0415
    from procedure_node.imaging.registration import register_contours  # noqa: PLC0415

    try:
        return register_contours(request, goes_on=lambda: not _gives_way[0].value)
    except RegistrationGivenUp:
        return None


def _pending_check(request: RegistrationRequest, why: str) -> RegistrationComputed | AnalysisFailed:
    from procedure_node.imaging.registration import pending_check  # noqa: PLC0415

    return pending_check(request, why)


def _look_for_ice(request: AnalysisRequest) -> IceFound | AnalysisFailed | None:
    from procedure_node.imaging.last import ice  # noqa: PLC0415 - only in the worker

    return ice(request, _models)


def _combine(request: CombinedRequest) -> CombinedCoverage:
    from procedure_node.imaging.last import combined  # noqa: PLC0415 - only in the worker

    return combined(request, _models)


def _join_ice(request: FrozenTotalRequest) -> FrozenTotal:
    from procedure_node.imaging.frozen_total import frozen_total  # noqa: PLC0415

    return frozen_total(request)


def _store_view(request: AnalysisRequest) -> ViewStored | AnalysisFailed:
    from procedure_node.imaging.last import store_view  # noqa: PLC0415 - only in the worker

    return store_view(request, _models)
