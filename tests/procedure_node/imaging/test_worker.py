"""The worker process: what kills it does not kill the node, and it never outlives the node."""

import asyncio
import multiprocessing
import os
import select
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dosimetry_core.tg43 import SeedModel
from procedure_node.imaging import ImagingWorker, WorkerDiedError
from procedure_node.protocol import TrialProtocol

ENDS_WITHIN_S = 20.0

NODE = """
import asyncio, os
from procedure_node.imaging import ImagingWorker

async def main():
    with ImagingWorker({}, "UTC") as worker:
        print(await worker._run(os.getpid), flush=True)
        await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(models: dict[str, SeedModel]) -> AsyncIterator[ImagingWorker]:
    with ImagingWorker(models, "UTC") as started:
        await started.warmed_up()
        yield started


def has_ended(pid: int) -> bool:
    """Whether a process of which we are not the parent ends in time."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], ENDS_WITHIN_S)[0])
    finally:
        os.close(process)


async def test_scans_and_structures_are_read_in_another_process(
    worker: ImagingWorker, scan_folder: Path, demonstration: TrialProtocol
) -> None:
    assert await worker._run(os.getpid) != os.getpid()
    paths = [str(path) for path in (scan_folder / "ct").glob("*.dcm")]
    received, mode = await worker.read_scan("1.1", paths)
    assert (received.kind, mode) == ("scan-received", "DEMO")
    structures, _ = await worker.read_structures(
        str(scan_folder / "structures.dcm"), "1.2", demonstration
    )
    assert structures.kind == "structures-received"


async def test_after_a_killed_process_all_go_on_with_one_new_one(worker: ImagingWorker) -> None:
    killed = await worker._run(os.getpid)
    waiting = asyncio.create_task(worker._run(signal.pause))

    async def again() -> int:
        with pytest.raises(WorkerDiedError, match=r"ended unexpectedly .* it was started again"):
            await worker._run(os.getpid)
        return await worker._run(os.getpid)

    others = asyncio.gather(again(), again())
    await asyncio.sleep(0)  # all three are handed in
    os.kill(killed, signal.SIGKILL)

    with pytest.raises(WorkerDiedError):
        await waiting
    first, second = await others
    assert first == second != killed
    assert [child.pid for child in multiprocessing.active_children()] == [first]


async def test_a_cancelled_caller_leaves_the_process_to_the_next(
    worker: ImagingWorker, scan_folder: Path
) -> None:
    pid = await worker._run(os.getpid)
    paths = [str(path) for path in (scan_folder / "ct").glob("*.dcm")]
    cancelled = asyncio.create_task(worker.read_scan("1.1", paths))
    await asyncio.sleep(0)  # it is handed in
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    received, _ = await worker.read_scan("1.1", paths)
    assert received.kind == "scan-received"
    assert await worker._run(os.getpid) == pid


async def test_no_process_is_left_behind_whatever_it_does(models: dict[str, SeedModel]) -> None:
    with ImagingWorker(models, "UTC") as worker:
        pid = await worker._run(os.getpid)
        busy = asyncio.create_task(worker._run(signal.pause))
        await asyncio.sleep(0)  # it is handed in
    with pytest.raises((WorkerDiedError, asyncio.CancelledError)):
        await busy
    assert has_ended(pid)


async def test_a_start_that_is_given_up_leaves_no_process(models: dict[str, SeedModel]) -> None:
    others = set(multiprocessing.active_children())
    with ImagingWorker(models, "UTC"):
        (process,) = set(multiprocessing.active_children()) - others
        assert process.pid is not None
    assert has_ended(process.pid)


async def test_it_ends_its_own_process_and_no_other(models: dict[str, SeedModel]) -> None:
    other = multiprocessing.get_context("spawn").Process(target=signal.pause)
    other.start()
    try:
        with ImagingWorker(models, "UTC"):
            assert other in multiprocessing.active_children()
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


async def test_images_are_read_ahead_and_a_dead_process_does_not_matter(
    models: dict[str, SeedModel], scan_folder: Path
) -> None:
    paths = [str(path) for path in (scan_folder / "ct").glob("*.dcm")]
    others = set(multiprocessing.active_children())
    with ImagingWorker(models, "UTC") as worker:
        worker.read_ahead(paths[0])
        received, _ = await worker.read_scan("1.1", paths)
        assert received.kind == "scan-received"
        (process,) = set(multiprocessing.active_children()) - others
        process.kill()
        await asyncio.to_thread(process.join)
        worker.read_ahead(paths[0])
        with pytest.raises(WorkerDiedError):
            await worker.read_scan("1.1", paths)
        received, _ = await worker.read_scan("1.1", paths)
        assert received.kind == "scan-received"


async def test_a_process_that_dies_while_it_warms_up_is_told(models: dict[str, SeedModel]) -> None:
    others = set(multiprocessing.active_children())
    with ImagingWorker(models, "UTC") as worker:
        (process,) = set(multiprocessing.active_children()) - others
        process.kill()
        with pytest.raises(WorkerDiedError):
            await worker.warmed_up()
        assert await worker._run(os.getpid) != process.pid


async def test_it_tells_when_it_is_warm(worker: ImagingWorker) -> None:
    await worker.warmed_up()
    await worker.warmed_up()


async def test_a_killed_node_leaves_no_worker_behind(tmp_path: Path) -> None:
    script = tmp_path / "node.py"
    script.write_text(NODE, encoding="utf-8")
    node = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE
    )
    assert node.stdout is not None
    pid = int(await node.stdout.readline())
    node.kill()
    await node.wait()
    assert await asyncio.to_thread(has_ended, pid)
