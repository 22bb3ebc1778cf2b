"""What it was measured on."""

import os
import platform
import resource
from pathlib import Path

import numpy as np


def machine_line() -> str:
    """Processor, CPUs that may be used, memory, load and versions, in one line."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{_value('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} CPUs, "
        f"{int(_value('/proc/meminfo', 'MemTotal').split()[0]) / 1e6:.1f} GB, "
        f"load {load} (1, 5, 15 min), Linux {platform.release()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def own_peak_mb() -> float:
    """Peak of this process's resident memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def peak_mb_of_tree(pid: int) -> float:
    """Sum of the peaks of resident memory of a process and all below it that still run."""
    peaks_kb = [int(_value(f"/proc/{one}/status", "VmHWM").split()[0]) for one in tree_of(pid)]
    return sum(peaks_kb) / 1e3


def tree_of(pid: int) -> list[int]:
    """A process and all that it started that still run."""
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += [int(word) for word in children.read_text().split()]
        except FileNotFoundError:
            continue
    return found


def _value(path: str, key: str) -> str:
    """The value of the first line ``key: value`` of a file; "0" where there is none."""
    try:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == key:
                return value.strip()
    except FileNotFoundError:
        pass
    return "0"
