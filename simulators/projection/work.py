"""Slices are independent: work on several at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def each_slice(work: Callable[[int], None], slices: int, threads: int) -> None:
    """Call ``work`` with 0 to ``slices`` - 1, on ``threads`` threads; an error ends it."""
    if threads <= 1:
        for n in range(slices):
            work(n)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, range(slices)):
            pass
