"""A part that fails is started again; its supervisor tells whether it is alive."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from procedure_node.daemon import supervise
from procedure_node.daemon.supervise import LATE_S, supervised
from procedure_node.daemon.vitals import Vitals


class Delays:
    """A backoff that waits no time, and says how often it was asked and reset."""

    def __init__(self) -> None:
        self.asked = 0
        self.resets = 0

    def next_delay_s(self) -> float:
        self.asked += 1
        return 0.0

    def reset(self) -> None:
        self.resets += 1


class Beats(Vitals):
    """Vitals that note every beat."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, float]] = []
        self.changed = asyncio.Event()

    def beat(self, part: str, *, within_s: float) -> None:
        super().beat(part, within_s=within_s)
        self.heard.append((part, within_s))
        self.changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> Delays:
    made = Delays()
    monkeypatch.setattr(supervise, "Backoff", lambda *_: made)
    return made


@asynccontextmanager
async def running(part: Any, vitals: Vitals) -> Any:
    task = asyncio.create_task(supervised("storage", part, vitals))
    yield task
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Failing:
    """Fails some times, then stays up."""

    def __init__(self, times: int, error: BaseException | None = None) -> None:
        self.starts = 0
        self.stopped = False
        self.up = asyncio.Event()
        self._times = times
        self._error = error or OSError("port 104 is taken")

    async def __call__(self) -> None:
        self.starts += 1
        if self.starts <= self._times:
            raise self._error
        self.up.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True


async def up(part: Failing) -> None:
    async with asyncio.timeout(10):
        await part.up.wait()


async def test_a_part_is_started_again_until_it_stays_up(delays: Delays) -> None:
    part = Failing(3)
    async with running(part, Vitals()):
        await up(part)
    assert (part.starts, delays.asked) == (4, 3)


async def test_a_part_that_ends_by_itself_is_started_again(delays: Delays) -> None:
    starts: list[int] = []
    again = asyncio.Event()

    async def part() -> None:
        starts.append(len(starts))
        if len(starts) == 3:
            again.set()
            await asyncio.Event().wait()

    with capture_logs() as logs:
        async with running(part, Vitals()), asyncio.timeout(10):
            await again.wait()
    reasons = [entry["reason"] for entry in logs if entry["event"] == "part restarts"]
    assert reasons == ["it ended by itself"] * 2


async def test_failures_of_a_group_are_failures(delays: Delays) -> None:
    part = Failing(1, ExceptionGroup("two at once", [OSError("a"), ValueError("b")]))
    async with running(part, Vitals()):
        await up(part)
    assert part.starts == 2


async def test_a_part_that_cancels_itself_is_started_again(delays: Delays) -> None:
    """Something that it awaited was cancelled: nobody told the node to stop."""
    part = Failing(2, asyncio.CancelledError())
    async with running(part, Vitals()) as task:
        await up(part)
        assert not task.done()
    assert part.starts == 3


async def test_the_first_failure_has_its_trace_and_every_one_its_reason(delays: Delays) -> None:
    part = Failing(3)
    with capture_logs() as logs:
        async with running(part, Vitals()):
            await up(part)
    traces = [entry for entry in logs if entry.get("exc_info")]
    restarts = [entry for entry in logs if entry["event"] == "part restarts"]
    assert [entry["part"] for entry in traces] == ["storage"]
    assert [(entry["failures"], entry["reason"]) for entry in restarts] == [
        (n, "OSError: port 104 is taken") for n in (1, 2, 3)
    ]


async def test_a_failure_after_a_long_life_is_a_first_one(
    delays: Delays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "RESTART_MAXIMUM_S", -1.0)  # every life is a long one
    part = Failing(2)
    with capture_logs() as logs:
        async with running(part, Vitals()):
            await up(part)
    restarts = [entry["failures"] for entry in logs if entry["event"] == "part restarts"]
    assert restarts == [1, 1]
    assert delays.resets == 2


async def test_cancelling_waits_until_the_part_has_let_go() -> None:
    part = Failing(0)
    vitals = Vitals()
    async with running(part, vitals):
        await up(part)
    assert part.stopped


async def test_a_part_beats_as_long_as_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "BEAT_S", 0.001)
    vitals = Beats()
    async with running(Failing(0), vitals):
        await vitals.until(5)
    assert set(vitals.heard) == {("storage", LATE_S)}


async def test_a_part_that_waits_for_its_restart_promises_to_be_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(Delays):
        def next_delay_s(self) -> float:
            return 1000.0

    monkeypatch.setattr(supervise, "Backoff", lambda *_: Slow())
    vitals = Beats()
    async with running(Failing(9), vitals):
        await vitals.until(2)
    assert vitals.heard == [("storage", LATE_S), ("storage", 1000.0 + LATE_S)]


async def test_a_part_that_was_stopped_is_not_missed() -> None:
    now_s = 0.0
    vitals = Vitals(lambda: now_s)
    part = Failing(0)
    async with running(part, vitals):
        await up(part)
    now_s = 1e6
    assert vitals.silent() == ()


async def test_each_failure_is_told_and_recovery_when_it_lasts(
    delays: Delays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "SETTLED_S", 0.001)
    told: list[str] = []
    settled = asyncio.Event()
    part = Failing(2)

    def works_again() -> None:
        told.append("it works again")
        settled.set()

    task = asyncio.create_task(
        supervised("edc", part, Vitals(), on_failed=told.append, on_settled=works_again)
    )
    async with asyncio.timeout(10):
        await settled.wait()
    task.cancel()
    await asyncio.wait({task})
    assert told == ["OSError: port 104 is taken"] * 2 + ["it works again"]


async def test_a_part_that_never_failed_does_not_work_again(
    delays: Delays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "SETTLED_S", 0.0)
    monkeypatch.setattr(supervise, "BEAT_S", 0.001)
    told: list[str] = []
    vitals = Beats()
    task = asyncio.create_task(
        supervised("edc", Failing(0), vitals, on_settled=lambda: told.append("again"))
    )
    await vitals.until(5)
    task.cancel()
    await asyncio.wait({task})
    assert told == []


async def test_a_part_that_fails_again_at_once_has_not_settled(delays: Delays) -> None:
    told: list[str] = []
    part = Failing(5)
    task = asyncio.create_task(
        supervised("edc", part, Vitals(), on_failed=told.append, on_settled=lambda: told.append(""))
    )
    await up(part)
    task.cancel()
    await asyncio.wait({task})
    assert told == ["OSError: port 104 is taken"] * 5
