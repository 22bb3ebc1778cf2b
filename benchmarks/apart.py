"""Running a benchmark in a process of its own: its memory and its caches are its own."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module

from benchmarks.figures import Outcome


def run_apart(name: str, *, quick: bool) -> Outcome:
    """What ``benchmarks.<name>.run`` hands back, from a fresh process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        return pool.submit(_run, name, quick).result()


def _run(name: str, quick: bool) -> Outcome:
    return import_module(f"benchmarks.{name}").run(quick=quick)
