"""Each benchmark runs at its smallest size and prints its figures. Nothing here is timed."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from benchmarks.figures import Figure, Outcome, Peer, table

ROOT = Path(__file__).parents[2]
RUNS_WITHIN_S = 300.0
"""The first run on a machine compiles every kernel."""


async def said_by(*arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", *arguments), cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(RUNS_WITHIN_S):
            told, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, told.decode() + errors.decode()


@pytest.mark.timeout(RUNS_WITHIN_S + 10.0)
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("scan_to_alert", "last on disk -> alert"),
        ("serial_to_mqtt", "a reading, idle"),
        ("one_more_seed", "everything anew with 61 seeds"),
        ("cold_start", "start -> READY, 2000 events"),
        ("kill_minus_nine", "commands confirmed, lost"),
        ("event_loop", "longest callbacks, at closing"),
        ("dose_kernel", "plain NumPy"),
        ("structure_volume", "cone"),
        ("dvh_accuracy", "dicompyler"),
        ("dose_band", "error of 5 %"),
        ("bioheat", "CPU"),
        ("seed_identity", "5 mm lattice"),
        ("ice", "small, hidden"),
        ("seed_finding", "0-standard-2.5mm.npz"),
        ("alarm_quality", "all, were there no delays"),
    ],
)
async def test_it_prints_a_figure(name: str, what: str) -> None:
    status, told = await said_by("--quick", name)
    assert status == 0, told
    assert what in told


async def test_they_are_listed() -> None:
    status, told = await said_by("--list")
    assert status == 0
    assert {line.split()[0] for line in told.splitlines()} == {
        *("scan_to_alert", "serial_to_mqtt", "one_more_seed", "cold_start"),
        *("kill_minus_nine", "event_loop", "dose_kernel", "seed_finding"),
        *("structure_volume", "dvh_accuracy", "dose_band", "bioheat", "seed_identity"),
        *("registration", "ice", "alarm_quality", "dose_effect"),
    }


async def test_an_unknown_name_is_refused() -> None:
    status, told = await said_by("nothing")
    assert status == 2
    assert "invalid choice: 'nothing'" in told


def test_a_figure_is_held_against_its_budget() -> None:
    values = [float(n) for n in range(1, 201)]
    assert Figure("a", "ms", values, 101.0).within is True
    assert Figure("a", "ms", values, 100.0).within is False
    assert Figure("a", "ms", values, 198.0, "p99").within is True
    assert Figure("a", "ms", values, 197.0, "p99").within is False
    assert Figure("a", "ms", values, 199.0, "max").within is False
    assert Figure("a", "ms", values).within is None


def test_the_table_has_a_line_for_each_figure_and_its_notes_below() -> None:
    figure = Figure("a thing", "ms", [1.0, 2.0, 6.0], 3.0, peer=Peer("its peer", [4.0]))
    lines = table([("one", Outcome((figure,), ("mind this",)))]).splitlines()
    assert len(lines) == 5
    words = lines[2].split()
    assert words[:3] == ["one", "a", "thing"]
    assert "0.5 x its peer" in lines[2]
    assert words[-1] == "yes"
    assert lines[4] == "one: mind this"
