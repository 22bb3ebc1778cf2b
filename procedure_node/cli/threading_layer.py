"""What numba must not be asked for."""

import re
from collections.abc import Mapping
from pathlib import Path

from procedure_node.settings import ConfigurationError

_VARIABLE = "NUMBA_THREADING_LAYER"
_FILE = ".numba_config.yaml"
_FILE_ENTRY = re.compile(r"^[^#]*?\bthreading_layer[\"']?\s*:\s*[\"']?workqueue\b", re.I | re.M)


def refuse_workqueue(environment: Mapping[str, str], folder: Path) -> None:
    """Refuse numba's ``workqueue`` threading layer before anything is computed.

    Two threads in it at once end the process (numba's documentation, "The Threading Layers"). The
    node's own kernels never start a threading layer; code beside them might.

    Args:
        environment: the process's environment variables.
        folder: the working folder, where numba looks for its ``.numba_config.yaml``. A variable
            goes before that file.

    Raises:
        ConfigurationError: the layer is asked for; says where, and what to do.
    """
    named = environment.get(_VARIABLE)
    if named is not None:
        if named.strip().lower() == "workqueue":
            raise _refused(f"{_VARIABLE}=workqueue in the environment", "unset it")
        return
    file = folder / _FILE
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if _FILE_ENTRY.search(text):
        raise _refused(f"{file}: threading_layer: workqueue", "remove that line")


def _refused(where: str, remedy: str) -> ConfigurationError:
    problem = (
        f"{where}: numba's workqueue threading layer is refused, since two threads in it at once "
        f"end the process; {remedy}, or name omp or tbb"
    )
    return ConfigurationError([problem])
