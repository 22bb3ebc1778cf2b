"""The one way that this package compiles a kernel."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit  # pyright: ignore[reportUnknownVariableType]

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])


def compiled(kernel: _Kernel) -> _Kernel:
    """Compile with numba: cached on disk, and without the GIL so that other threads go on."""
    return njit(nogil=True, cache=True)(kernel)  # pyright: ignore
